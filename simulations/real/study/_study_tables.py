r"""Tables of a study as Markdown, CSV and LaTeX (booktabs)."""

from pathlib import Path

import pandas as pd

from simulations.agreement.tables import write_text

__all__ = ["csv_text", "latex_text", "markdown_text", "write_frame"]


def csv_text(frame: pd.DataFrame) -> str:
    r"""All digits."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def markdown_text(frame: pd.DataFrame) -> str:
    r"""A Markdown table with four significant digits.

    >>> print(markdown_text(pd.DataFrame({"n": [100], "learner": ["oracle"], "accuracy": [0.76543]})), end="")
    | n | learner | accuracy |
    | --- | --- | --- |
    | 100 | oracle | 0.7654 |
    """
    lines = [list(frame.columns), ["---"] * len(frame.columns), *_cells(frame)]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def latex_text(frame: pd.DataFrame) -> str:
    r"""A LaTeX tabular; needs the package booktabs only."""
    shown = pd.DataFrame(_cells(frame), columns=frame.columns)
    return str(shown.to_latex(index=False, escape=True, column_format="l" * len(frame.columns)))


def write_frame(directory: Path, name: str, frame: pd.DataFrame) -> None:
    r"""Write `name`.md, .csv and .tex; each file is complete at every moment."""
    for suffix, text in (("md", markdown_text), ("csv", csv_text), ("tex", latex_text)):
        write_text(directory / f"{name}.{suffix}", text(frame))


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in frame.itertuples(index=False)]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if value != value else f"{value:.4g}"
    return str(value)
