r"""Tables of verdicts as Markdown, CSV and LaTeX (booktabs), in an order that depends on the rows alone."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from simulations.agreement.verdict import Verdict
from simulations.engine import canonical

__all__ = ["csv_table", "latex_table", "markdown_table", "ordered", "write_tables", "write_text"]

_GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi"),
        *("pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
    )
)


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
    names = setting_columns(rows)
    header = [*names, *_SHORT]
    body = [_readable(row, names) for row in rows]
    lines = [header, ["---"] * len(header), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def latex_table(rows: Sequence[Verdict]) -> str:
    r"""Readable columns of the rows as a LaTeX tabular; needs the package booktabs only."""
    names = setting_columns(rows)
    header = [*(_symbol(name) for name in names), *(_escaped(name) for name in _SHORT)]
    body = [[_escaped(cell) for cell in _readable(row, names)] for row in rows]
    lines = [" & ".join(cells) + r" \\" for cells in body]
    columns = "r" * (len(names) + 6) + "l" * (len(_SHORT) - 6)
    top = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", " & ".join(header) + r" \\", r"\midrule"]
    return "\n".join([*top, *lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


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


def _readable(row: Verdict, names: Sequence[str]) -> list[str]:
    return [*(_plain(row.setting.get(name, "")) for name in names), *(column(row) for column in _SHORT.values())]


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
    "assumption": lambda row: row.method,
}

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


def _symbol(name: str) -> str:
    if name in _GREEK:
        return rf"$\{name}$"
    return f"${name}$" if len(name) == 1 else _escaped(name)


def _escaped(text: str) -> str:
    replaced = re.sub(r"([&%$#_{}])", r"\\\1", text)
    return replaced.replace("—", "---").replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")
