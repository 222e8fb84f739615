r"""Draws that are 0 or 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._special import special
from simulations.agreement.assumptions._assumption import Assumption
from simulations.agreement.assumptions._demand import Demand, width_by_mixture
from simulations.agreement.intervals import Array, BetaBinomial, ConfidenceSequence, largest_variance

__all__ = ["Probability"]


@dataclass(frozen=True)
class Probability(Assumption):
    r"""Draws are 0 or 1; their mean is a probability (beta-binomial confidence sequence)."""

    fixes_spread: ClassVar[bool] = True

    @property
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""
        return "0/1, beta-binomial"

    @property
    def limits(self) -> tuple[float, float]:
        r"""0 and 1."""
        return 0.0, 1.0

    @property
    def domain(self) -> str:
        r"""Where draws must be, in words."""
        return "0 or 1"

    def outside(self, draws: Array) -> NDArray[np.bool_]:
        r"""Which draws are neither 0 nor 1."""
        wrong: NDArray[np.bool_] = (draws != 0.0) & (draws != 1.0)
        return wrong

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Beta-binomial."""
        return BetaBinomial(center=center, target=target, alpha=alpha)

    def largest_sd(self, predicted: float, margin: float) -> float:
        r"""√(p(1 − p)) at the prediction p."""
        return math.sqrt(float(largest_variance(np.asarray(predicted), 0.0, 1.0, 0.1 * margin)))

    def pilot(self, draws: Array) -> tuple[float, float]:
        r"""With half a draw of either kind added, for an event may be sure and not seen to be."""
        mean = (float(draws.sum()) + 0.5) / (len(draws) + 1)
        return mean, math.sqrt(mean * (1 - mean))

    def fewest_draws(self, demand: Demand) -> float:
        r"""The n from which n KL(p ± z√(v/n), p ± δ) >= log(1/α) and the price of the prior."""
        low, high = 1.0, 2.0
        while not _settled(high, demand):
            low, high = high, 2.0 * high
        for _ in range(40):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if _settled(middle, demand) else (middle, high)
        return high

    def half_width(self, draws: int, demand: Demand) -> float:
        r"""As that of a Gaussian mixture."""
        return width_by_mixture(draws, demand)


def _settled(n: float, demand: Demand) -> bool:
    r"""Whether even an unlucky share of ones rejects both edges of the margin."""
    need, p, margin, sd = math.log(1.0 / demand.false_alarm), demand.predicted, demand.margin, demand.sd
    evidence = need + 0.5 * math.log1p(0.5 * n * (margin / sd) ** 2) + 0.5
    for side in (-1.0, 1.0):
        edge, unlucky = p + side * margin, p + side * demand.z * sd / math.sqrt(n)
        if 0.0 < edge < 1.0 and (side * (edge - unlucky) <= 0.0 or n * _divergence(unlucky, edge) < evidence):
            return False
    return True


def _divergence(p: float, q: float) -> float:
    p = min(max(p, 0.0), 1.0)
    rel_entr = special().rel_entr
    return float(rel_entr(p, q) + rel_entr(1.0 - p, 1.0 - q))
