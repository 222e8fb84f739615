r"""Confidence sequence for a bounded mean by betting, with a state of ten sums."""

from __future__ import annotations

from functools import partial
from math import comb

import numpy as np

from simulations.agreement.intervals._roots import last_rejected
from simulations.agreement.intervals._sequence import AMBITION, Array, ConfidenceSequence

__all__ = ["CAP", "Betting", "largest_variance", "quartic_constant", "quartic_growth"]

CAP = 0.96
r"""Largest fraction of the capital at stake on one draw, at the candidates that matter."""

_SMALL = 0.3  # up to this stake the quartic bound loses next to nothing
_LARGEST_WIN = 1.2  # beyond it the quartic bound no longer credits a win
_FRACTIONS = 0.8 ** np.arange(11)


def quartic_constant(stake: Array) -> Array:
    r"""Smallest c with log(1 + y) >= y − y²/2 + y³/3 − c y⁴ for all y >= −stake (below 0.05: as at 0.05).

    .. math:: c(r) = \frac{-\log(1-r) - r - r^2/2 - r^3/3}{r^4} = \sum_{k\ge 0} \frac{r^k}{k+4}

    Parameters
    ----------
    stake
        r in (0, 1).

    Reference
    ---------
    Derived in docs/agreement.md (eq-agreement-quartic).

    Examples
    --------
    >>> quartic_constant(np.array([1e-9, 0.5])).round(4)
    array([0.2604, 0.4237])
    """
    r = np.maximum(stake, 0.05)
    constant: Array = (-np.log1p(-r) - r - r**2 / 2 - r**3 / 3) / r**4
    return constant


def largest_variance(center: Array, lower: float, upper: float, slack: Array | float) -> Array:
    r"""Largest variance (upper − mean)(mean − lower) that bounds allow at a mean at least `slack` inside them.

    Examples
    --------
    >>> float(largest_variance(np.array(0.25), 0.0, 1.0, 0.01)), float(largest_variance(np.array(0.0), 0.0, 1.0, 0.01))
    (0.1875, 0.0099)
    """
    room = np.minimum(slack, 0.5 * (upper - lower))
    inside = np.clip(center, lower + room, upper - room)
    variance: Array = (upper - inside) * (inside - lower)
    return variance


class Betting(ConfidenceSequence):
    r"""Hedged betting confidence sequence for draws in [lower, upper].

    A candidate mean m is rejected from below once the capital

    .. math:: K^+_t(m) = \prod_{i\le t} \bigl(1 + \lambda^+_i (X_i - m)\bigr) \ge 2/\alpha

    and from above by the mirror image K⁻. Both are nonnegative martingales at m = μ because λ is fixed
    before its block, so by Ville's inequality both errors together stay below alpha at all times. log K is
    replaced by its quartic lower bound (`quartic_constant`): a polynomial in m, so the state is the five
    coefficients of either side and the error can only become smaller. The bet is
    λ = 0.75·target/variance, less where large stakes would cost more than they win, with the moments
    of earlier blocks, and never risks ruin.

    Parameters
    ----------
    lower, upper
        Bounds of a draw, lower < upper.
    center, target, alpha
        As for `ConfidenceSequence`.
    variance
        Guess of the variance, > 0, for the first block; default the largest one possible.

    Reference
    ---------
    :cite:t:`waudbysmith2024` (hedged capital process); quartic bound derived in docs/agreement.md (eq-agreement-quartic).

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> s = Betting(lower=0.0, upper=1.0, center=np.array(0.3), target=np.array(0.02), alpha=1e-6)
    >>> for _ in range(40):
    ...     s.update(s.summary(rng.beta(3, 7, size=100)), 100)
    >>> bool(s.low < 0.3 < s.high), bool(s.high - s.low < 0.04)
    (True, True)
    """

    def __init__(
        self, *, lower: float, upper: float, center: Array, target: Array, alpha: float, variance: float | None = None
    ) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self.lower, self.upper = lower, upper
        largest = largest_variance(self.center, lower, upper, 0.1 * self.target)
        self._first = largest if variance is None else np.full(self.center.shape, float(variance))
        shape = (5, *self.center.shape)
        self._above, self._below = np.zeros(shape), np.zeros(shape)
        self._reach_above, self._reach_below = np.full(self.center.shape, np.inf), np.full(self.center.shape, np.inf)
        self._higher = np.zeros((2, *self.center.shape))

    def summary(self, draws: Array) -> Array:
        r"""Power sums 1 to 4 of draws − center."""
        x = draws - self.center
        squares = x * x
        powers = (x, squares, squares * x, squares * squares)
        return np.stack([power.sum(axis=0) for power in powers])

    def _absorb(self, summary: Array, count: int) -> None:
        sums = np.concatenate([np.full((1, *self.center.shape), float(count)), summary])
        (above, stake_above), (below, stake_below) = self._bets()
        self._above = self._above + _capital_polynomial(above, stake_above, sums, 1.0)
        self._below = self._below + _capital_polynomial(below, stake_below, sums, -1.0)
        self._reach_above = np.minimum(self._reach_above, stake_above / above)
        self._reach_below = np.minimum(self._reach_below, stake_below / below)
        self._higher = self._higher + summary[2:]

    def _bets(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        r"""For either side the bet, and the largest stake for which its polynomial is a bound."""
        variance, third, fourth = self._central_moments()
        mean, horizon = self.mean(), 8.0 * np.log(2.0 / self.alpha) / self.target
        risked = (
            np.minimum(np.maximum(self.center, mean) + self.target, self.upper) - self.lower,
            self.upper - np.maximum(np.minimum(self.center, mean) - self.target, self.lower),
        )
        sides = []
        for at_risk, skewed in zip(risked, (third, -third), strict=True):
            unseen = at_risk**2 / self.n if self.n else 0.0  # one ruinous draw may have been missed by luck
            bet = np.minimum(AMBITION * self.target / (variance + unseen), CAP / at_risk)
            bet = np.minimum(bet, _LARGEST_WIN / (self.upper - self.lower - at_risk + self.target))
            if (bet * at_risk > _SMALL).any():
                bet = bet * _best_fraction(bet, at_risk, self.target, (variance, skewed, fourth))
            bet = bet * np.sqrt(np.minimum(1.0, horizon / (bet * max(self.n, 1))))
            sides.append((bet, np.maximum(bet * at_risk, _SMALL)))
        return sides[0], sides[1]

    def _central_moments(self) -> tuple[Array, Array, Array]:
        r"""Second to fourth central moments of the earlier draws."""
        if self.n == 0:
            return self._first, np.zeros(self.center.shape), 3.0 * self._first**2
        shift, plain = self._sum / self.n, self._squares / self.n
        cubes, fourths = self._higher / self.n
        variance = self.variance()
        third = cubes - 3 * shift * plain + 2 * shift**3
        fourth = fourths - 4 * shift * cubes + 6 * shift**2 * plain - 3 * shift**4
        return variance, third, np.maximum(fourth, variance**2)

    def _bounds(self) -> tuple[Array, Array]:
        need = np.log(2.0 / self.alpha)
        left, right = self.lower - self.center, self.upper - self.center
        mean = self._sum / self.n
        top = np.minimum(right, left + self._reach_above)
        low = last_rejected(partial(_value_and_slope, self._above), need, left, np.minimum(mean, top))
        bottom = np.maximum(left, right - self._reach_below)
        signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0]).reshape(5, *([1] * self.center.ndim))
        mirrored = partial(_value_and_slope, self._below * signs)
        high = -last_rejected(mirrored, need, -right, -np.maximum(mean, bottom))
        return self.center + low, self.center + high


