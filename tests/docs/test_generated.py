r"""What is generated for the pages, and the marks that their ticks show."""

import doctest
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulations.agreement import Verdict
from simulations.agreement.tables import write_tables
from theory.model import PARAMETERS

DocsModule = Callable[[str], ModuleType]


def verdict(tau: float, **changed: object) -> Verdict:
    r"""A row of a table."""
    row: dict[str, object] = {
        "claim": "head-error",
        "setting": {"T": 64, "tau": tau},
        "verdict": "agrees",
        "predicted": 0.142,
        "abs_error": 1e-11,
        "simulated": 0.1421,
        "low": 0.1415,
        "high": 0.1426,
        "deviation": 1e-4,
        "caught": 0.002,
        "relative_deviation": 0.0007,
        "relative_caught": 0.012,
        "margin": 0.0014,
        "draws": 12345,
        "planned": 12000,
        "false_alarm": 1e-8,
        "miss_rate": 0.01,
        "method": "bounded",
        "variants": {"k = n - p": True},
    }
    return Verdict(**(row | changed))  # type: ignore[arg-type]  # the fields are those above


def test_parameter_table_has_a_row_for_each_declaration(docs_module: DocsModule) -> None:
    header, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in docs_module("generate").parameter_table().splitlines()
    )
    assert len(rows) == len(PARAMETERS)
    for row, (name, declared) in zip(rows, PARAMETERS.items(), strict=True):
        shown = dict(zip(header, row, strict=True))
        assert shown["Symbol"] == f"${declared.latex}$"
        assert shown["Name"] == f"`{name}`"
        assert shown["Meaning"].replace("\\", "") == declared.meaning
        assert shown["Domain"] == str(declared.domain)
        assert shown["Default"] == ("" if declared.default is None else str(declared.default))


def test_chapters_stand_in_reading_order_with_unknown_ones_last(docs_module: DocsModule) -> None:
    text = docs_module("generate").chapters(["zebra", "index", "context", "model", "agreement", "head"])
    assert text.split("\n\n")[1].splitlines() == ["model", "head", "context", "agreement", "zebra", "```"]


def test_commands_are_those_of_the_readme(docs_module: DocsModule) -> None:
    commands = docs_module("generate").readme_commands
    assert commands("# Title\n<!-- commands -->\n```\nmake\n```\n<!-- /commands -->\nmore") == "```\nmake\n```\n"
    assert "README.md" in commands("# Title\nno marks")


def test_api_names_each_module_once(docs_module: DocsModule) -> None:
    pages = docs_module("generate").api_pages("theory")
    modules = [line for text in pages.values() for line in text.splitlines() if "automodule" in line]
    assert ".. automodule:: theory.model" in modules
    assert len(modules) == len(set(modules))


@settings(max_examples=200, deadline=None)
@given(words=st.lists(st.sampled_from(["|w*|", "q*", "q_*", "E|x|²", "2 * 3", "*shape", "x_", "**k", "a|b", "norm", "(*", "|"])))
def test_marks_of_mathematics_reach_the_reader(docs_module: DocsModule, words: list[str]) -> None:
    from docutils.core import publish_doctree

    module = docs_module("docstrings")
    line = " ".join(["The", *words])
    assume(all(len(found) == 1 for found in (match[0] for match in module._MARK.finditer(line))))
    plain = "\n".join(module.plain_marks([line]))
    tree = publish_doctree(plain, settings_overrides={"report_level": 1, "halt_level": 2})
    assert tree.astext() == line
    assert module.plain_marks([plain]) == [plain]


def test_examples_and_displayed_mathematics_stay_as_written(docs_module: DocsModule) -> None:
    formulas = [".. math::", "", "    |x|_* * y", "", "    z_*", ".. math:: a_* |b|", "    * c", "so::", "", "    d_*", ""]
    lines = ["Sum.", "", *formulas, ">>> 2 * 3 | 1", "7", "", "the end |x|"]
    assert docs_module("docstrings").plain_marks(lines) == [*lines[:-1], r"the end \|x\|"]


