r"""Integrals of positive functions given by their logarithm, with windows found automatically.

Every integrand of this project is analytic and, inside its interval, rises to one peak and falls. Such an integral needs two
steps: find the window outside which the integrand is negligible, then apply a Gauss–Legendre rule to the window. Working with
logarithms keeps the *relative* accuracy of results as small as 1e-300.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

__all__ = [
    "LogFunction",
    "Rule",
    "gauss_legendre",
    "graded_integral",
    "log_integral",
    "log_trapezoid",
    "probability_rule",
    "window",
]

Floats = NDArray[np.float64]
LogFunction = Callable[[Floats], Floats]
Rule = tuple[Floats, Floats]

_DROP = 60.0  # relative accuracy: what lies outside is e^-60 of the peak
_PROBABILITY_DROP = 42.0  # absolute accuracy of expectations of bounded functions
_SCAN = (np.arange(25) + 0.5) / 25  # places of one look; looks are repeated until no window loses 0.4 of its width
_PANEL = 8  # nodes of one panel
_SHARE = 20.0  # of a tolerance, that one panel may leave
_HALVINGS = 40


@cache
def gauss_legendre(order: int) -> Rule:
    r"""Nodes and weights of the Gauss–Legendre rule on [0, 1], shapes (order,)."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return (nodes + 1) / 2, weights / 2


def window(log_f: LogFunction, lower: Floats | float, upper: Floats | float, drop: float = _DROP) -> tuple[Floats, Floats]:
    r"""Where f lies within a factor e^drop of its peak, for a batch of unimodal functions.

    Parameters
    ----------
    log_f
        Maps points of shape (..., K) to log f of the same shape; the leading axes are the batch.
    lower, upper
        Ends of the intervals, shape (...).
    drop
        Logarithm of the factor; by default 60.

    Returns
    -------
    tuple of ndarray
        Ends of the windows, shape (...).
    """
    low, high = np.broadcast_arrays(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float))
    while True:
        step = (high - low) / _SCAN.size
        points = low[..., None] + (high - low)[..., None] * _SCAN
        values = log_f(points)
        kept = values >= values.max(axis=-1, keepdims=True) - drop
        first = kept.argmax(axis=-1)
        last = _SCAN.size - 1 - kept[..., ::-1].argmax(axis=-1)
        new_low = low + step * np.maximum(first - 0.5, 0)
        new_high = low + step * np.minimum(last + 1.5, _SCAN.size)
        settled = np.all(new_high - new_low > 0.6 * (high - low))
        low, high = new_low, new_high
        if settled:
            return low, high


def log_integral(log_f: LogFunction, lower: Floats | float, upper: Floats | float, order: int = 48) -> Floats:
    r"""log ∫ f for a batch of positive functions; shapes as for `window`.

    Examples
    --------
    >>> float(np.exp(log_integral(lambda x: -x * x / 2, -100.0, 100.0)) / np.sqrt(2 * np.pi)).__round__(12)
    1.0
    """
    low, high = window(log_f, lower, upper)
    nodes, weights = gauss_legendre(order)
    points = low[..., None] + (high - low)[..., None] * nodes
    total: Floats = logsumexp(log_f(points) + np.log(weights), axis=-1) + np.log(high - low)
    return total


def log_trapezoid(log_f: LogFunction, lower: float, upper: float, step: float) -> tuple[float, float]:
    r"""log ∫ f by the trapezoidal rule, which for an analytic f that vanishes at both ends converges geometrically.

    Returns
    -------
    tuple of float
        At the step, and at twice the step.

    Examples
    --------
    >>> fine, coarse = log_trapezoid(lambda x: -x * x / 2, -10.0, 10.0, 0.4)
    >>> bool(abs(fine - np.log(2 * np.pi) / 2) < 1e-14), bool(abs(coarse - fine) < 1e-12)
    (True, True)
    """
    half = int(np.ceil((upper - lower) / (2 * step)))
    values = log_f(lower + step * np.arange(2.0 * half + 1.0))
    return float(logsumexp(values) + np.log(step)), float(logsumexp(values[::2]) + np.log(2 * step))


def probability_rule(log_density: LogFunction, lower: Floats | float, upper: Floats | float, order: int) -> Rule:
    r"""Gauss–Legendre rules for expectations under a batch of (unnormalised) densities.

    Parameters
    ----------
    log_density
        Logarithm of the density up to a constant; points of shape (..., K).
    lower, upper
        Ends of the support, shape (...).
    order
        Number of nodes.

    Returns
    -------
    tuple of ndarray
        Nodes and weights, shapes (..., order); the weights sum to 1 along the last axis.
    """
    low, high = window(log_density, lower, upper, _PROBABILITY_DROP)
    nodes, weights = gauss_legendre(order)
    points = low[..., None] + (high - low)[..., None] * nodes
    values = log_density(points)
    mass = weights * np.exp(values - values.max(axis=-1, keepdims=True))
    return points, mass / mass.sum(axis=-1, keepdims=True)


def graded_integral(function: LogFunction, ends: Floats, relative: Floats, absolute: float) -> tuple[Floats, Floats]:
    r"""Integrals of several functions over adjoining panels, halved until two rules agree, and what they leave.

    Parameters
    ----------
    function
        Maps points of shape (K,) to values of shape (F, K).
    ends
        Ends of the first panels, increasing: fine enough that no feature hides between nodes.
    relative, absolute
        Tolerances: `relative`, shape (F,), of each integral, or `absolute` of all.

    Returns
    -------
    tuple of ndarray
        Integrals and bounds on their errors, shape (F,).

    Examples
    --------
    >>> value, error = graded_integral(lambda x: np.sqrt(x)[None, :], np.array([0.0, 1.0]), np.array([1e-10]), 0.0)
    >>> bool(abs(value[0] - 2 / 3) < error[0] < 1e-9)
    True
    """
    low, high = ends[:-1], ends[1:]
    rough = _panels(function, low, high)
    total, error = np.zeros(len(rough)), np.zeros(len(rough))
    for _ in range(_HALVINGS):
        goal = np.maximum(relative * np.abs(total + rough.sum(axis=1)), absolute)[:, None] / _SHARE
        faint = np.all(np.abs(rough) < goal / _SHARE, axis=0)
        error = error + np.abs(rough[:, faint]).sum(axis=1)
        total, rough, low, high = total + rough[:, faint].sum(axis=1), rough[:, ~faint], low[~faint], high[~faint]
        if low.size == 0:
            return total, error
        middle = (low + high) / 2
        halves = _panels(function, np.concatenate([low, middle]), np.concatenate([middle, high]))
        fine = halves[:, : len(low)] + halves[:, len(low) :]
        change = np.abs(fine - rough)
        going = np.any(change > goal, axis=0)
        total, error = total + fine[:, ~going].sum(axis=1), error + change[:, ~going].sum(axis=1)
        if not going.any():
            return total, error
        rough = halves[:, np.concatenate([going, going])]
        low, high = np.concatenate([low[going], middle[going]]), np.concatenate([middle[going], high[going]])
    return total + rough.sum(axis=1), error + np.abs(rough).sum(axis=1)


def _panels(function: LogFunction, low: Floats, high: Floats) -> Floats:
    r"""Gauss–Legendre integrals over panels, shape (F, panels)."""
    nodes, weights = gauss_legendre(_PANEL)
    points = low[:, None] + (high - low)[:, None] * nodes
    values = function(points.ravel())
    result: Floats = (values.reshape(len(values), *points.shape) @ weights) * (high - low)
    return result