def quartic_growth(bet: Array, at_risk: Array, edge: Array, moments: tuple[Array, Array, Array]) -> Array:
    r"""Mean of the quartic bound of log(1 + λ(X − m)) for a candidate m that lies `edge` below the mean of X.

    Parameters
    ----------
    bet
        λ > 0.
    at_risk
        Farthest > 0 that X can lie below a candidate that is judged.
    edge
        Distance > 0 of the candidate below the mean.
    moments
        Second, third and fourth central moments of X.

    Examples
    --------
    >>> moments = (np.array(0.02), np.array(0.0), np.array(0.0012))
    >>> float(quartic_growth(np.array(0.5), np.array(0.4), np.array(0.01), moments).round(6))
    0.002488
    """
    variance, third, fourth = moments
    second = variance + edge**2
    cube = third + 3 * edge * variance + edge**3
    fourth_power = fourth + 4 * edge * third + 6 * edge**2 * variance + edge**4
    worst = quartic_constant(np.maximum(bet * at_risk, _SMALL))
    growth: Array = bet * edge - bet**2 * second / 2 + bet**3 * cube / 3 - worst * bet**4 * fourth_power
    return growth


def _best_fraction(bet: Array, at_risk: Array, edge: Array, moments: tuple[Array, Array, Array]) -> Array:
    r"""Fraction of a bet at which the quartic bound grows fastest."""
    growth = np.stack([quartic_growth(bet * f, at_risk, edge, moments) for f in _FRACTIONS])
    best: Array = _FRACTIONS[np.argmax(growth, axis=0)]
    return best


def _capital_polynomial(bet: Array, stake: Array, sums: Array, side: float) -> Array:
    r"""Coefficients in (m − center) of the quartic lower bound of Σ log(1 + side·bet·(X − m))."""
    weights = (side * bet, -(bet**2) / 2, side * bet**3 / 3, -quartic_constant(stake) * bet**4)
    coefficients = np.zeros((5, *bet.shape))
    for k, weight in enumerate(weights, start=1):
        for i in range(k + 1):
            coefficients[i] += weight * comb(k, i) * (-1.0) ** i * sums[k - i]
    return coefficients


def _value_and_slope(polynomial: Array, m: Array) -> tuple[Array, Array]:
    c0, c1, c2, c3, c4 = polynomial
    value = (((c4 * m + c3) * m + c2) * m + c1) * m + c0
    slope = ((4 * c4 * m + 3 * c3) * m + 2 * c2) * m + c1
    return value, slope
