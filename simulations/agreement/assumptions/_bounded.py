r"""Draws between two bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions._assumption import Assumption
from simulations.agreement.assumptions._demand import Demand, draws_by_bets, width_by_bets
from simulations.agreement.intervals import (
    AMBITION,
    CAP,
    LARGEST_STAKE,
    Array,
    Betting,
    ConfidenceSequence,
    EmpiricalBernstein,
    bernstein_penalty,
    largest_variance,
)

__all__ = ["Bounded", "assumption_of"]

_SEQUENCES: Mapping[str, type[Betting] | type[EmpiricalBernstein]] = {"betting": Betting, "bernstein": EmpiricalBernstein}
_FRACTIONS = tuple(0.8**k for k in range(11))  # of the bet, among which the betting sequence chooses


@dataclass(frozen=True)
class Bounded(Assumption):
    r"""Draws lie in [lower, upper], surely.

    Parameters
    ----------
    lower, upper
        Finite, lower < upper.
    method
        "betting" (default) or "bernstein".

    Examples
    --------
    >>> Bounded(0.0, 0.5).label
    'bounded, betting'
    """

    lower: float
    upper: float
    method: str = "betting"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
            raise AgreementError(f"bounds must be finite with lower < upper, got ({self.lower}, {self.upper})")
        if self.method not in _SEQUENCES:
            raise AgreementError(f"method must be {' or '.join(_SEQUENCES)}, got {self.method!r}")

    @property
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""
        return f"bounded, {self.method}"

    @property
    def limits(self) -> tuple[float, float]:
        r"""The bounds."""
        return self.lower, self.upper

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Betting, or empirical Bernstein."""
        variance = None if sd is None else sd**2
        return _SEQUENCES[self.method](
            lower=self.lower, upper=self.upper, center=center, target=target, alpha=alpha, variance=variance
        )

    def largest_sd(self, predicted: float, margin: float) -> float:
        r"""√((upper − predicted)(predicted − lower)).

        >>> Bounded(0.0, 1.0).largest_sd(0.2, 0.01)
        0.4
        """
        return math.sqrt(float(largest_variance(np.asarray(predicted), self.lower, self.upper, 0.1 * margin)))

    def fewest_draws(self, demand: Demand) -> float:
        r"""With price ψ(λR)/R², R the farthest that a draw can lie from a candidate."""
        bet, fractions = self._bet(demand), _FRACTIONS if self.method == "betting" else (1.0,)
        return draws_by_bets(demand, [(f * bet, self._price(f * bet, demand)) for f in fractions])

    def half_width(self, draws: int, demand: Demand) -> float:
        r"""With the typical price λ²/2 of betting, or that of the empirical Bernstein sequence."""
        bet = self._bet(demand)
        return width_by_bets(draws, demand, bet, bet**2 / 2 if self.method == "betting" else self._price(bet, demand))

    def _bet(self, demand: Demand) -> float:
        stake = CAP if self.method == "betting" else LARGEST_STAKE
        return min(AMBITION * demand.margin / demand.sd**2, stake / self._farthest(demand))

    def _price(self, bet: float, demand: Demand) -> float:
        farthest = self._farthest(demand)
        return float(bernstein_penalty(np.asarray(bet * farthest))) / farthest**2

    def _farthest(self, demand: Demand) -> float:
        if self.method == "bernstein":
            return self.upper - self.lower
        return max(demand.predicted - self.lower, self.upper - demand.predicted) + demand.margin


def assumption_of(bounds: object) -> Assumption:
    r"""Assumption that a user's `bounds` argument states: a pair of numbers, or an assumption itself.

    Parameters
    ----------
    bounds
        (lower, upper) or an `Assumption`.

    Raises
    ------
    AgreementError
        If it is neither.

    Examples
    --------
    >>> assumption_of((0, 1))
    Bounded(lower=0.0, upper=1.0, method='betting')
    """
    if isinstance(bounds, Assumption):
        return bounds
    if isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        return Bounded(float(bounds[0]), float(bounds[1]))
    raise AgreementError(f"bounds must be (lower, upper) or an assumption such as SubGaussian(sd), got {bounds!r}")
