r"""The recipes of CONTRIBUTING.md: what is declared outside runs through command lines, claims, tables and settings files."""

import csv
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import simulations.__main__
import theory.__main__
from simulations.head import reference_head, trained_heads
from tests.front_doors.toys import declared
from tests.front_doors.verdicts import judge_question
from theory.head import head_error
from theory.interface import FrontDoor, question_of
from theory.model import head_setting

ROOT = Path(__file__).parents[2]
REFERENCE = {"T": 64, "m": 6, "d": 40, "W": 0.6, "Q": 2.0, "tau": 1.5, "n": 120}
SMALL = {"T": 20, "m": 4, "d": 6, "W": 0.8, "Q": 1.4, "sigma": 0.9, "tau": 0.9, "n": 30}


@pytest.fixture(autouse=True)
def outsiders_declarations() -> Iterator[None]:
    with declared():
        yield


def asked(capsys: pytest.CaptureFixture[str], door: FrontDoor, line: str) -> dict:
    assert door.run([*shlex.split(line), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_quantity_from_outside_has_both_front_doors(capsys: pytest.CaptureFixture[str]) -> None:
    line = "majority-error --n-tokens 9 --n-relevant 3 --dim 4 --signal-norm 1 --context-norm 1 --label-prior 0.3"
    assert theory.__main__.door.run(["list"]) == 0
    assert "majority-error" in capsys.readouterr().out
    assert asked(capsys, theory.__main__.door, line)["value"] == 0.3
    low, high = asked(capsys, simulations.__main__.door, f"{line} --precision 0.1")["interval"]
    assert low < 0.3 < high


@pytest.mark.parametrize("columns", [{"loss": "tripled-logistic", "ridge": 0.06}, {"loss": "squared-again"}])
def test_a_loss_from_outside_has_both_front_doors(capsys: pytest.CaptureFixture[str], columns: dict) -> None:
    options = {"n-tokens": 20, "n-relevant": 4, "dim": 6, "signal-norm": 0.8, "context-norm": 1.4, "prompt-strength": 0.9}
    line = " ".join(f"--{name} {value}" for name, value in {**options, "n-samples": 60, **columns}.items())
    value = asked(capsys, theory.__main__.door, f"head-error {line}")["value"]
    low, high = asked(capsys, simulations.__main__.door, f"head-error {line} --precision 0.05")["interval"]
    assert low * 0.95 < value < high * 1.05


@pytest.mark.parametrize("n", [120, 39, 20])
def test_a_copy_of_the_squared_loss_is_the_squared_loss(n: int) -> None:
    r"""Its head interpolates as the ridge vanishes, because its declaration says so and not because of its name."""
    setting = head_setting(**{**REFERENCE, "n": n})
    again, ours = (head_error(setting.trained_by(loss, 1e-10)).value for loss in ("squared-again", "squared"))
    assert_allclose(again, ours, rtol=1e-9, atol=0)
    if n == 120:
        assert_allclose(head_error(setting.trained_by("squared-again")).value, 0.14245, rtol=5e-3, atol=0)


@pytest.mark.parametrize("loss", ["tripled-logistic", "squared-again"])
@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_the_reference_solver_knows_a_loss_from_outside(loss: str, ridge: float) -> None:
    design = np.random.default_rng(3).standard_normal((9, 4))
    assert_allclose(
        trained_heads(design[None], loss, ridge)[0],
        reference_head(design, loss, ridge),
        rtol=0,
        atol=2e-3 if "log" in loss else 1e-5,
    )


@pytest.mark.parametrize(
    "row",
    [
        {"quantity": "majority-error", "T": 9, "m": 3, "d": 4, "W": 1.0, "Q": 1.0, "pi": 0.3},
        {**SMALL, "loss": "tripled-logistic", "ridge": 0.1},
        {**SMALL, "loss": "squared-again", "n": 90},
    ],
)
def test_claims_about_what_is_declared_outside(agree, row: dict) -> None:
    judge_question(agree, "recipes", question_of(row))


def test_a_row_that_names_a_parameter_twice_is_refused() -> None:
    row = {"quantity": "majority-error", "T": 9, "n_tokens": 8, "m": 3, "d": 4, "W": 1.0, "Q": 1.0}
    with pytest.raises(ValueError, match="name a parameter twice"):
        question_of(row)


def test_settings_files_and_tables_know_what_is_declared_outside(tmp_path: Path) -> None:
    rows = "quantity,T,m,d,W,Q,pi\nmajority-error,9,3,4,1,1,0.3\nmajority-error,9,3,4,1,1,0.6\n"
    (tmp_path / "mine.csv").write_text(rows, encoding="utf-8")
    tables = tmp_path / "tables"
    command = (
        f"-m pytest -q -p tests.front_doors.toys -p no:cacheprovider tests/front_doors/test_quantities.py -k own_settings "
        f"--settings={tmp_path / 'mine.csv'} --tables={tables}"
    )
    run = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    with (tables / "own-majority-error.csv").open(newline="", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert [float(row["predicted"]) for row in written] == [0.3, 0.4]
    assert {row["verdict"] for row in written} == {"agrees"}
