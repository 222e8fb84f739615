r"""What pytest calls: one session with one run, its claims marked and counted, its rows reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulations.agreement.pytest_plugin._closing_lines import closing_lines, failures
from simulations.agreement.pytest_plugin._options import (
    end_if_a_path_moves_the_root,
    stated_budget,
    stated_run,
    stated_seed,
)
from simulations.agreement.pytest_plugin._rows import Rows
from simulations.agreement.pytest_plugin._session import SESSION, Session
from simulations.agreement.pytest_plugin._settings import SETTINGS_ERROR, user_settings

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_report_header",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]


def pytest_configure(config: pytest.Config) -> None:
    r"""The session: seed, budget, store and rows; under xdist the controller hands its seed to the workers."""
    config.addinivalue_line("markers", "claim: a test that states a claim: it has the fixture `agree`")
    seed, budget = stated_seed(config), stated_budget(config)
    end_if_a_path_moves_the_root(config)
    user_settings(config, dict)
    _end_if_settings_are_wrong(config)
    run, tables, reports = stated_run(config, seed), config.getoption("--tables"), not hasattr(config, "workerinput")
    rows = Rows(Path(tables) if tables is not None and reports else None)
    config.stash[SESSION] = Session(run, budget, rows)
    if reports:
        config.pluginmanager.register(rows, "agreement-rows")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    r"""Hand the root seed to a worker of xdist."""
    node.workerinput["agreement_root_seed"] = node.config.stash[SESSION].run.seed


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    r"""Take what a worker of xdist found wrong with the settings file."""
    error = getattr(node, "workeroutput", {}).get("agreement_settings_error")
    if error:
        node.config.stash[SETTINGS_ERROR] = error


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    r"""Mark and count the claims before anything is deselected; end the run if its settings file is wrong."""
    if SETTINGS_ERROR in config.stash and hasattr(config, "workeroutput"):
        config.workeroutput["agreement_settings_error"] = config.stash[SETTINGS_ERROR]
        items.clear()
    _end_if_settings_are_wrong(config)
    claims = [item for item in items if "agree" in getattr(item, "fixturenames", ())]
    for item in claims:
        item.add_marker(pytest.mark.claim)
    config.stash[SESSION].make_room(len(claims))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    r"""Fail a run that spent more than its budget, or stated a row in two processes."""
    own = session.config.stash[SESSION]
    if failures(own.rows, own.budget):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if SETTINGS_ERROR in session.config.stash:
        session.exitstatus = 2


def pytest_report_header(config: pytest.Config) -> str:
    r"""Seed, effort and budget of the run."""
    session = config.stash[SESSION]
    seed, effort = session.run.seed, session.run.effort
    return f"agreement: root seed {seed}, effort {effort}, false-alarm budget {session.budget.false_alarm:g}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    r"""The closing lines: claims, verdicts, budget used, weakest row, refusals."""
    if SETTINGS_ERROR in config.stash and config.pluginmanager.hasplugin("dsession"):
        terminalreporter.write_line(config.stash[SETTINGS_ERROR])
    session = config.stash[SESSION]
    for line in closing_lines(session.rows, session.budget, session.run.seed):
        terminalreporter.write_line(line)


def _end_if_settings_are_wrong(config: pytest.Config) -> None:
    if SETTINGS_ERROR in config.stash and not hasattr(config, "workerinput"):
        pytest.exit(config.stash[SETTINGS_ERROR], returncode=2)
