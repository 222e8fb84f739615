r"""Hinge loss and max-margin for many small problems at once: a primal-dual interior-point method.

The rare problem on which it loses its digits goes to the trusted route.
"""

import numpy as np
from numpy.typing import NDArray

from simulations.head._certificates import InseparableError, are_separable
from simulations.head._coordinates import penalties, reduced_designs, restored_heads, with_intercept
from simulations.head._reference_head import reference_head

__all__ = ["hinge_heads", "max_margin_heads"]

Array = NDArray[np.float64]

State = tuple[Array, Array, Array, Array, Array]

_STEPS = 80  # after which a problem goes to the trusted route
_GAP = 1e-11  # between primal and dual value, relative
_ACCURACY = 1e-7  # of the constraints, relative to their terms
_BACK_OFF = 0.995  # share of the way to the nearest bound that a step may go


def hinge_heads(designs: Array, ridge: float, labels: Array | None = None) -> Array:
    r"""The minimisers of (1/n) Σ max(1 - wᵀuᵢ - b yᵢ, 0) + λ|w|²/2; b = 0 unless labels are given.

    In the dual, w = Σ aᵢuᵢ/λ with 0 <= aᵢ <= 1/n. With a = c/n the problem is solved for c in [0, 1] and ridge nλ. An intercept
    need not be unique: the middle of its interval is taken.

    Parameters
    ----------
    designs
        uᵢ = yᵢxᵢ, shape (size, n, p).
    ridge
        λ >= 0; at 0 the problems must not be separable.
    labels
        yᵢ, shape (size, n), of both signs, if an intercept is trained.

    Returns
    -------
    array
        Shape (size, p), or (size, p + 1) with the intercept last.

    Examples
    --------
    >>> hinge_heads(np.array([[[2.0, 0.0], [0.0, 2.0]]]), 0.25).round(9)
    array([[0.5, 0.5]])
    """
    reduced, bases = reduced_designs(designs)
    n, p = reduced.shape[1:]
    heads, done = _solved(with_intercept(reduced, labels), penalties(reduced, n * ridge, labels), bounded=True)
    for index in np.flatnonzero(~done):
        heads[index] = reference_head(reduced[index], "hinge", ridge, None if labels is None else labels[index])
    if labels is not None:
        heads[:, p] = _middle_intercept(_times(reduced, heads[:, :p]), labels)
    return restored_heads(heads, bases)


def max_margin_heads(designs: Array, labels: Array | None = None, *, certified: bool = False) -> Array:
    r"""The shortest w with wᵀuᵢ + b yᵢ >= 1 for all i, of problems that are separable; b = 0 unless labels are given.

    Shape (size, p), or (size, p + 1) with the intercept last. Problems that are certified to be separable are not asked again.

    Raises
    ------
    InseparableError
        If a problem is not separable.

    Examples
    --------
    >>> max_margin_heads(np.array([[[2.0, 0.0], [0.0, 4.0]]])).round(9)
    array([[0.5 , 0.25]])
    """
    if not certified and not are_separable(designs, labels).all():
        raise InseparableError("max-margin needs separable problems, and some are not")
    reduced, bases = reduced_designs(designs)
    p = reduced.shape[2]
    scale = np.sqrt((reduced**2).sum(axis=2).mean(axis=1))
    reduced = reduced / scale[:, None, None]  # in units in which no solver loses its digits
    heads, done = _solved(with_intercept(reduced, labels), penalties(reduced, 1.0, labels), bounded=False)
    for index in np.flatnonzero(~done):
        heads[index] = reference_head(reduced[index], "max-margin", labels=None if labels is None else labels[index])
    heads[:, :p] /= scale[:, None]
    return restored_heads(heads, bases)


def _middle_intercept(margins: Array, labels: Array) -> Array:
    r"""The middle of the minimisers b of Σ max(1 - mᵢ - b yᵢ, 0).

    The slope of the sum is -#{y = 1} + #{i : (1 - mᵢ)yᵢ < b}: it vanishes between two order statistics of (1 - mᵢ)yᵢ.
    """
    kinks = np.sort((1.0 - margins) * labels, axis=1)
    positives = (labels > 0).sum(axis=1)[:, None]
    result: Array = np.take_along_axis(kinks, np.hstack([positives - 1, positives]), axis=1).mean(axis=1)
    return result


