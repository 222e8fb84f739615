r"""pytest plugin: the fixture `agree`, its options, tables of its rows and the closing line of a run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from simulations.agreement.budget import CAPACITY, FALSE_ALARM, Budget
from simulations.agreement.judge import ROOT_SEED, judge
from simulations.agreement.margins import EFFORTS
from simulations.agreement.report import PROPERTY, Rows, encoded
from simulations.agreement.verdict import Verdict

__all__ = ["Agree"]

Agree = Callable[..., Verdict]
"""Type of the fixture `agree`: the arguments of `judge` up to the error rates, which the run states."""

_budget = pytest.StashKey[Budget]()
_root_seed = pytest.StashKey[int]()
_rows = pytest.StashKey[Rows]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the verdict engine."""
    group = parser.getgroup("agreement", "verdicts of simulations on predicted numbers")
    group.addoption("--effort", choices=list(EFFORTS), default="quick", help="margins: full, a half, a fifth")
    group.addoption("--tables", metavar="DIR", default=None, help="write the comparison tables (md, csv, tex) here")
    group.addoption("--root-seed", type=int, default=ROOT_SEED, help=f"seed of all streams (default {ROOT_SEED})")
    group.addoption("--vary-seed", action="store_true", help="take a fresh root seed, and print it")
    group.addoption("--workers", type=int, default=1, help="processes that draw for one claim (default 1)")
    group.addoption("--false-alarm", type=float, default=FALSE_ALARM, help="budget of the whole run (default 1e-6)")
    capacity = f"number of claims that share the false-alarm budget (default {CAPACITY})"
    parser.addini("agreement_capacity", capacity, default=str(CAPACITY))


def pytest_configure(config: pytest.Config) -> None:
    """Root seed and budget of the run; under xdist the controller hands its seed to the workers."""
    handed: Mapping[str, Any] = getattr(config, "workerinput", {})
    fresh = secrets.randbits(32) if config.getoption("--vary-seed") else config.getoption("--root-seed")
    config.stash[_root_seed] = int(handed.get("agreement_root_seed", fresh))
    if config.stash[_root_seed] < 0 or config.getoption("--workers") < 1:
        raise pytest.UsageError("--root-seed must be an integer >= 0 and --workers an integer >= 1")
    try:
        config.stash[_budget] = Budget(config.getoption("--false-alarm"), int(config.getini("agreement_capacity")))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    directory = config.getoption("--tables")
    config.stash[_rows] = Rows(None if directory is None or handed else Path(directory))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the root seed to a worker of xdist."""
    node.workerinput["agreement_root_seed"] = node.config.stash[_root_seed]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the claims before anything is deselected."""
    claims = sum("agree" in getattr(item, "fixturenames", ()) for item in items)
    config.stash[_budget] = config.stash[_budget].holding(claims)


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Agree:
    """Judge a claim and record its row; fails the test unless the simulation agrees and every variant is rejected."""
    config = request.config

    def agree(claim: str, **statement: Any) -> Verdict:
        __tracebackhide__ = True
        verdict = judge(
            claim,
            false_alarm=config.stash[_budget].share,
            effort=config.getoption("--effort"),
            root_seed=config.stash[_root_seed],
            workers=config.getoption("--workers"),
            **statement,
        )
        request.node.user_properties.append((PROPERTY, encoded(verdict)))
        if not verdict.passed:
            pytest.fail(verdict.sentence(), pytrace=False)
        return verdict

    return agree


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect rows where the reports arrive: in the controller under xdist, else in the only process."""
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(session.config.stash[_rows], "agreement-rows")


def pytest_report_header(config: pytest.Config) -> str:
    """Seed, effort and budget of the run."""
    effort, seed = config.getoption("--effort"), config.stash[_root_seed]
    return f"agreement: root seed {seed}, effort {effort}, false-alarm budget {config.stash[_budget].false_alarm:g}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The closing line: claims, verdicts, budget used, weakest row."""
    line = config.stash[_rows].closing_line(config.stash[_budget])
    if line:
        terminalreporter.write_line(line)
