r"""Interval arithmetic on arrays of ends."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Range", "scaled", "square", "stretched", "times", "total"]

Array = NDArray[np.float64]
Range = tuple[Array, Array]


def total(*ranges: Range) -> Range:
    r"""The sum of ranges."""
    return sum(r[0] for r in ranges), sum(r[1] for r in ranges)  # type: ignore[return-value]  # arrays, not the integer 0


def scaled(factor: Array | float, r: Range) -> Range:
    r"""A number times a range."""
    ends = factor * r[0], factor * r[1]
    return np.minimum(*ends), np.maximum(*ends)


def times(x: Range, y: Range) -> Range:
    r"""The product of two ranges."""
    products = (x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1])
    return np.minimum.reduce(products), np.maximum.reduce(products)


def square(r: Range) -> Range:
    r"""The square of a range."""
    ends = r[0] ** 2, r[1] ** 2
    return np.where(r[0] * r[1] < 0, 0.0, np.minimum(*ends)), np.maximum(*ends)


def stretched(size: Range, r: Range) -> Range:
    r"""The product of r with sizes from 0 to infinity, infinity itself excluded."""
    with np.errstate(invalid="ignore"):
        low = np.where(r[0] < 0, size[1] * r[0], size[0] * r[0])
        high = np.where(r[1] > 0, size[1] * r[1], size[0] * r[1])
    return np.nan_to_num(low, nan=0.0, posinf=np.inf, neginf=-np.inf), np.nan_to_num(high, nan=0.0, posinf=np.inf, neginf=-np.inf)