def _solved(designs: Array, penalty: Array, *, bounded: bool) -> tuple[Array, NDArray[np.bool_]]:
    r"""The minimiser of wᵀPw/2 + Σ max(1 - Uw, 0), or of wᵀPw/2 under Uw >= 1 if not bounded, and which are exact.

    P is diagonal. Weights b with 0 <= b (<= 1), slacks s of b and t of room = 1 - b satisfy

        Pw = Uᵀb,    Uw - 1 = s - t,    s b = 0,    t room = 0.

    The room is carried along: computed from b it would lose its digits where b is nearly 1.
    """
    size, n, p = designs.shape
    half, one = np.full((size, n), 0.5), np.ones((size, n))
    state: State = (np.zeros((size, p)), half, one, one if bounded else np.zeros((size, n)), half if bounded else one)
    heads = np.empty((size, p))
    active = np.arange(size)
    for _ in range(_STEPS):
        try:
            with np.errstate(all="ignore"):  # a problem that overflows is never done, and goes to the trusted route
                state, done = _step(designs[active], penalty, state, bounded=bounded)
        except np.linalg.LinAlgError:
            break
        heads[active] = state[0]
        active = active[~done]
        if active.size == 0:
            break
        w, b, s, t, room = (part[~done] for part in state)
        state = (w, b, s, t, room)
    exact = np.ones(size, dtype=bool)
    exact[active] = False
    return heads, exact


def _step(u: Array, penalty: Array, state: State, *, bounded: bool) -> tuple[State, NDArray[np.bool_]]:
    r"""One predictor-corrector step of Mehrotra, and which problems were solved before it."""
    w, b, s, t, room = state
    transposed = u.transpose(0, 2, 1)
    pull, margins = _times(transposed, b), _times(u, w)
    primal, dual = penalty * w - pull, margins - 1.0 - s + t
    barrier = s / b + (t / room if bounded else 0.0)
    inner = (transposed / barrier[:, None, :]) @ u
    diagonal = np.arange(inner.shape[1])
    inner[:, diagonal, diagonal] += penalty
    total = (s * b).sum(axis=1) + ((t * room).sum(axis=1) if bounded else 0.0)
    count = b.shape[1] * (2 if bounded else 1)

    def direction(low: Array, high: Array) -> State:
        r"""Newton's step that changes s b by low and t room by high."""
        right = -dual + low / b - (high / room if bounded else 0.0)
        dw = _solve(inner, _times(transposed, right / barrier) - primal)
        db = (right - _times(u, dw)) / barrier
        dt = (high + t * db) / room if bounded else np.zeros_like(t)
        return dw, db, (low - s * db) / b, dt, -db if bounded else np.zeros_like(b)

    _, db, ds, dt, droom = step = direction(-s * b, -t * room)
    reach = _reach(state, step, bounded=bounded)[:, None]
    after = ((s + reach * ds) * (b + reach * db)).sum(axis=1) + ((t + reach * dt) * (room + reach * droom)).sum(axis=1)
    target = (np.maximum(after / total, 0.0) ** 3 * total / count)[:, None]
    step = direction(target - s * b - ds * db, target - t * room - dt * droom)
    reach = _BACK_OFF * _reach(state, step, bounded=bounded)[:, None]
    moved = tuple(part + reach * change for part, change in zip(state, step, strict=True))
    value = (penalty * w**2).sum(axis=1) + (t.sum(axis=1) if bounded else 0.0)
    scale = 1.0 + np.abs(margins).max(axis=1)
    small = np.abs(dual).max(axis=1) <= _ACCURACY * scale
    weight = np.abs(pull) if penalty.all() else _times(np.abs(transposed), b)
    small &= np.abs(primal).max(axis=1) <= _ACCURACY * weight.max(axis=1)
    done = small & (total <= _GAP * value)
    w, b, s, t, room = moved
    return (w, b, s, t, room), done


def _reach(state: State, step: State, *, bounded: bool) -> Array:
    r"""The longest step, at most 1, that keeps every variable positive."""
    rates = [-change / part for part, change in zip(state[1 : 5 if bounded else 3], step[1 : 5 if bounded else 3], strict=True)]
    largest = np.max([rate.max(axis=1) for rate in rates], axis=0)
    return np.asarray(1.0 / np.maximum(1.0, largest), dtype=np.float64)


def _times(matrices: Array, vectors: Array) -> Array:
    result: Array = (matrices @ vectors[..., None])[..., 0]
    return result


def _solve(matrices: Array, vectors: Array) -> Array:
    r"""Solutions of positive definite systems; where one is singular to rounding, all get a diagonal just above it."""
    try:
        return np.asarray(np.linalg.solve(matrices, vectors[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        diagonal = np.arange(matrices.shape[1])
        lifted = matrices.copy()
        lifted[:, diagonal, diagonal] *= 1.0 + 1e-13  # far above rounding, far below the accuracy
        return np.asarray(np.linalg.solve(lifted, vectors[..., None])[..., 0], dtype=np.float64)
