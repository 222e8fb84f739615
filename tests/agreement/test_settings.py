"""Laws of settings files: both formats say the same, and errors name file, row and column."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from simulations.agreement import SettingsError, settings_from, user_settings
from simulations.agreement.pytest_plugin import SETTINGS_ERROR

TOML = '[[setting]]\nT = 64\ntau = 0.5\nn = inf\nhead = "full"\n\n[[setting]]\nT = 32\ntau = 1.25\nn = 120\nhead = "orthogonal"\n'
CSV = "T,tau,n,head\n64,0.5,inf,full\n\n32, 1.25,120,orthogonal\n"


def test_toml_and_csv_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "a.csv").write_text(CSV)
    rows = settings_from(tmp_path / "a.toml")
    assert rows == settings_from(tmp_path / "a.csv")
    assert rows[0] == {"T": 64, "tau": 0.5, "n": math.inf, "head": "full"}
    assert [type(value) for value in rows[1].values()] == [int, float, int, str]


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.csv", CSV)])
def test_byte_order_mark_is_no_part_of_a_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    plain = settings_from(tmp_path / name)
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert settings_from(tmp_path / name) == plain


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "T,tau\n64\n", r"a.csv: row 1: has 1 columns, the header has 2"),
        ("a.csv", "T,tau\n64,0.5\n32,\n", r"a.csv: row 2, column tau: is empty"),
        ("a.csv", "T,T\n64,0.5\n", r"header: column 'T' is empty or appears twice"),
        ("a.csv", "T,tau\n64,nan\n", r"row 1, column tau: must be a number, got nan"),
        ("a.csv", "T,tau\n", r"holds no settings"),
        ("a.toml", "T = 64\n", r"holds T; only tables \[\[setting\]\] are read"),
        ("a.toml", "[[setting]]\nT = [1, 2]\n", r"row 1, column T: must be a plain value"),
        ("a.toml", "[[setting\n", r"not valid TOML"),
        ("a.json", "{}", r"named \*.toml or \*.csv"),
    ],
)
def test_malformed_files_are_refused_in_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=message) as caught:
        settings_from(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        settings_from(tmp_path / "none.csv")


def _config(path: Path | None) -> pytest.Config:
    return SimpleNamespace(stash=pytest.Stash(), getoption=lambda name: path)  # type: ignore[return-value]


def test_user_settings_are_parsed_and_errors_name_the_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("T,tau\n64,0.5\n8,-1\n")

    def parse(row: dict[str, object]) -> float:
        if float(str(row["tau"])) < 0:
            raise ValueError(f"tau must be >= 0, got {row['tau']}")
        return float(str(row["tau"]))

    assert user_settings(_config(None), parse) == []
    assert user_settings(_config(tmp_path / "a.csv"), lambda row: row["T"]) == [64, 8]
    for bad, message in ((parse, "row 2: tau must be >= 0, got -1"), (lambda row: row["n"], "row 1: column n is missing")):
        config = _config(tmp_path / "a.csv")
        assert user_settings(config, bad) == []
        assert config.stash[SETTINGS_ERROR] == f"{tmp_path / 'a.csv'}: {message}"


CONFTEST = """
from simulations.agreement import user_settings

def parse(row):
    if row["tau"] < 0:
        raise ValueError(f"tau must be >= 0, got {row['tau']}")
    return row["tau"]

def pytest_generate_tests(metafunc):
    metafunc.parametrize("tau", [0.7, *user_settings(metafunc.config, parse)])
"""


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("tau\n0.5\n", 0, "2 passed"),
        ("tau\n-1\n", 2, "Exit: a.csv: row 1: tau must be >= 0, got -1"),
        ("tau\n1,2\n", 2, "Exit: a.csv: row 1: has 2 columns, the header has 1"),
    ],
)
def test_settings_reach_the_grid_or_end_the_run_in_one_line(tmp_path: Path, text: str, code: int, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_tau.py").write_text("def test_tau(tau):\n    assert tau > 0\n")
    unused = ("hypothesispytest", "anyio", "platformdirs")  # a third of the time of a small run
    command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in unused), "--settings", "a.csv"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == code
    assert said in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
