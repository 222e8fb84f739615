r"""What the plugin keeps for a session of pytest: its run, its budget, its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from simulations.agreement._errors import AgreementError
from simulations.agreement.design import Budget
from simulations.agreement.judgement import Rates, Run
from simulations.agreement.pytest_plugin._rows import Rows
from simulations.engine import canonical

__all__ = ["SESSION", "Session"]


class Session:
    r"""One run for all claims of a session; each row gets its share of the false-alarm budget.

    Parameters
    ----------
    run
        Seed, effort, workers and store; its false-alarm rate follows from the budget.
    budget
        Of the whole session.
    rows
        Where the rows are collected.
    """

    def __init__(self, run: Run, budget: Budget, rows: Rows) -> None:
        self.run, self.budget, self.rows = run, budget, rows
        self._stated: set[tuple[str, str]] = set()
        self.make_room(0)

    def make_room(self, claims: int) -> None:
        r"""Give the budget room for at least so many claims."""
        self.budget = self.budget.holding(claims)
        self.run = replace(self.run, rates=Rates(self.budget.share, self.run.rates.miss_rate))

    def state(self, claim: str, setting: Mapping[str, object]) -> None:
        r"""Take note of a row; refuse one that this process has stated before."""
        key = (claim, canonical(setting))
        if key in self._stated:
            raise AgreementError(f"{claim} {key[1]} is stated twice in this run: its rows would share a random stream")
        self._stated.add(key)


SESSION = pytest.StashKey[Session]()
r"""The session of a configuration of pytest."""
