"""Laws of a run: same tables however it is run, red when a formula is wrong, resumed when it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUITE = """
import os
import numpy as np
import pytest

SETTINGS = [(3.3, 7.1), (2.2, 5.3), (4.7, 4.1), (11.9, 3.7)]


def draws(rng, size, a, b):
    if "DRAWN" in os.environ:
        with open(os.environ["DRAWN"], "a") as log:
            log.write(f"{a} {size}\\n")
    return rng.beta(a, b, size)


@pytest.mark.parametrize(("a", "b"), SETTINGS)
def test_mean_of_beta(agree, a, b):
    agree("beta-mean", setting={"a": a, "b": b}, predicted=a / (a + b), bounds=(0, 1), margin=0.03,
          sampler=lambda rng, size: draws(rng, size, a, b), wrong_variants={"a / b": a / b})


@pytest.mark.parametrize("k", [1.5, 2.5])
def test_law_of_weibull(agree, k):
    agree.distribution("weibull-law", setting={"k": k}, cdf=lambda x: 1 - np.exp(-np.maximum(x, 0) ** k), margin=0.05,
                       sampler=lambda rng, size: rng.weibull(k, size))
"""


def _pytest(folder: Path, *options: str, drawn: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*options), cwd=folder, env=_environment(drawn), capture_output=True, text=True)


def _command(*options: str) -> list[str]:
    unused = ("cacheprovider", "hypothesispytest", "anyio", "platformdirs")  # a fifth of the time of a small run
    return [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in unused), *options]


def _environment(drawn: Path | None = None) -> dict[str, str]:
    return os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | ({"DRAWN": str(drawn)} if drawn else {})


def _tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*")) if path.is_file()}


def _written(folder: Path) -> Path:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_suite.py").write_text(SUITE)
    return folder


def test_plugin_loads_nothing_that_a_run_without_claims_does_not_need() -> None:
    code = "import sys, simulations.agreement.pytest_plugin; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"scipy", "pandas", "jinja2", "joblib", "threadpoolctl", "sympy", "cvxpy", "rich", "theory"}
    assert heavy.isdisjoint(loaded)


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    return _written(tmp_path)


@pytest.fixture(scope="module", name="plain")
def _plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of a plain run."""
    folder = _written(tmp_path_factory.mktemp("plain"))
    run = _pytest(folder, "--tables", "plain")
    assert run.returncode == 0, run.stdout
    assert "2 claims, 6 rows: 6 agree" in run.stdout
    return folder / "plain"


def test_tables_do_not_depend_on_workers_processes_or_order(project: Path, plain: Path) -> None:
    runs = {
        "xdist": ("-n", "2"),
        "reversed": ("--workers", "2", "test_suite.py::test_law_of_weibull", "test_suite.py::test_mean_of_beta"),
    }
    for name, options in runs.items():
        assert _pytest(project, "--tables", name, *options).returncode == 0
        assert _tables(project / name) == _tables(plain)
    assert set(_tables(plain)) == {f"{c}.{s}" for c in ("beta-mean", "weibull-law") for s in ("csv", "md", "tex")}


def test_rows_do_not_depend_on_which_tests_are_selected(project: Path, plain: Path) -> None:
    _pytest(project, "--tables", "some", "-k", "beta and 4.7")
    every = (plain / "beta-mean.csv").read_text().splitlines()
    some = (project / "some" / "beta-mean.csv").read_text().splitlines()
    assert len(some) == 2
    assert set(some) <= set(every)


def test_other_root_seed_gives_other_rows_and_a_fresh_one_is_printed(project: Path, plain: Path) -> None:
    varied = _pytest(project, "--tables", "varied", "--vary-seed", "-v", "-n", "2")
    assert varied.returncode == 0, varied.stdout
    assert "agreement: root seed" in varied.stdout
    assert _tables(project / "varied").keys() == _tables(plain).keys()
    assert _tables(project / "varied") != _tables(plain)


