"""LaTeX tables: letters that every engine has, and a note that does not widen its table."""

import re

import pytest

from simulations.agreement.tables import latex_tabular

HEADER = ["T", "ρ", "varrho", "c_w", "law", "verdict"]
BODY = [["64", "-0.35", "", "1.5", "δ in a box, n ≥ p", "agrees"], ["9", "1e-09", "inf", "0.6", "50% of A_1 & {b}", "undecided"]]
SHARED = [("Δ", "3.5"), ("assumption", "0/1, beta-binomial"), ("false alarm, miss", "1e-09, 0.001"), ("n_samples", "60")]


def test_latex_is_plain_ascii() -> None:
    table = latex_tabular(HEADER, BODY, SHARED)
    assert table.isascii()
    cells = r"$\delta$ in a box, n $\ge$ p", r"50\% of A\_1 \& \{b\}", r"$10^{-9}$"
    for written in (r"$T$ & $\rho$ & $\varrho$ & $c_w$ & law", *cells):
        assert written in table


def test_every_row_has_the_columns_that_the_preamble_states() -> None:
    lines = latex_tabular(HEADER, BODY, SHARED).splitlines()
    assert lines[0] == r"\begin{tabular}{rrrrll}"
    rows = [re.sub(r"\\&", "", line) for line in lines if line.endswith(r"\\") and "multicolumn" not in line]
    assert {row.count("&") + 1 for row in rows} == {len(HEADER)}


@pytest.mark.parametrize("shared", [SHARED, SHARED * 5])
def test_note_is_no_wider_than_its_table(shared: list[tuple[str, str]]) -> None:
    notes = [line for line in latex_tabular(HEADER, BODY, shared).splitlines() if "multicolumn" in line]
    texts = [re.sub(r"[\\${}]", "", note.partition(r"\footnotesize ")[2]) for note in notes]
    widest = sum(max(len(line[k]) for line in (HEADER, *BODY)) + 2 for k in range(len(HEADER)))
    assert all(0.8 * len(text) < widest + 8 for text in texts)
    assert sum(text.count(":") for text in texts) == len(shared) + 1
    assert [text.endswith(". ") for text in texts] == [False] * (len(texts) - 1) + [True]


def test_table_that_shares_nothing_has_no_note() -> None:
    assert "multicolumn" not in latex_tabular(HEADER, BODY)
