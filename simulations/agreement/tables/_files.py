r"""Files that are complete at every moment: the tables of a claim, or any text."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from simulations.agreement.tables._formats import Row, csv_table, latex_table, markdown_table, ordered

__all__ = ["write_tables", "write_text"]


def write_tables(directory: Path, claim: str, rows: Iterable[Row]) -> None:
    r"""Write `claim`.md, .csv and .tex into a directory; each file is complete at every moment.

    Parameters
    ----------
    directory
        Is made if it is not there.
    claim
        Name of the files.
    rows
        Of the claim, in any order.
    """
    table = ordered(rows)
    name = re.sub(r"[^\w.-]+", "-", claim)
    for suffix, writer in (("md", markdown_table), ("csv", csv_table), ("tex", latex_table)):
        write_text(directory / f"{name}.{suffix}", writer(table))


def write_text(path: Path, text: str) -> None:
    r"""Replace a file in one step, so that an interruption leaves the old or the new one."""
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
