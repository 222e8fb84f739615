r"""The fixture `agree`: judge a claim, record its row, fail the test unless it is green."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import pytest

from simulations.agreement.judgement import Plan, Refusal, Verdict, judge, judge_distribution
from simulations.agreement.pytest_plugin._rows import PROPERTY, encoded
from simulations.agreement.pytest_plugin._session import SESSION, Session

__all__ = ["Agree", "agree"]

_PLAN = tuple(field.name for field in fields(Plan))


class Agree:
    r"""The fixture: ``agree(...)`` takes the arguments of `judge`, ``agree.distribution(...)`` of `judge_distribution`.

    The run comes from the session; a claim may state parts of its `Plan` beside its other arguments. A row is recorded,
    then the test fails unless the simulation agrees and every wrong variant is rejected.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @property
    def effort(self) -> str:
        r"""Effort of the run: "quick", "paper" or "deep"."""
        return self._session.run.effort

    def __call__(self, claim: str, **statement: Any) -> Verdict:
        r"""Judge a mean; returns the verdict if it is green."""
        __tracebackhide__ = True
        return self._judged(judge, claim, statement)

    def distribution(self, claim: str, **statement: Any) -> Verdict:
        r"""Judge a law; returns the verdict if it is green."""
        __tracebackhide__ = True
        return self._judged(judge_distribution, claim, statement)

    def refused(self, claim: str, *, setting: Mapping[str, object], why: object) -> Refusal:
        r"""Record that nothing is predicted at a setting, and why: a row that neither agrees nor fails.

        Parameters
        ----------
        claim, setting
            As for `judge`.
        why
            The reason: text, or the error that said so.
        """
        __tracebackhide__ = True
        self._session.state(claim, setting)
        row = Refusal(claim, dict(setting), " ".join(str(why).split()))
        self._request.node.user_properties.append((PROPERTY, encoded(row)))
        return row

    @property
    def _session(self) -> Session:
        return self._request.config.stash[SESSION]

    def _judged(self, court: Callable[..., Verdict], claim: str, statement: dict[str, Any]) -> Verdict:
        __tracebackhide__ = True
        self._session.state(claim, statement.get("setting", {}))
        plan = {name: statement.pop(name) for name in _PLAN if name in statement}
        verdict = court(claim, run=self._session.run.planning(**plan), **statement)
        self._request.node.user_properties.append((PROPERTY, encoded(verdict)))
        if not verdict.passed:
            pytest.fail(verdict.sentence(), pytrace=False)
        return verdict


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Agree:
    r"""Judge claims and record their rows; see `Agree`."""
    return Agree(request)
