r"""Last rejected candidate: a root found from the safe side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulations.agreement.intervals._sequence import Array

__all__ = ["last_rejected"]


def last_rejected(
    value_and_slope: Callable[[Array], tuple[Array, Array]], need: Array | float, left: Array, right: Array
) -> Array:
    r"""Largest m in [left, right], to a ten-millionth, at which a log-capital reaches `need`; `left` if none does.

    The log-capital decreases in m (or is a lower bound of one that does), so any m at which it reaches
    `need` rejects everything to its left: whatever root is found, the answer is valid. Newton steps
    inside a bracket, all components at once.

    Parameters
    ----------
    value_and_slope
        Function of m that returns the log-capital and its derivative.
    need
        What the log-capital has to reach.
    left, right
        Bracket; `right` is a point that is not rejected, such as the mean.

    Examples
    --------
    >>> m = last_rejected(lambda m: (4.0 - m**2, -2 * m), 1.0, np.array([0.0]), np.array([3.0]))
    >>> bool(0 < np.sqrt(3) - m[0] < 1e-6)
    True
    """
    at_left, at_right = np.broadcast_arrays(left, right)
    inner, outer = at_left.astype(float), at_right.astype(float)
    m = outer
    value, slope = value_and_slope(m)
    for _ in range(60):
        reached = value >= need
        inner, outer = np.where(reached, np.maximum(inner, m), inner), np.where(reached, outer, np.minimum(outer, m))
        tiny = 1e-7 * (at_right - inner)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = m - (value - need) / slope
            done = (outer - inner <= tiny) | (reached & (newton - m <= tiny))
            newton = newton - 3e-8 * (at_right - newton)
        if done.all():
            break
        m = np.where((newton > inner) & (newton < outer), newton, 0.5 * (inner + outer))
        value, slope = value_and_slope(m)
    value, _ = value_and_slope(inner)
    rejected: Array = np.where(value >= need, inner, at_left)
    return rejected