def test_wrong_formula_turns_the_suite_red_and_keeps_its_row(project: Path) -> None:
    wrong = SUITE.replace("predicted=a / (a + b)", "predicted=a / (a + b - 0.5)").replace("/ b})", "/ b + 1})")
    (project / "test_suite.py").write_text(wrong)
    run = _pytest(project, "--tables", "t", "-k", "beta")
    assert run.returncode == 1
    assert "disagree" in run.stdout
    assert "disagrees" in (project / "t" / "beta-mean.md").read_text()


def test_run_killed_in_the_middle_goes_on_where_it_stopped(project: Path) -> None:
    options = ("--effort", "paper", "-k", "beta")
    whole, killed = project / "whole.log", project / "killed.log"
    assert _pytest(project, *options, "--tables", "whole", drawn=whole).returncode == 0
    process = subprocess.Popen(
        _command(*options, "--tables", "killed"), cwd=project, env=_environment(killed), stdout=subprocess.DEVNULL
    )
    enough = len(whole.read_text().splitlines()) // 2
    while not killed.exists() or len(killed.read_text().splitlines()) < enough:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(killed.read_text().splitlines())
    assert _pytest(project, *options, "--tables", "killed", drawn=killed).returncode == 0
    assert _tables(project / "killed") == _tables(project / "whole")
    repeated = len(killed.read_text().splitlines()) - len(whole.read_text().splitlines())
    assert before >= enough
    assert 0 <= repeated <= 1  # the block that was being drawn when the run was killed


def test_stored_draws_are_not_used_after_the_code_changed(project: Path) -> None:
    first, second, third = (project / f"{name}.log" for name in ("first", "second", "third"))
    options = ("-k", "beta and 4.7", "--tables", "t")
    _pytest(project, *options, drawn=first)
    _pytest(project, *options, drawn=second)
    assert not second.exists()
    (project / "test_suite.py").write_text(SUITE.replace("rng.beta(a, b, size)", "1 - rng.beta(b, a, size)"))
    _pytest(project, *options, drawn=third)
    assert third.exists()


def test_row_stated_twice_fails(project: Path) -> None:
    (project / "test_suite.py").write_text(SUITE.replace('setting={"a": a, "b": b}', 'setting={"a": 1}'))
    run = _pytest(project, "-k", "beta")
    assert run.returncode == 1
    assert "stated twice in this run" in run.stdout


def test_suite_larger_than_its_capacity_fails_and_says_what_to_raise(project: Path) -> None:
    loop = SUITE.replace('    agree("beta-mean"', '    for k in range(3):\n      agree(f"beta-mean-{k}"')
    (project / "test_suite.py").write_text(loop)
    (project / "pytest.ini").write_text("[pytest]\nagreement_capacity = 7\n")
    run = _pytest(project, "-k", "beta")
    assert run.returncode == 1
    assert "raise agreement_capacity (7) to at least 12" in run.stdout


@pytest.mark.parametrize("option", ["--tables", "--store"])
def test_folder_that_cannot_be_written_ends_the_run_before_a_draw(tmp_path: Path, option: str) -> None:
    (tmp_path / "taken").write_text("a file")
    run = _pytest(_written(tmp_path), option, str(tmp_path / "taken" / "tables"), drawn=tmp_path / "drawn")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{option}: cannot write into" in run.stderr
    assert not (tmp_path / "drawn").exists()


@pytest.mark.parametrize("option", ["--tables", "--store", "--settings"])
def test_path_out_of_the_project_is_not_taken_for_one_of_tests(
    project: Path, tmp_path_factory: pytest.TempPathFactory, option: str
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    run = _pytest(project, option, str(folder), "-k", "beta and 4.7")
    assert run.returncode == 4
    assert f"{option} must be written as {option}={folder}" in run.stdout + run.stderr
    if option != "--settings":
        assert _pytest(project, f"{option}={folder}", "-k", "beta and 4.7").returncode == 0
