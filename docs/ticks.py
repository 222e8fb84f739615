r"""Ticks: how a page shows which test checks a statement, and what that test said.

Three things for authors of chapters:

* the role `claim` names a Monte Carlo claim and shows its verdicts: a tick only if every row of its table agrees;
* the role `test` names a test by file and function, and fails the build if there is no such test;
* the directive `comparison` shows the table of a claim, as `pytest --tables tables` wrote it.
"""

import ast
import csv
import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

__all__ = ["Claim", "Comparison", "Test", "folded", "setup", "test_exists", "tick"]

MARKS = {"agrees": "✔", "disagrees": "✘", "undecided": "?", "not-run": "○"}
MEASURED = ("predicted", "simulated", "interval", "deviation", "would catch", "draws", "verdict")
HOW_TO = "pytest --tables tables"
_logger = logging.getLogger(__name__)


def tick(table: Path) -> tuple[str, str]:
    r"""The mark of a claim and its explanation, from its CSV table.

    A tick needs every row to agree, and every row that has wrong variants to have rejected them all.

    >>> tick(Path("no such table"))
    ('not-run', 'not run in this build')
    """
    if not table.exists():
        return "not-run", "not run in this build"
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    count = Counter(row["verdict"] for row in rows)
    unarmed = sum(row["armed"] == "False" for row in rows)
    asymptotic = sum("ASYMPTOTIC" in row["method"] for row in rows)
    said = [f"{count['agrees']} of {len(rows)} rows agree"]
    said += [f"{count[kind]} {kind}" for kind in ("disagrees", "undecided") if count[kind]]
    said += [f"{unarmed} did not reject a wrong variant"] if unarmed else []
    said += [f"{asymptotic} with asymptotic rates"] if asymptotic else []
    if count["disagrees"]:
        return "disagrees", ", ".join(said)
    return ("agrees" if rows and count["agrees"] == len(rows) and not unarmed else "undecided"), ", ".join(said)


def folded(table: str) -> str:
    r"""A Markdown table with what is the same in all rows said once, above it; what was measured stays in the rows.

    >>> print(folded("| T | tau | verdict |\n| - | - | - |\n| 64 | 0.5 | agrees |\n| 64 | 1.5 | agrees |"))
    In all 2 rows: `T` = 64.
    <BLANKLINE>
    | tau | verdict |
    | :-- | :-- |
    | 0.5 | agrees |
    | 1.5 | agrees |
    """
    header, _, *rows = ([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines())
    same = [len({row[column] for row in rows}) == 1 and name not in MEASURED for column, name in enumerate(header)]
    if len(rows) < 2 or not any(same):
        return table
    once = ", ".join(f"`{name}` = {cell}" for name, cell, alike in zip(header, rows[0], same, strict=True) if alike)
    kept = [[cell for cell, alike in zip(row, same, strict=True) if not alike] for row in (header, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in (kept[0], [":--"] * len(kept[0]), *kept[1:])]
    return "\n".join([f"In all {len(rows)} rows: {once}.", "", *lines])


def test_exists(root: Path, name: str) -> bool:
    r"""Whether `tests/folder/test_file.py::test_function` (or a file alone) is there to be run."""
    file, _, function = name.partition("::")
    path = root / file
    if not path.is_file():
        return False
    defined = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return not function or any(isinstance(node, ast.FunctionDef) and node.name == function for node in defined)


class Claim(SphinxRole):
    r"""{claim}`head-error`: the claim's name, with a tick made by its table, and a link to where the table is shown."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        kind, said = tick(_tables(self.env.srcdir) / f"{self.text}.csv")
        words = nodes.inline("", f"{MARKS[kind]} {self.text}: {said}")
        target = {"reftype": "ref", "reftarget": _anchor(self.text), "refexplicit": True, "refwarn": False}
        link = pending_xref("", words, refdomain="std", refdoc=self.env.docname, **target)
        return [nodes.inline("", "", link, classes=["tick", f"tick-{kind}"])], []


class Test(SphinxRole):
    r"""{test}`tests/head/test_laws.py::test_error_decreases_with_samples`: a test that exists."""

    __test__ = False  # the name is the author's word for it, not a test class

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if not test_exists(Path(self.env.srcdir).parent, self.text):
            _logger.warning("there is no test %s", self.text, location=self.get_location())
        file, _, function = self.text.partition("::")
        name = nodes.literal("", function or file)
        return [nodes.inline("", "", nodes.Text("checked by "), name, classes=["tick"])], []


class Comparison(SphinxDirective):
    r"""The table of a claim, or how to make it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        claim = self.arguments[0]
        table = _tables(self.env.srcdir) / f"{claim}.md"
        target = nodes.target("", "", ids=[_anchor(claim)], names=[_anchor(claim)])
        self.env.domains.standard_domain.note_hyperlink_target(_anchor(claim), self.env.docname, _anchor(claim), f"Table {claim}")
        if not table.exists():
            note = nodes.admonition("", nodes.title("", f"Table {claim}"), classes=["note"])
            words = "It was not run before these pages were built. It is written by "
            note += nodes.paragraph("", words, nodes.literal("", HOW_TO), nodes.Text("; then build the pages again."))
            return [target, note]
        shown = nodes.container(classes=["comparison"])
        lines = folded(table.read_text(encoding="utf-8")).splitlines()
        self.state.nested_parse(StringList(lines, source=str(table)), 0, shown)
        return [target, shown]


def setup(app: Sphinx) -> dict[str, bool]:
    r"""Sphinx calls this."""
    app.add_role("claim", Claim())
    app.add_role("test", Test())
    app.add_directive("comparison", Comparison)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _tables(source: str | Path) -> Path:
    return Path(source).parent / "tables"


def _anchor(claim: str) -> str:
    return f"table-{claim}"
