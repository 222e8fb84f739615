r"""Confidence sequences whose log-capital is linear in the candidate mean: closed-form intervals."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from simulations.agreement.intervals._sequence import AMBITION, Array, ConfidenceSequence

__all__ = ["LARGEST_STAKE", "EmpiricalBernstein", "LinearBets", "SubGaussianMixture", "bernstein_penalty"]

LARGEST_STAKE = 0.5
r"""Largest bet of the empirical-Bernstein sequence, in units of 1/range."""


def bernstein_penalty(bet: Array) -> Array:
    r"""ψ(λ) = −log(1 − λ) − λ, the price of a bet λ in [0, 1) for a unit of squared surprise.

    Examples
    --------
    >>> float(bernstein_penalty(np.array(0.5)).round(4))
    0.1931
    """
    penalty: Array = -np.log1p(-bet) - bet
    return penalty


class LinearBets(ConfidenceSequence):
    r"""Sequence with log-capital Σ λ_i (X_i − m) − Σ penalty_i, and the interval

    .. math:: \frac{\sum\lambda_i X_i}{\sum\lambda_i} \pm \frac{\log(2/\alpha) + \sum \text{penalty}_i}{\sum\lambda_i}
    """

    def __init__(self, *, center: Array, target: Array, alpha: float) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self._bets, self._won, self._paid = (np.zeros(self.center.shape) for _ in range(3))

    @abstractmethod
    def _bet_and_penalty(self, summary: Array, count: int) -> tuple[Array, Array]:
        r"""Bet, fixed by earlier blocks, and the block's penalty."""

    def summary(self, draws: Array) -> Array:
        r"""Power sums 1 and 2 of draws − center."""
        x = draws - self.center
        return np.stack([x.sum(axis=0), (x * x).sum(axis=0)])

    def _absorb(self, summary: Array, count: int) -> None:
        bet, penalty = self._bet_and_penalty(summary, count)
        self._bets = self._bets + count * bet
        self._won = self._won + bet * summary[0]
        self._paid = self._paid + penalty

    def _bounds(self) -> tuple[Array, Array]:
        middle = self.center + self._won / self._bets
        width = (np.log(2.0 / self.alpha) + self._paid) / self._bets
        return middle - width, middle + width

    def _faded(self, bet: Array) -> Array:
        horizon = 8.0 * np.log(2.0 / self.alpha) / (self.target * bet)
        faded: Array = bet * np.sqrt(np.minimum(1.0, horizon / max(self.n, 1)))
        return faded


class SubGaussianMixture(LinearBets):
    r"""Confidence sequence for sub-Gaussian draws with a known sd.

    .. math:: \text{penalty}_i = \lambda_i^2\, \text{sd}^2 / 2

    Reference
    ---------
    :cite:t:`howard2021` (sub-Gaussian exponential supermartingale); derived in docs/agreement.md.

    Examples
    --------
    >>> s = SubGaussianMixture(sd=2.0, center=np.array(0.5), target=np.array(0.1), alpha=1e-6)
    >>> s.update(s.summary(np.random.default_rng(3).normal(0.5, 2.0, 20000)), 20000)
    >>> bool(s.low < 0.5 < s.high)
    True
    """

    def __init__(self, *, sd: float, center: Array, target: Array, alpha: float) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self.sd = sd

    def _bet_and_penalty(self, summary: Array, count: int) -> tuple[Array, Array]:
        bet = self._faded(AMBITION * self.target / self.sd**2)
        return bet, count * (bet * self.sd) ** 2 / 2


class EmpiricalBernstein(LinearBets):
    r"""Predictable plug-in empirical-Bernstein confidence sequence for draws in [lower, upper].

    .. math:: \text{penalty}_i = \psi(\lambda_i R)\,(X_i - \hat\mu_{i-1})^2 / R^2,\qquad R = \text{upper} - \text{lower}

    with the mean of the earlier blocks as prediction. Closed form; for small variances in wide bounds
    wider than betting.

    Reference
    ---------
    :cite:t:`waudbysmith2024` (predictable plug-in empirical-Bernstein sequence).

    Examples
    --------
    >>> s = EmpiricalBernstein(lower=0.0, upper=1.0, center=np.array(0.3), target=np.array(0.02), alpha=1e-6)
    >>> rng = np.random.default_rng(3)
    >>> for _ in range(20):
    ...     s.update(s.summary(rng.beta(3, 7, 500)), 500)
    >>> bool(s.low < 0.3 < s.high), bool(s.high - s.low < 0.03)
    (True, True)
    """

    def __init__(
        self, *, lower: float, upper: float, center: Array, target: Array, alpha: float, variance: float | None = None
    ) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self.lower, self.upper = lower, upper
        floor = 0.1 * self.target * (upper - lower)
        self._prior = np.maximum((upper - self.center) * (self.center - lower), floor)
        self._first = self._prior if variance is None else np.full(self.center.shape, float(variance))

    def _bet_and_penalty(self, summary: Array, count: int) -> tuple[Array, Array]:
        span = self.upper - self.lower
        variance = self._first if self.n == 0 else (self.n * self.variance() + self._prior) / (self.n + 1)
        bet = self._faded(np.minimum(AMBITION * self.target / variance, LARGEST_STAKE / span))
        shift = self._sum / max(self.n, 1)
        surprise = summary[1] - 2 * shift * summary[0] + count * shift**2
        return bet, bernstein_penalty(bet * span) * surprise / span**2

    def _bounds(self) -> tuple[Array, Array]:
        low, high = super()._bounds()
        return np.maximum(low, self.lower), np.minimum(high, self.upper)
