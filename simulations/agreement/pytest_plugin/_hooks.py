r"""pytest plugin: the fixture `agree`, its options, tables of its rows and the closing line of a run."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import simulations
from simulations.agreement._errors import AgreementError
from simulations.agreement.design import CAPACITY, EFFORTS, FALSE_ALARM, Budget
from simulations.agreement.judgement import ROOT_SEED, Verdict, judge, judge_distribution
from simulations.agreement.pytest_plugin._rows import PROPERTY, Rows, encoded
from simulations.agreement.pytest_plugin._settings import SETTINGS_ERROR, user_settings
from simulations.engine import Store, canonical, code_fingerprint

__all__ = ["Agree"]

_budget = pytest.StashKey[Budget]()
_root_seed = pytest.StashKey[int]()
_rows = pytest.StashKey[Rows]()
_store = pytest.StashKey["Store | None"]()
_stated = pytest.StashKey[set[tuple[str, str]]]()


class Agree:
    r"""The fixture: ``agree(...)`` takes the arguments of `judge`, ``agree.distribution(...)`` of `judge_distribution`.

    Error rate, effort, root seed, workers and store come from the run. A row is recorded, then the test
    fails unless the simulation agrees and every wrong variant is rejected.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @property
    def effort(self) -> str:
        """Effort of the run: "quick", "paper" or "deep"."""
        return str(self._request.config.getoption("--effort"))

    def __call__(self, claim: str, **statement: Any) -> Verdict:
        """Judge a mean; returns the verdict if it is green."""
        __tracebackhide__ = True
        return self._judged(judge, claim, statement)

    def distribution(self, claim: str, **statement: Any) -> Verdict:
        """Judge a law; returns the verdict if it is green."""
        __tracebackhide__ = True
        return self._judged(judge_distribution, claim, statement)

    def _judged(self, court: Callable[..., Verdict], claim: str, statement: dict[str, Any]) -> Verdict:
        __tracebackhide__ = True
        config = self._request.config
        key = (claim, canonical(statement.get("setting", {})))
        if key in config.stash[_stated]:
            raise AgreementError(f"{claim} {key[1]} is stated twice in this run: its rows would share a random stream")
        config.stash[_stated].add(key)
        verdict = court(
            claim,
            false_alarm=config.stash[_budget].share,
            effort=self.effort,
            root_seed=config.stash[_root_seed],
            workers=config.getoption("--workers"),
            store=config.stash[_store],
            **statement,
        )
        self._request.node.user_properties.append((PROPERTY, encoded(verdict)))
        if not verdict.passed:
            pytest.fail(verdict.sentence(), pytrace=False)
        return verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the verdict engine."""
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


def pytest_configure(config: pytest.Config) -> None:
    """Root seed, budget and store of the run; under xdist the controller hands its seed to the workers."""
    config.addinivalue_line("markers", "claim: a test that states a claim: it has the fixture `agree`")
    handed: Mapping[str, Any] = getattr(config, "workerinput", {})
    fresh = secrets.randbits(32) if config.getoption("--vary-seed") else config.getoption("--root-seed")
    config.stash[_root_seed] = int(handed.get("agreement_root_seed", fresh))
    if config.stash[_root_seed] < 0 or config.getoption("--workers") < 1:
        raise pytest.UsageError("--root-seed must be an integer >= 0 and --workers an integer >= 1")
    try:
        config.stash[_budget] = Budget(config.getoption("--false-alarm"), int(config.getini("agreement_capacity")))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    _end_if_a_path_moves_the_root(config)
    user_settings(config, dict)
    _end_if_settings_are_wrong(config)
    tables, kept = config.getoption("--tables"), config.getoption("--store")
    directory = Path(kept) if kept else Path(tables) / ".store" if tables else None
    for option, folder in (("--tables", tables), ("--store", directory)):
        if folder is not None:
            _require_writable(option, Path(folder))
    roots = (config.rootpath, Path(simulations.__file__).parent)
    config.stash[_store] = store = None if directory is None else Store(directory, code_fingerprint(*roots))
    if store is not None and not handed:
        store.prune()
    config.stash[_stated] = set()
    config.stash[_rows] = Rows(None if tables is None or handed else Path(tables))
    if not handed:
        config.pluginmanager.register(config.stash[_rows], "agreement-rows")


def _end_if_a_path_moves_the_root(config: pytest.Config) -> None:
    """pytest takes a path that follows an option for one of tests, and looks there for the project's configuration."""
    here = config.invocation_params.dir
    for option in ("--tables", "--store", "--settings"):
        path = config.getoption(option)
        if path in config.invocation_params.args and not (here / path).resolve().is_relative_to(here.resolve()):
            raise pytest.UsageError(f"{option} must be written as {option}={path}: the path leads out of {here}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the root seed to a worker of xdist."""
    node.workerinput["agreement_root_seed"] = node.config.stash[_root_seed]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of xdist found wrong with the settings file."""
    error = getattr(node, "workeroutput", {}).get("agreement_settings_error")
    if error:
        node.config.stash[SETTINGS_ERROR] = error


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark and count the claims before anything is deselected; end the run if its settings file is wrong."""
    if SETTINGS_ERROR in config.stash and hasattr(config, "workeroutput"):
        config.workeroutput["agreement_settings_error"] = config.stash[SETTINGS_ERROR]
        items.clear()
    _end_if_settings_are_wrong(config)
    claims = [item for item in items if "agree" in getattr(item, "fixturenames", ())]
    for item in claims:
        item.add_marker(pytest.mark.claim)
    config.stash[_budget] = config.stash[_budget].holding(len(claims))


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Agree:
    """Judge claims and record their rows; see `simulations.agreement.plugin.Agree`."""
    return Agree(request)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that spent more than its budget, or stated a row in two processes."""
    rows, budget = session.config.stash[_rows], session.config.stash[_budget]
    if rows.repeated or rows.count > budget.capacity:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if SETTINGS_ERROR in session.config.stash:
        session.exitstatus = 2


def pytest_report_header(config: pytest.Config) -> str:
    """Seed, effort and budget of the run."""
    effort, seed = config.getoption("--effort"), config.stash[_root_seed]
    return f"agreement: root seed {seed}, effort {effort}, false-alarm budget {config.stash[_budget].false_alarm:g}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The closing line: claims, verdicts, budget used, weakest row."""
    if SETTINGS_ERROR in config.stash and config.pluginmanager.hasplugin("dsession"):
        terminalreporter.write_line(config.stash[SETTINGS_ERROR])
    for line in config.stash[_rows].closing_lines(config.stash[_budget], config.stash[_root_seed]):
        terminalreporter.write_line(line)


def _require_writable(option: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise pytest.UsageError(f"{option}: cannot write into {folder}: {error.strerror}") from None


def _end_if_settings_are_wrong(config: pytest.Config) -> None:
    if SETTINGS_ERROR in config.stash and not hasattr(config, "workerinput"):
        pytest.exit(config.stash[SETTINGS_ERROR], returncode=2)