@pytest.mark.parametrize("name", ["docstrings", "generate", "ticks"])
def test_examples_of_the_extensions_run(docs_module: DocsModule, name: str) -> None:
    failed, tried = doctest.testmod(docs_module(name))
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [
        ([verdict(0.5), verdict(1.5)], "agrees", "2 of 2 rows agree"),
        ([verdict(0.5), verdict(1.5, verdict="undecided")], "undecided", "1 of 2 rows agree, 1 undecided"),
        ([verdict(0.5), verdict(1.5, verdict="disagrees")], "disagrees", "1 of 2 rows agree, 1 disagrees"),
        ([verdict(0.5, variants={"v": False})], "undecided", "1 of 1 rows agree, 1 did not reject a wrong variant"),
        ([verdict(0.5, method="ASYMPTOTIC")], "agrees", "1 of 1 rows agree, 1 with asymptotic rates"),
        ([verdict(0.5, variants={})], "agrees", "1 of 1 rows agree"),
    ],
)
def test_tick_is_earned_by_every_row(docs_module: DocsModule, tmp_path: Path, rows: list[Verdict], kind: str, said: str) -> None:
    write_tables(tmp_path, "head-error", rows)
    assert docs_module("ticks").tick(tmp_path / "head-error.csv") == (kind, said)


def test_folded_table_loses_nothing(docs_module: DocsModule, tmp_path: Path) -> None:
    write_tables(tmp_path, "head-error", [verdict(0.5), verdict(1.5), verdict(2.5)])
    table = (tmp_path / "head-error.md").read_text(encoding="utf-8")
    folded = docs_module("ticks").folded(table)
    cells = {cell.strip() for line in table.splitlines() if "---" not in line for cell in line.split("|")}
    assert all(cell in folded for cell in cells)
    assert "`T` = 64" in folded
    assert folded.count("12345") == 3


def test_test_exists_only_if_it_is_defined(docs_module: DocsModule, tmp_path: Path) -> None:
    (tmp_path / "test_law.py").write_text("def test_law():\n    pass\n", encoding="utf-8")
    exists = docs_module("ticks").test_exists
    assert exists(tmp_path, "test_law.py::test_law")
    assert exists(tmp_path, "test_law.py")
    assert not exists(tmp_path, "test_law.py::test_other")
    assert not exists(tmp_path, "test_missing.py::test_law")


@pytest.fixture
def small_project(docs_extra: None, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    r"""Builds a page of MyST text in a project with one table and one test."""
    extensions = Path(__file__).resolve().parents[2] / "docs"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(extensions)!r})\nextensions = ['myst_parser', 'ticks']\n", encoding="utf-8"
    )
    (tmp_path / "test_law.py").write_text("def test_law():\n    pass\n", encoding="utf-8")
    write_tables(tmp_path / "tables", "head-error", [verdict(0.5), verdict(1.5)])

    def build(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "docs" / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
        command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(tmp_path / "docs"), str(tmp_path / "html")]
        return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)

    return build


def test_page_shows_ticks_and_tables(small_project: Callable[[str], subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = small_project(
        "{claim}`head-error` {claim}`other` {test}`test_law.py::test_law`\n\n"
        "```{comparison} head-error\n```\n\n```{comparison} other\n```"
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert "✔ head-error: 2 of 2 rows agree" in page
    assert 'href="#table-head-error"' in page
    assert "○ other: not run in this build" in page
    assert page.count("[0.1415, 0.1426]") == 2
    assert "It is written by" in page


def test_page_that_names_a_missing_test_does_not_build(
    small_project: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    done = small_project("{test}`test_law.py::test_other`")
    assert done.returncode != 0
    assert "there is no test test_law.py::test_other" in done.stderr
