r"""What a design is asked, and the answers that several assumptions share: by bets, and by a mixture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from simulations.agreement._special import special

__all__ = ["Demand", "draws_by_bets", "draws_by_mixture", "width_by_bets", "width_by_mixture"]


@dataclass(frozen=True)
class Demand:
    r"""A margin to be resolved for draws of a known spread, with stated error rates.

    Parameters
    ----------
    margin
        Half-width δ > 0 of the margin, absolute.
    sd
        Standard deviation √v > 0 of one draw.
    predicted
        The predicted mean.
    false_alarm
        α in (0, 1), the error of the confidence sequence.
    miss_rate
        β in (0, 1), the probability that a true prediction is not reported as agreeing.
    """

    margin: float
    sd: float
    predicted: float
    false_alarm: float
    miss_rate: float = 0.5

    @property
    def z(self) -> float:
        r"""Φ⁻¹(1 − β/2): how unlucky the draws may be on either side."""
        return -float(special().ndtri(self.miss_rate / 2))


def draws_by_bets(demand: Demand, bets: Iterable[tuple[float, float]]) -> float:
    r"""Fewest draws among bets λ that cost the log-capital at most `price` for a unit of variance.

    .. math:: \sqrt n = \frac{z\lambda\sqrt v + \sqrt{z^2\lambda^2 v + 4 g L}}{2g},\qquad
        g = \lambda\delta - \text{price}\cdot v,\quad L = \log(2/\alpha)

    Derived in docs/agreement.md (eq-agreement-draws).

    Parameters
    ----------
    demand
        What is asked.
    bets
        Pairs (λ, price).
    """
    need, fewest = math.log(2.0 / demand.false_alarm), math.inf
    for bet, price in bets:
        growth = bet * demand.margin - price * demand.sd**2
        noise = demand.z * bet * demand.sd
        if growth > 0.0:
            fewest = min(fewest, ((noise + math.sqrt(noise**2 + 4 * growth * need)) / (2 * growth)) ** 2)
    return fewest


def width_by_bets(draws: int, demand: Demand, bet: float, price: float) -> float:
    r"""Half-width (log(2/α) + n·price·v)/(nλ) after n draws with bet λ."""
    return (math.log(2.0 / demand.false_alarm) + draws * price * demand.sd**2) / (draws * bet)


def draws_by_mixture(demand: Demand) -> float:
    r"""The n at which √n δ/√v = z + √(2 log(1/α) + log(1 + nδ²/v))."""
    score = 10.0
    for _ in range(20):
        score = demand.z + math.sqrt(2 * math.log(1 / demand.false_alarm) + math.log1p(score**2))
    return (score * demand.sd / demand.margin) ** 2


def width_by_mixture(draws: int, demand: Demand) -> float:
    r"""Half-width √(2 log(1/α) + log(1 + nδ²/v)) · √(v/n) after n draws."""
    score = math.sqrt(2 * math.log(1 / demand.false_alarm) + math.log1p(draws * (demand.margin / demand.sd) ** 2))
    return score * demand.sd / math.sqrt(draws)
