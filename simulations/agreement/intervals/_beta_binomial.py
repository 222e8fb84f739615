r"""Confidence sequence for a probability: the likelihood mixed over a beta prior."""

from __future__ import annotations

import numpy as np

from simulations.agreement._special import special
from simulations.agreement.intervals._roots import last_rejected
from simulations.agreement.intervals._sequence import Array, ConfidenceSequence

__all__ = ["BetaBinomial"]

_PRIOR_SD = 0.7  # of the prior, in units of the target: costs about one and a half nats of evidence


class BetaBinomial(ConfidenceSequence):
    r"""Confidence sequence for the mean of draws that are 0 or 1.

    .. math:: K_t(p) = \frac{B(a + S, b + t - S)}{B(a, b)\; p^S (1-p)^{t-S}} \ge 1/\alpha

    rejects p; K(p) is a nonnegative martingale for Bernoulli(p) draws, so Ville's inequality holds at all
    times. The prior Beta(a, b) sits at the center with a standard deviation of 0.7 target: any fixed prior
    is valid, this one makes the sequence sharp for the margin in question.

    Reference
    ---------
    :cite:t:`howard2021`, Propositions 6 and 7 (beta-binomial mixture); docs/agreement.md, eq-agreement-beta.

    Examples
    --------
    >>> s = BetaBinomial(center=np.array(0.02), target=np.array(0.004), alpha=1e-6)
    >>> s.update(s.summary(np.random.default_rng(3).random(40000) < 0.02), 40000)
    >>> bool(s.low < 0.02 < s.high), bool(s.high - s.low < 0.008)
    (True, True)
    """

    def __init__(self, *, center: Array, target: Array, alpha: float) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        p = np.clip(self.center, 0.1 * self.target, 1.0 - 0.1 * self.target)
        weight = np.maximum(p * (1 - p) / (_PRIOR_SD * self.target) ** 2 - 1.0, 1.0)
        self._a, self._b = weight * p, weight * (1 - p)

    def summary(self, draws: Array) -> Array:
        r"""Power sums 1 and 2 of draws − center."""
        size, ones = len(draws), draws.sum(axis=0)
        squares = ones * (1 - self.center) ** 2 + (size - ones) * self.center**2
        return np.stack([ones - size * self.center, squares])

    def _absorb(self, summary: Array, count: int) -> None:
        r"""Everything is in the power sums."""

    def _bounds(self) -> tuple[Array, Array]:
        of = special()
        ones = np.rint(self._sum + self.n * self.center)
        zeros = self.n - ones
        mixed = of.betaln(self._a + ones, self._b + zeros) - of.betaln(self._a, self._b)
        need = -np.log(self.alpha)

        def evidence(p: Array, hits: Array, misses: Array) -> tuple[Array, Array]:
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = misses / (1 - p) - hits / p
            return mixed - of.xlogy(hits, p) - of.xlog1py(misses, -p), slope

        share, zero = ones / self.n, np.zeros(self.center.shape)
        low = last_rejected(lambda p: evidence(p, ones, zeros), need, zero, share)
        high = 1.0 - last_rejected(lambda p: evidence(p, zeros, ones), need, zero, 1.0 - share)
        return low, high
