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

__all__ = ["Rule", "gauss_legendre", "log_integral", "probability_rule", "window"]

Floats = NDArray[np.float64]
LogFunction = Callable[[Floats], Floats]
Rule = tuple[Floats, Floats]

_DROP = 60.0  # relative accuracy: what lies outside is e^-60 of the peak
_PROBABILITY_DROP = 42.0  # absolute accuracy of expectations of bounded functions
_SCAN = (np.arange(25) + 0.5) / 25  # places of one look; looks are repeated until no window loses 0.4 of its width


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
