"""Laws of refused rows: they are told in tables and closing lines, and neither fail, nor agree, nor spend false alarm."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from simulations.agreement import Refusal
from simulations.agreement.pytest_plugin._rows import decoded, encoded
from simulations.agreement.tables import csv_table, latex_table, markdown_table

SUITE = """
import pytest

def mean_of_beta(a, b):
    if a <= 0:
        raise ValueError(f"a must be > 0,\\n got {a} | b = {b}")
    return a / (a + b)

@pytest.mark.parametrize(("a", "b"), [(3.3, 7.1), (0, 5.3), (4.7, 4.1)])
def test_mean_of_beta(agree, a, b):
    setting = {"a": a, "b": b}
    try:
        predicted = mean_of_beta(a, b)
    except ValueError as error:
        agree.refused("beta-mean", setting=setting, why=error)
        return
    agree("beta-mean", setting=setting, predicted=predicted, bounds=(0, 1), margin=0.05,
          sampler=lambda rng, size: rng.beta(a, b, size))
"""

WHY = "a must be > 0, got 0 | b = 5.3"
LINE = f"agreement: beta-mean [a=0, b=5.3]: refused: {WHY}"


def _run(folder: Path, *options: str, suite: str = SUITE) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_suite.py").write_text(suite)
    unused = ("cacheprovider", "hypothesispytest", "anyio", "platformdirs")  # a fifth of the time of a small run
    command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in unused), *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module", name="runs")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[subprocess.CompletedProcess[str], Path]]:
    """Run and folder of tables, without and with xdist."""
    folder = tmp_path_factory.mktemp("refused")
    return [
        (_run(folder, "--tables", name, *options), folder / name) for name, options in (("plain", ()), ("xdist", ("-n", "2")))
    ]


def test_refused_row_is_one_closing_line_and_neither_agrees_nor_spends(
    runs: list[tuple[subprocess.CompletedProcess[str], Path]],
) -> None:
    for run, _ in runs:
        assert run.returncode == 0, run.stdout
        assert "1 claims, 2 rows: 2 agree, 1 more refused; false-alarm budget used 2e-09 of 1e-06" in run.stdout
        assert run.stdout.splitlines().count(LINE) == 1
        assert "3 passed" in run.stdout


def test_refused_row_stands_in_every_table_however_it_is_run(
    runs: list[tuple[subprocess.CompletedProcess[str], Path]],
) -> None:
    (_, plain), (_, xdist) = runs
    for suffix in ("csv", "md", "tex"):
        assert (plain / f"beta-mean.{suffix}").read_bytes() == (xdist / f"beta-mean.{suffix}").read_bytes()
    with (plain / "beta-mean.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["refused", "agrees", "agrees"]
    assert [row["why"] for row in rows] == [WHY, "", ""]
    assert {value for name, value in rows[0].items() if name not in ("a", "b", "verdict", "why")} == {""}
    assert f"| refused: {WHY} |".replace(" | b", " \\| b") in (plain / "beta-mean.md").read_text()
    table = (plain / "beta-mean.tex").read_text()
    assert r"refused: a must be $>$ 0, got 0 $|$ b = 5.3" in table
    assert "assumption: bounded, betting" in table


def test_run_of_refusals_alone_is_green_and_says_so(tmp_path: Path) -> None:
    run = _run(tmp_path, "--tables", "t", "-k", "5.3")
    assert run.returncode == 0
    assert LINE in run.stdout
    assert "rows:" not in run.stdout
    assert "refused" in (tmp_path / "t" / "beta-mean.tex").read_text()


def test_row_that_is_refused_and_judged_is_stated_twice(tmp_path: Path) -> None:
    run = _run(tmp_path, suite=SUITE.replace('{"a": a, "b": b}', '{"a": 1}'))
    assert run.returncode == 1
    assert "stated twice in this run" in run.stdout


def test_refusal_survives_the_way_to_another_process() -> None:
    row = Refusal("risk", {"n": 3, "ratio": float("inf")}, "n must exceed 6")
    assert decoded(encoded(row)) == row


def test_tables_of_judged_rows_have_no_column_for_reasons() -> None:
    refused = [Refusal("risk", {"n": 3}, "n must exceed 6"), Refusal("risk", {"n": 5}, "n must exceed 6")]
    assert csv_table(refused).splitlines()[0].endswith("method,why")
    assert not csv_table([]).splitlines()[0].endswith("why")
    assert markdown_table(refused).count("refused: n must exceed 6") == 2
    assert latex_table(refused).count("refused: n must exceed 6") == 2
