r"""Ticks: how a page shows which test checks a statement, and what that test said.

Three things for authors of chapters:

* the role `claim` names a Monte Carlo claim and shows its verdicts: a tick only if every row of its table agrees;
* the role `test` names a test by file and function, and fails the build if there is no such test;
* the directive `comparison` shows the table of a claim, as `pytest --tables tables` wrote it.
"""

import ast
import csv
from collections import Counter
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

__all__ = ["Claim", "Comparison", "Test", "setup", "test_exists", "tick", "verdicts"]

HOW_TO = "pytest --tables tables"
_logger = logging.getLogger(__name__)


def verdicts(table: Path) -> Counter[str]:
    r"""How many rows of a claim's CSV table ended with each verdict; empty if there is no such table."""
    if not table.exists():
        return Counter()
    with table.open(newline="", encoding="utf-8") as file:
        rows = [{str(key).strip().lower(): value for key, value in row.items()} for row in csv.DictReader(file)]
    return Counter(row["verdict"].strip() for row in rows)


def tick(counts: Counter[str]) -> tuple[str, str]:
    r"""The mark and its explanation; a tick needs every row to agree.

    >>> tick(Counter(agrees=12))
    ('✔', '12 agrees')
    >>> tick(Counter(agrees=12, undecided=1))[0], tick(Counter(agrees=12, disagrees=1))[0], tick(Counter())
    ('?', '✘', ('○', 'not run in this build'))
    """
    if not counts:
        return "○", "not run in this build"
    said = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    if set(counts) == {"agrees"}:
        return "✔", said
    return ("✘" if counts["disagrees"] else "?"), said


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
        mark, said = tick(verdicts(_tables(self.env.srcdir) / f"{self.text}.csv"))
        kind = {"✔": "agrees", "✘": "disagrees", "?": "undecided"}.get(mark, "not-run")
        shown = nodes.inline("", f"{mark} {self.text} ({said})", classes=["tick", f"tick-{kind}"])
        link = pending_xref(
            "", shown, refdomain="std", reftype="ref", reftarget=_anchor(self.text), refexplicit=True, refwarn=False
        )
        link["refdoc"] = self.env.docname
        return [link], []


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
        lines = StringList(table.read_text(encoding="utf-8").splitlines(), source=str(table))
        self.state.nested_parse(lines, 0, shown)
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
