r"""Confidence sequence under nothing but a bound on the variance."""

from __future__ import annotations

import numpy as np

from simulations.agreement.intervals._sequence import AMBITION, Array, ConfidenceSequence

__all__ = ["Catoni", "influence"]

_FAR = [1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 9.0, 15.0, 30.0, 100.0]
_GRID = np.concatenate([np.linspace(0.0, 1.0, 21), _FAR])
_CANDIDATES = np.concatenate([-_GRID[:0:-1], _GRID])


def influence(y: Array) -> Array:
    r"""Catoni's influence function φ(y) = sign(y) log(1 + |y| + y²/2): it tames large draws.

    Examples
    --------
    >>> influence(np.array([-3.0, 0.0, 3.0])).round(4)
    array([-2.1401,  0.    ,  2.1401])
    """
    size = np.abs(y)
    tamed: Array = np.copysign(np.log1p(size + 0.5 * size * size), y)
    return tamed


class Catoni(ConfidenceSequence):
    r"""Confidence sequence for draws with Var X <= sd², however heavy their tails.

    A candidate m is rejected from below once

    .. math:: \sum_i \varphi(\lambda(X_i - m)) - t \log\bigl(1 + \lambda^2\text{sd}^2/2\bigr) \ge \log(2/\alpha),

    since E exp φ(λ(X − μ)) <= 1 + λ²sd²/2, and from above by the mirror image. The sum decreases in m and is
    kept at 67 candidates around the center, a twentieth of the target apart near it: the interval is
    rounded outwards to them.

    Reference
    ---------
    :cite:t:`wang2023` (Catoni-style confidence sequence under a variance bound).

    Examples
    --------
    >>> s = Catoni(sd=1.0, center=np.array(0.5), target=np.array(0.05), alpha=1e-6)
    >>> s.update(s.summary(0.5 + np.random.default_rng(3).standard_t(5, 30000) / np.sqrt(5 / 3)), 30000)
    >>> bool(s.low < 0.5 < s.high), bool(s.high - s.low < 0.1)
    (True, True)
    """

    def __init__(self, *, sd: float, center: Array, target: Array, alpha: float) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self.bet = AMBITION * self.target / sd**2
        self._penalty = np.log1p((self.bet * sd) ** 2 / 2)
        self._evidence = np.zeros((len(_CANDIDATES), *self.center.shape))

    @property
    def memory_key(self) -> str:
        r"""What a block's summary depends on: here also the bet and the candidates."""
        return f"{super().memory_key} {self.target.tobytes().hex()} {self.bet.tobytes().hex()}"

    def summary(self, draws: Array) -> Array:
        r"""Power sums 1 and 2 of draws − center, then Σ φ at each candidate."""
        x = draws - self.center
        sums = [influence(self.bet * (x - step * self.target)).sum(axis=0) for step in _CANDIDATES]
        return np.stack([x.sum(axis=0), (x * x).sum(axis=0), *sums])

    def _absorb(self, summary: Array, count: int) -> None:
        self._evidence = self._evidence + summary[2:]

    def _bounds(self) -> tuple[Array, Array]:
        need = np.log(2.0 / self.alpha) + self.n * self._penalty
        column = (-1, *([1] * self.center.ndim))
        steps = _CANDIDATES.reshape(column)
        low = np.where(self._evidence >= need, steps, -np.inf).max(axis=0)
        high = np.where(-self._evidence >= need, steps, np.inf).min(axis=0)
        return self.center + low * self.target, self.center + high * self.target
