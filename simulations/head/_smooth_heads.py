r"""Ridge, logistic regression and squared hinge for many small problems at once: Newton's method with halved steps."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simulations.head._coordinates import penalties, reduced_designs, restored_heads, with_intercept
from simulations.head._least_squares_solver import centred_least_squares, least_squares

__all__ = ["logistic_heads", "shortest_heads", "smooth_heads", "squared_heads", "squared_hinge_heads"]

Array = NDArray[np.float64]
Derivatives = Callable[[Array], tuple[Array, Array, Array]]

_STEPS = 500  # Newton steps before a problem counts as not converged
_HALVINGS = 40  # of one step: down to 1e-12 of it
_ROUNDING = 1e-13  # of a gradient, relative to the sizes of the terms that it is the sum of
_ARMIJO, _NOISE = 1e-4, 1e-15  # share of the promised fall that a step must bring, and rounding of the objective
_EXACT = 1e-17  # Newton's decrement, relative: after this step the objective is exact to rounding
_CURVATURE = 1e-10
r"""Curvature, relative to that of the squared loss, that Newton's step adds where the ridge leaves a direction free."""


def _squared(margins: Array) -> tuple[Array, Array, Array]:
    gap = margins - 1.0
    return gap**2 / 2, gap, np.ones_like(gap)


def _logistic(margins: Array) -> tuple[Array, Array, Array]:
    share = expit(-margins)
    return np.logaddexp(0.0, -margins), -share, share * (1.0 - share)


def _squared_hinge(margins: Array) -> tuple[Array, Array, Array]:
    gap = np.minimum(margins - 1.0, 0.0)
    return gap**2 / 2, gap, (gap < 0).astype(float)


def squared_heads(designs: Array, ridge: float, labels: Array | None = None) -> Array:
    r"""`smooth_heads` of (1 - v)²/2; without a ridge least squares, by minimum norm where it is not unique."""
    return shortest_heads(designs, labels) if ridge == 0 else smooth_heads(designs, _squared, ridge, labels)


def logistic_heads(designs: Array, ridge: float, labels: Array | None = None) -> Array:
    r"""`smooth_heads` of log(1 + exp(-v))."""
    return smooth_heads(designs, _logistic, ridge, labels)


def squared_hinge_heads(designs: Array, ridge: float, labels: Array | None = None) -> Array:
    r"""`smooth_heads` of max(1 - v, 0)²/2."""
    return smooth_heads(designs, _squared_hinge, ridge, labels)


def shortest_heads(designs: Array, labels: Array | None = None) -> Array:
    r"""Least squares by minimum norm; with an intercept, which does not count, if labels are given."""
    if labels is None:
        return least_squares(designs, np.ones(designs.shape[1]))
    weights, intercept = centred_least_squares(designs * labels[..., None], labels)
    return np.column_stack([weights, intercept])


def smooth_heads(designs: Array, derivatives: Derivatives, ridge: float, labels: Array | None = None) -> Array:
    r"""The minimisers of (1/n) Σ ℓ(wᵀuᵢ + b yᵢ) + λ|w|²/2; b = 0 unless labels are given.

    Parameters
    ----------
    designs
        uᵢ = yᵢxᵢ, shape (size, n, p).
    derivatives
        A function of margins that returns ℓ, ℓ' and ℓ''.
    ridge
        λ >= 0; at 0 the problems must not be separable.
    labels
        yᵢ, shape (size, n), if an intercept is trained.

    Returns
    -------
    array
        Heads, shape (size, p), the intercept behind them if there is one. A problem stops where its gradient, or Newton's
        decrement of its objective, is rounding.

    Raises
    ------
    ArithmeticError
        If a problem does not reach that in 500 steps.

    Examples
    --------
    >>> heads = squared_heads(np.array([[[2.0, 0.0], [0.0, 1.0]]]), 0.5)
    >>> heads[0]   # (2·2/2)/(2 + 0.5) /2 …: solves (UᵀU/2 + I/2) w = Uᵀ1/2
    array([0.4, 0.5])
    """
    reduced, bases = reduced_designs(designs)
    penalty = penalties(reduced, ridge, labels)
    reduced = with_intercept(reduced, labels)
    heads = np.zeros((len(reduced), reduced.shape[2]))
    active = np.arange(len(reduced))
    for _ in range(_STEPS):
        heads[active], done = _step(reduced[active], heads[active], derivatives, penalty)
        active = active[~done]
        if active.size == 0:
            return restored_heads(heads, bases)
    raise ArithmeticError(f"{active.size} problems have not converged in {_STEPS} Newton steps")


def _step(designs: Array, heads: Array, derivatives: Derivatives, penalty: Array) -> tuple[Array, NDArray[np.bool_]]:
    r"""One Newton step for every problem, halved where the objective does not fall, and which problems are done."""
    n = designs.shape[1]
    transposed = designs.transpose(0, 2, 1)
    margins = _times(designs, heads)
    value, slope, bend = derivatives(margins)
    objective = value.mean(axis=1) + (penalty * heads**2).sum(axis=1) / 2
    gradient = _times(transposed, slope) / n + penalty * heads
    size = (np.abs(transposed) @ np.abs(slope)[..., None])[..., 0] / n + penalty * np.abs(heads)
    done = (np.abs(gradient) <= _ROUNDING * (size + size.max(axis=1, keepdims=True))).all(axis=1)
    if done.all():
        return heads, done
    hessian = (transposed * (bend / n)[:, None, :]) @ designs
    diagonal = np.arange(hessian.shape[1])
    hessian[:, diagonal, diagonal] += penalty
    if not penalty.all():
        hessian[:, diagonal, diagonal] += _CURVATURE * (designs**2).mean(axis=1)
    change = -np.linalg.solve(hessian, gradient[..., None])[..., 0]
    fall = np.einsum("bp,bp->b", gradient, change)
    moved = _times(designs, change)
    length = np.ones(len(designs))
    for _ in range(_HALVINGS):
        trial = derivatives(margins + length[:, None] * moved)[0].mean(axis=1)
        trial += (penalty * (heads + length[:, None] * change) ** 2).sum(axis=1) / 2
        high = trial > objective + _ARMIJO * length * fall + _NOISE * np.abs(objective)
        if not high.any():
            break
        length = np.where(high, length / 2, length)
    last = np.abs(fall) <= _EXACT * objective
    return heads + np.where(done, 0.0, length)[:, None] * change, done | last


def _times(matrices: Array, vectors: Array) -> Array:
    result: Array = (matrices @ vectors[..., None])[..., 0]
    return result
