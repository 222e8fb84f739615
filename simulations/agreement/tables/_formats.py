r"""Rows as Markdown, CSV and LaTeX (booktabs), in an order that depends on the rows alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from math import floor, log10

from simulations.agreement.judgement import Refusal, Verdict
from simulations.agreement.tables._tabular import latex_tabular
from simulations.engine import canonical

__all__ = ["Row", "csv_table", "latex_table", "markdown_table", "ordered"]

Row = Verdict | Refusal
r"""A row of a table: judged, or refused."""


def ordered(rows: Iterable[Row]) -> list[Row]:
    r"""Rows sorted by setting, numbers by size: the same table whatever the order of the tests."""
    kept = sorted(rows, key=lambda row: canonical(row.setting))
    names = setting_columns(kept)
    return sorted(kept, key=lambda row: [_sort_key(row.setting.get(name)) for name in names])


def setting_columns(rows: Sequence[Row]) -> list[str]:
    r"""Names of all setting columns, in the order in which the rows state them."""
    return list(dict.fromkeys(name for row in rows for name in row.setting))


def csv_table(rows: Sequence[Row]) -> str:
    r"""All fields of the rows with all their digits; a last column says why rows are refused, if any are.

    Parameters
    ----------
    rows
        Of one claim.
    """
    names = setting_columns(rows)
    columns = (*_CSV, "why") if any(isinstance(row, Refusal) for row in rows) else _CSV
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *columns])
    for row in rows:
        setting = [_plain(row.setting.get(name, "")) for name in names]
        writer.writerow([*setting, *(_plain(getattr(row, column, "")) for column in columns)])
    return out.getvalue()


def markdown_table(rows: Sequence[Row]) -> str:
    r"""Readable columns of the rows as a Markdown table."""
    header, *body = _readable(rows)
    lines = [header, ["---"] * len(header), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def latex_table(rows: Sequence[Row]) -> str:
    r"""Readable columns of the rows as a LaTeX tabular; needs the package booktabs only.

    Columns that say the same in every row (other than what was measured) are said once, below the table. A refused row has
    nothing to say but its setting and its verdict.

    Parameters
    ----------
    rows
        Of one claim.
    """
    header, *body = _readable(rows)
    settings = len(setting_columns(rows))
    judged = [line for line, row in zip(body, rows, strict=True) if isinstance(row, Verdict)]
    said = [{line[k] for line in (body if k < settings else judged)} for k in range(len(header))]
    same = [k for k, name in enumerate(header) if name not in _MEASURED and len(said[k]) == 1]
    kept = [k for k in range(len(header)) if k not in same]
    shared = [(header[k], next(iter(said[k]))) for k in same if said[k] != {"—"}]
    return latex_tabular([header[k] for k in kept], [[line[k] for k in kept] for line in body], shared)


def _readable(rows: Sequence[Row]) -> list[list[str]]:
    r"""Header and cells of the columns for readers; a component is named only if there are any."""
    names = setting_columns(rows)
    component = any(isinstance(row, Verdict) and row.component for row in rows)
    columns = [name for name in _SHORT if name != "component" or component]
    body = [[*(_plain(row.setting.get(n, "")) for n in names), *(_cell(row, name) for name in columns)] for row in rows]
    return [[*names, *columns], *body]


def _cell(row: Row, column: str) -> str:
    if isinstance(row, Verdict):
        return _SHORT[column](row)
    return f"{row.verdict}: {row.why}" if column == "verdict" else "—"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2g}%"


def _armed(row: Verdict) -> str:
    return "—" if row.armed is None else "yes" if row.armed else "NO"


def _interval_digits(row: Verdict) -> int:
    width = row.high - row.low
    size = max(abs(row.low), abs(row.high), abs(row.predicted))
    return 4 if not (0.0 < width < size) else min(12, max(4, floor(log10(size)) - floor(log10(width)) + 2))


_SHORT: dict[str, Callable[[Verdict], str]] = {
    "predicted": lambda row: f"{row.predicted:.{_interval_digits(row)}g}",
    "simulated": lambda row: f"{row.simulated:.{_interval_digits(row)}g}",
    "interval": lambda row: f"[{row.low:.{_interval_digits(row)}g}, {row.high:.{_interval_digits(row)}g}]",
    "deviation": lambda row: _percent(row.relative_deviation),
    "would catch": lambda row: _percent(row.relative_caught),
    "draws": lambda row: str(row.draws),
    "verdict": lambda row: row.verdict,
    "armed": _armed,
    "formula": lambda row: row.formula or "—",
    "component": lambda row: row.component or "—",
    "assumption": lambda row: row.method,
    "false alarm, miss": lambda row: f"{row.false_alarm:.2g}, {row.miss_rate:.2g}",
}

_MEASURED = frozenset(("predicted", "simulated", "interval", "deviation", "would catch", "draws", "verdict"))

_CSV = (
    "predicted",
    "abs_error",
    "simulated",
    "low",
    "high",
    "deviation",
    "relative_deviation",
    "caught",
    "relative_caught",
    "margin",
    "verdict",
    "draws",
    "planned",
    "formula",
    "armed",
    "component",
    "false_alarm",
    "miss_rate",
    "method",
)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def _sort_key(value: object) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, (bool, int, float)):
        return (1, float(value), "")
    return (2, 0.0, str(value))
