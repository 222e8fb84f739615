r"""Heads that minimise a convex loss of many training sets at once: Newton's method on its Moreau envelope, and multipliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.convex import Loss

__all__ = ["has_kink", "minimisers"]

Floats = NDArray[np.float64]

_SMOOTH_STEPS = (1e-5,)
r"""Proximal step for a loss without kinks: its envelope is the loss, to 1e-5 of a margin, and the slope keeps ten digits."""

_KINKED_STEPS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
r"""Steps of the method of multipliers, in units of what a sample of slope 1 adds to its own margin, at most 1."""

_LEAST = 1e-3  # of that unit: a heavier ridge leaves an intercept alone
_NEWTON_STEPS, _HALVINGS = 60, 30
_SETTLED = 1e-2  # change of a margin, in proximal steps, after which Newton's method has arrived: it squares it
_SMALLEST_CHANGE = 1e-4
_STRIDE = 5.0  # by which margins, or 1 where they are smaller, may change at once: where a loss is flat nothing else holds them
_CURVATURE = 1e-10  # of the squared loss, added where no ridge holds a coefficient


def has_kink(loss: Loss) -> bool:
    r"""Whether the slope of a loss jumps anywhere.

    >>> from theory.head.convex import HINGE, SQUARED_HINGE
    >>> has_kink(HINGE), has_kink(SQUARED_HINGE)
    (True, False)
    """
    points = np.array([float(place) for place in loss.breaks(np.array(0.0))])
    return bool(np.any(np.abs(loss.slope(points + 1e-6) - loss.slope(points - 1e-6)) > 1e-3))


def minimisers(designs: Floats, penalties: Floats, loss: Loss) -> Floats:
    r"""argmin (1/n) Σ ℓ(wᵀuᵢ) + Σ λⱼwⱼ²/2 for training sets uᵢ of shape (N, n, k) and λ of shape (k,): shape (N, k).

    .. math:: w = \arg\min \tfrac1n \sum_i e_\ell(w^Tu_i + \theta\psi_i;\, \theta) + \tfrac12 \sum_j \lambda_jw_j^2, \qquad
        \psi_i \leftarrow \frac{x_i - v(x_i)}\theta, \quad x_i = w^Tu_i + \theta\psi_i

    with the envelope e_ℓ and the proximal point v of {eq}`eq-heads-saddle`: the method of multipliers for v = Uw.

    >>> from theory.head.convex import HINGE
    >>> minimisers(np.array([[[2.0, 0.0], [0.0, 1.0]]]), np.full(2, 0.1), HINGE).round(4)   # both margins reach 1
    array([[0.5, 1. ]])
    """
    heads = np.zeros((len(designs), designs.shape[2]))
    slopes = np.zeros(designs.shape[:2])
    for step in _kinked_steps(designs, penalties) if has_kink(loss) else _SMOOTH_STEPS:
        active = np.arange(len(designs))
        for _ in range(_NEWTON_STEPS):
            problem = _Problem(designs[active], penalties, slopes[active], loss, step)
            heads[active], done = problem.improved(heads[active])
            active = active[~done]
            if active.size == 0:
                break
        slopes = _Problem(designs, penalties, slopes, loss, step).at(_margins(designs, heads))[1]
    return heads


def _kinked_steps(designs: Floats, penalties: Floats) -> list[float]:
    r"""Steps for a ridge: a slope ψ adds |uᵢ|²ψ/(nλ) to the margin of its own sample."""
    held = penalties > 0
    own = float((designs[..., held] ** 2 / penalties[held]).sum(axis=2).mean()) / designs.shape[1]
    return [step * min(1.0, max(own, _LEAST)) for step in _KINKED_STEPS]


@dataclass(frozen=True, eq=False)
class _Problem:
    r"""The envelope of the loss about given slopes, with the ridge, for every training set."""

    designs: Floats
    penalties: Floats
    slopes: Floats
    loss: Loss
    step: float

    def at(self, margins: Floats) -> tuple[Floats, Floats, Floats]:
        r"""Its mean over samples, slopes and curvatures at some margins."""
        x = margins + self.step * self.slopes
        v, rate = self.loss.proximal(x, np.full_like(x, self.step))
        slopes = (x - v) / self.step
        value = (self.loss.value(v) + self.step * slopes**2 / 2).mean(axis=1)
        return value, slopes, np.broadcast_to((1 - rate) / self.step, x.shape)

    def objective(self, margins: Floats, heads: Floats) -> Floats:
        return np.asarray(self.at(margins)[0] + heads**2 @ self.penalties / 2)

    def improved(self, heads: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        r"""One Newton step, halved where the objective does not fall, and whether it was the last that is needed."""
        margins = _margins(self.designs, heads)
        value, slopes, bends = self.at(margins)
        value = value + heads**2 @ self.penalties / 2
        change, fall = self._newton(heads, slopes, bends)
        moved = _margins(self.designs, change)
        largest = np.abs(moved).max(axis=1)
        length = np.minimum(1.0, _STRIDE * (1 + np.abs(margins).max(axis=1)) / np.maximum(largest, 1e-300))
        for _ in range(_HALVINGS):
            trial = self.objective(margins + length[:, None] * moved, heads + length[:, None] * change)
            high = trial > value + 1e-4 * length * fall + 1e-14 * np.abs(value)
            if not high.any():
                break
            length = np.where(high, length / 2, length)
        return heads + length[:, None] * change, largest < max(_SETTLED * self.step, min(_SMALLEST_CHANGE, self.step))

    def _newton(self, heads: Floats, slopes: Floats, bends: Floats) -> tuple[Floats, Floats]:
        r"""Newton's step, and the derivative of the objective along it."""
        transposed, n = self.designs.transpose(0, 2, 1), self.designs.shape[1]
        gradient = _margins(transposed, slopes) / n + self.penalties * heads
        hessian = transposed @ (self.designs * (bends / n)[..., None])
        diagonal = np.arange(hessian.shape[1])
        hessian[:, diagonal, diagonal] += self.penalties + _CURVATURE * (self.designs**2).mean(axis=1) + 1e-300
        change = -np.linalg.solve(hessian, gradient[..., None])[..., 0]
        return change, np.einsum("bk,bk->b", gradient, change)


def _margins(designs: Floats, heads: Floats) -> Floats:
    return np.asarray((designs @ heads[..., None])[..., 0])
