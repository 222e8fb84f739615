r"""A docstring that says where a number comes from names the equation, and the equation is there."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LABEL = r"eq(?:-[a-z0-9]+){2,}"
# what follows the closing $$ of an equation, or stands in a directive
DEFINED = re.compile(rf"\((?P<label>{LABEL})\)\s*$|^:label: (?P<option>{LABEL})$", re.M)
CITED = re.compile(rf"\b{LABEL}\b")
ROLE = re.compile(rf":eq:`({LABEL})`")
PARAMETERS = re.compile(r"^(?P<indent> *)(?:Parameters|Attributes)\n *-{4,}\n(?P<body>.*?)(?=\n *\n|\Z)", re.M | re.S)
LITERAL = re.compile(r"^ *(?P<fence>`{3,})\w+.*?^ *(?P=fence)$", re.M | re.S)  # shown, not read

CHAPTERS = {
    path.relative_to(ROOT).as_posix(): LITERAL.sub("", path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if not {"_build", "_generated"} & set(path.parts)
}

SUBJECTS = sorted(path.name for path in (ROOT / "theory").iterdir() if (path / "__init__.py").exists())


def documented(*folders: str) -> Iterator[tuple[str, str]]:
    r"""Place and text of every docstring, those of constants among them."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node.value.value


def labels() -> Counter[str]:
    r"""How often each label is defined in the chapters."""
    return Counter(found["label"] or found["option"] for text in CHAPTERS.values() for found in DEFINED.finditer(text))


def chapter_of(label: str) -> str:
    r"""The chapter in which a label stands, as docstrings name it."""
    return next(name for name, text in CHAPTERS.items() if f"({label})" in text or f":label: {label}\n" in text)


def unlabelled(text: str) -> bool:
    r"""Whether a docstring refers to a derivation in a chapter and to no equation of it."""
    return re.search(r"[Dd]erived\s+in\s+docs/", text) is not None and CITED.search(text) is None


def test_every_label_is_defined_once() -> None:
    assert len(labels()) > 100
    assert {label: count for label, count in labels().items() if count > 1} == {}


def test_every_cited_equation_is_in_a_chapter() -> None:
    cited = [(place, label) for place, text in documented("theory", "simulations") for label in CITED.findall(text)]
    assert len(cited) > 100
    assert [(place, label) for place, label in cited if label not in labels()] == []


def test_a_docstring_names_the_chapter_of_its_equations() -> None:
    misplaced = [
        (place, label) for place, text in documented("theory") for label in ROLE.findall(text) if chapter_of(label) not in text
    ]
    assert misplaced == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_docstring_names_the_equation_and_not_the_chapter_alone(subject: str) -> None:
    assert [place for place, text in documented(f"theory/{subject}") if unlabelled(text)] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_parameter_stands_on_a_line_of_its_own(subject: str) -> None:
    in_one_line = [
        (place, line.strip())
        for place, text in documented(f"theory/{subject}")
        for section in PARAMETERS.finditer(text)
        for line in section["body"].splitlines()
        if re.match(rf"{section['indent']}\w[\w, ]* : ", line)
    ]
    assert in_one_line == []


def test_the_checks_see_what_they_look_for() -> None:
    assert unlabelled("Derived in docs/head.md.")
    assert not unlabelled("Equation :eq:`eq-head-kappa` of docs/head.md.")
    assert [found["label"] for found in DEFINED.finditer("$$ x $$ (eq-head-kappa)\n")] == ["eq-head-kappa"]
    assert [found["option"] for found in DEFINED.finditer(":label: eq-head-kappa\n")] == ["eq-head-kappa"]
    section = PARAMETERS.search("    Parameters\n    ----------\n    law : s > 0.\n")
    assert section is not None
    assert section["body"] == "    law : s > 0.\n"
