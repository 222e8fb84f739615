"""The chapter's example project runs as printed, and its proofs of spread hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

CHAPTER = Path(__file__).parents[2] / "docs" / "agreement.md"


def _block(name: str) -> str:
    found = re.search(rf"```{{code-block}} \w+\n:name: {name}\n(.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, f"{CHAPTER} holds no code block named {name}"
    return found.group(1)


def _run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_risk.py").write_text(test, encoding="utf-8")
    command = _block("example-run").split()
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)


def test_example_project_runs_from_an_empty_folder(tmp_path: Path) -> None:
    run = _run(tmp_path, _block("example-test-risk"))
    assert run.returncode == 0, run.stdout
    assert "1 claims, 1 rows: 1 agree" in run.stdout
    table = (tmp_path / "tables" / "excess-risk.tex").read_text()
    assert r"\toprule" in table
    assert "armed: yes" in table


def test_example_with_its_wrong_variant_planted_is_red(tmp_path: Path) -> None:
    planted = _block("example-test-risk").replace("predicted=sigma**2 * d / (n - d - 1)", "predicted=sigma**2 * d / (n - d)")
    planted = planted.replace('{"n - d": sigma**2 * d / (n - d)}', "{}")
    assert _run(tmp_path, planted).returncode == 1


def test_spread_of_the_example_is_proven() -> None:
    n, d = 30, 5
    mean = n - d - 1
    diagonal = 2 / (mean**2 * (n - d - 3))
    crossed = 2 / ((n - d) * mean**2 * (n - d - 3))
    off = (n - d + 1) / ((n - d) * mean**2 * (n - d - 3))
    of_trace = d * diagonal + d * (d - 1) * crossed
    of_square = d * (1 / mean**2 + diagonal) + d * (d - 1) * off
    variance = of_trace + 2 * of_square
    assert variance == pytest.approx(0.0231, abs=5e-5)
    assert variance < 0.16**2
    rng = np.random.default_rng(4)
    x = rng.standard_normal((40000, n, d))
    inverse = np.linalg.inv(x.swapaxes(1, 2) @ x)
    traces = np.trace(inverse, axis1=1, axis2=2)
    squares = (inverse**2).sum(axis=(1, 2))
    assert traces.var() + 2 * squares.mean() == pytest.approx(variance, rel=0.05)
