r"""How a run judges: what all its claims share, and what one of them may plan for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulations.agreement._errors import AgreementError
from simulations.agreement.design import EFFORTS
from simulations.engine import Store

__all__ = ["BUDGETS", "QUICK", "ROOT_SEED", "Plan", "Rates", "Run"]

ROOT_SEED = 2023
BUDGETS: Mapping[str, int] = {"quick": 1 << 21, "paper": 1 << 24, "deep": 1 << 28}
r"""Largest number of draws of one claim at each effort."""


@dataclass(frozen=True)
class Rates:
    r"""Error rates of one row.

    Parameters
    ----------
    false_alarm
        α in (0, 1): probability of a wrong statement, whenever sampling stops.
    miss_rate
        β in (0, 1): probability that a true prediction is not reported as agreeing.
    """

    false_alarm: float = 1e-9
    miss_rate: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("false_alarm", "miss_rate"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise AgreementError(f"{name} must lie in (0, 1), got {getattr(self, name)}")


@dataclass(frozen=True)
class Plan:
    r"""What one claim says about its sampling.

    Parameters
    ----------
    budget
        Largest number of draws; None for `BUDGETS[effort]`.
    largest_block
        Largest `size` that the sampler is asked for at once, divided by the number of components (at least 128).
    expected_sd
        Standard deviation of a draw, for the design; without it the first draws estimate it.
    """

    budget: int | None = None
    largest_block: int = 32768
    expected_sd: float | None = None


@dataclass(frozen=True)
class Run:
    r"""How claims are judged: the random streams, the effort, the workers, the store, the error rates.

    Parameters
    ----------
    seed
        Root seed >= 0 of all random streams.
    effort
        "quick", "paper" or "deep".
    workers
        Processes >= 1 that draw for one claim; no result depends on it.
    store
        Where finished blocks are kept between runs.
    rates
        Of each row.
    plan
        Of the claim that is judged.

    Raises
    ------
    AgreementError
        If a parameter is outside its domain.

    Examples
    --------
    >>> run = Run(seed=7, effort="paper")
    >>> run.budget, run.planning(budget=5000).budget
    (16777216, 5000)
    """

    seed: int = ROOT_SEED
    effort: str = "quick"
    workers: int = 1
    store: Store | None = None
    rates: Rates = Rates()
    plan: Plan = Plan()

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise AgreementError(f"effort must be one of {', '.join(EFFORTS)}, got {self.effort!r}")
        for name, value, least in (("seed", self.seed, 0), ("workers", self.workers, 1)):
            if value < least:
                raise AgreementError(f"{name} must be an integer >= {least}, got {value}")

    @property
    def budget(self) -> int:
        r"""Largest number of draws of one claim."""
        return BUDGETS[self.effort] if self.plan.budget is None else self.plan.budget

    def planning(self, **plan: Any) -> Run:
        r"""The run with another plan: its parts by name, the others as they are."""
        return replace(self, plan=replace(self.plan, **plan))


QUICK = Run()
r"""A run with nothing stated: quick effort, one process, no store."""
