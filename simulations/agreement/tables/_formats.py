r"""Tables of verdicts as Markdown, CSV and LaTeX (booktabs), in an order that depends on the rows alone."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from simulations.agreement.judgement import Verdict
from simulations.agreement.tables._tabular import latex_tabular
from simulations.engine import canonical

__all__ = ["csv_table", "latex_table", "markdown_table", "ordered", "write_tables", "write_text"]


def ordered(rows: Iterable[Verdict]) -> list[Verdict]:
    r"""Rows sorted by setting, numbers by size: the same table whatever the order of the tests.

    Parameters
    ----------
    rows : iterable of Verdict

    Returns
    -------
    list of Verdict
    """
    kept = sorted(rows, key=lambda row: canonical(row.setting))
    names = setting_columns(kept)
    return sorted(kept, key=lambda row: [_sort_key(row.setting.get(name)) for name in names])


def setting_columns(rows: Sequence[Verdict]) -> list[str]:
    """Names of all setting columns, in the order in which the rows state them."""
    return list(dict.fromkeys(name for row in rows for name in row.setting))


def csv_table(rows: Sequence[Verdict]) -> str:
    r"""All fields of the rows with all their digits.

    Parameters
    ----------
    rows : sequence of Verdict

    Returns
    -------
    str
    """
    names = setting_columns(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *_CSV])
    for row in rows:
        setting = [_plain(row.setting.get(name, "")) for name in names]
        writer.writerow([*setting, *(_plain(field(row)) for field in _CSV.values())])
    return out.getvalue()


def markdown_table(rows: Sequence[Verdict]) -> str:
    r"""Readable columns of the rows as a Markdown table."""
    header, *body = _readable(rows)
    lines = [header, ["---"] * len(header), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def latex_table(rows: Sequence[Verdict]) -> str:
    r"""Readable columns of the rows as a LaTeX tabular; needs the package booktabs only.

    Columns that say the same in every row (other than what was measured) are said once, below the table.
    """
    header, *body = _readable(rows)
    same = [k for k, name in enumerate(header) if name not in _MEASURED and len({line[k] for line in body}) == 1]
    kept = [k for k in range(len(header)) if k not in same]
    shared = [(header[k], body[0][k]) for k in same if body[0][k] != "—"]
    return latex_tabular([header[k] for k in kept], [[line[k] for k in kept] for line in body], shared)


def write_tables(directory: Path, claim: str, rows: Iterable[Verdict]) -> None:
    r"""Write `claim`.md, .csv and .tex into a directory; each file is complete at every moment.

    Parameters
    ----------
    directory : Path
    claim : str
    rows : iterable of Verdict
    """
    table = ordered(rows)
    name = re.sub(r"[^\w.-]+", "-", claim)
    for suffix, writer in (("md", markdown_table), ("csv", csv_table), ("tex", latex_table)):
        write_text(directory / f"{name}.{suffix}", writer(table))


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, so that an interruption leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _readable(rows: Sequence[Verdict]) -> list[list[str]]:
    """Header and cells of the columns for readers; a component is named only if there are any."""
    names = setting_columns(rows)
    columns = {name: show for name, show in _SHORT.items() if name != "component" or any(row.component for row in rows)}
    body = [[*(_plain(row.setting.get(n, "")) for n in names), *(show(row) for show in columns.values())] for row in rows]
    return [[*names, *columns], *body]


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2g}%"


def _armed(row: Verdict) -> str:
    return "—" if row.armed is None else "yes" if row.armed else "NO"


def _interval_digits(row: Verdict) -> int:
    from math import floor, log10

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

_CSV: dict[str, Callable[[Verdict], object]] = {
    name: (lambda row, name=name: getattr(row, name))  # type: ignore[misc]  # mypy cannot type a default of a lambda
    for name in (
        "predicted", "abs_error", "simulated", "low", "high", "deviation", "relative_deviation", "caught",
        "relative_caught", "margin", "verdict", "draws", "planned", "formula", "armed", "component", "false_alarm",
        "miss_rate", "method",
    )
}


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
