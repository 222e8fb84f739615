r"""Options of the plugin, and the run that they state."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import simulations
from simulations.agreement.design import CAPACITY, EFFORTS, FALSE_ALARM, Budget
from simulations.agreement.judgement import ROOT_SEED, Run
from simulations.engine import Store, code_fingerprint

__all__ = ["end_if_a_path_moves_the_root", "pytest_addoption", "stated_budget", "stated_run", "stated_seed"]


def pytest_addoption(parser: pytest.Parser) -> None:
    r"""Options of the verdict engine."""
    group = parser.getgroup("agreement", "verdicts of simulations on predicted numbers")
    group.addoption("--effort", choices=list(EFFORTS), default="quick", help="margins: full, a half, a fifth")
    group.addoption("--tables", metavar="DIR", default=None, help="write the comparison tables (md, csv, tex) here")
    group.addoption("--store", metavar="DIR", default=None, help="keep finished draws here (default TABLES/.store)")
    group.addoption("--settings", metavar="FILE", default=None, help="TOML or CSV with settings of your own")
    group.addoption("--root-seed", type=int, default=ROOT_SEED, help=f"seed of all streams (default {ROOT_SEED})")
    group.addoption("--vary-seed", action="store_true", help="take a fresh root seed, and print it")
    group.addoption("--workers", type=int, default=1, help="processes that draw for one claim (default 1)")
    group.addoption("--false-alarm", type=float, default=FALSE_ALARM, help="budget of the whole run (default 1e-6)")
    capacity = f"number of claims that share the false-alarm budget (default {CAPACITY})"
    parser.addini("agreement_capacity", capacity, default=str(CAPACITY))


def stated_seed(config: pytest.Config) -> int:
    r"""Root seed of the run; a worker of xdist takes the one that its controller hands over."""
    handed: Mapping[str, Any] = getattr(config, "workerinput", {})
    fresh = secrets.randbits(32) if config.getoption("--vary-seed") else config.getoption("--root-seed")
    seed = int(handed.get("agreement_root_seed", fresh))
    if seed < 0 or config.getoption("--workers") < 1:
        raise pytest.UsageError("--root-seed must be an integer >= 0 and --workers an integer >= 1")
    return seed


def stated_budget(config: pytest.Config) -> Budget:
    r"""False-alarm budget of the run."""
    try:
        return Budget(config.getoption("--false-alarm"), int(config.getini("agreement_capacity")))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def stated_run(config: pytest.Config, seed: int) -> Run:
    r"""The run of a session; ends pytest if a folder cannot be written."""
    tables, kept = config.getoption("--tables"), config.getoption("--store")
    directory = Path(kept) if kept else Path(tables) / ".store" if tables else None
    for option, folder in (("--tables", tables), ("--store", directory)):
        if folder is not None:
            _require_writable(option, Path(folder))
    roots = (config.rootpath, Path(simulations.__file__).parent)
    store = None if directory is None else Store(directory, code_fingerprint(*roots))
    if store is not None and not hasattr(config, "workerinput"):
        store.prune()
    return Run(seed, config.getoption("--effort"), config.getoption("--workers"), store)


def end_if_a_path_moves_the_root(config: pytest.Config) -> None:
    r"""pytest takes a path that follows an option for one of tests, and looks there for the project's configuration."""
    here = config.invocation_params.dir
    for option in ("--tables", "--store", "--settings"):
        path = config.getoption(option)
        if path in config.invocation_params.args and not (here / path).resolve().is_relative_to(here.resolve()):
            raise pytest.UsageError(f"{option} must be written as {option}={path}: the path leads out of {here}")


def _require_writable(option: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise pytest.UsageError(f"{option}: cannot write into {folder}: {error.strerror}") from None
