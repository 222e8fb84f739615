r"""Many probabilities that two Gaussian vectors have a negative inner product, from one table of their logarithm."""

import numpy as np
from numpy.typing import NDArray

from theory.numerics._chebyshev_table import tabulated
from theory.numerics._negative_product import log_negative_product, negative_product

__all__ = ["negative_products"]

Floats = NDArray[np.float64]

_DIRECT = 400
_ORDERS, _TOLERANCE = (16, 12), 1e-9
_FAR = 14.0  # a difference of the two lengths at which the probability is below 1e-21


def negative_products(product: Floats, energy: Floats, dim: int) -> Floats:
    r"""`negative_product` for arrays of one shape; a few one by one, many from a table.

    With λ₁ ≥ λ₂ the two noncentralities, λ = energy ± |product|, the table is that of log P over √(λ₁ + p) - √(λ₂ + p) and
    log √(λ₂ + p): smooth, and of small range whatever the lengths are.

    Returns
    -------
    array
        Accurate to about 1e-9 relative to the smaller of P and 1 - P; 1e-21 where that is smaller.

    Examples
    --------
    >>> many = negative_products(np.linspace(-3, 3, 500), np.full(500, 4.0), 7)
    >>> bool(abs(many[0] - negative_product(-3.0, 4.0, 7)) < 1e-9)
    True
    """
    x, e = np.ravel(product), np.ravel(energy)
    if x.size <= _DIRECT:
        few = [negative_product(float(p), max(float(q), abs(float(p))), dim) for p, q in zip(x, e, strict=True)]
        return np.array(few).reshape(np.shape(product))
    larger, smaller = np.sqrt(e + np.abs(x) + dim), np.sqrt(np.maximum(e - np.abs(x), 0.0) + dim)
    points = np.stack([np.minimum(larger - smaller, _FAR), np.log(smaller)], axis=1)

    def log_tails(nodes: list[Floats]) -> Floats:
        return np.array([[_log_tail(gap, np.exp(level), dim) for level in nodes[1]] for gap in nodes[0]])

    table = tabulated(log_tails, points.min(axis=0), points.max(axis=0), _ORDERS, tolerance=_TOLERANCE)
    tail = np.exp(table(points))
    result: Floats = np.where(x < 0, 1 - tail, tail).reshape(np.shape(product))
    return result


def _log_tail(gap: float, smaller: float, dim: int) -> float:
    larger = smaller + gap
    product, energy = float(larger**2 - smaller**2) / 2, float(larger**2 + smaller**2) / 2 - dim
    return log_negative_product(product, max(energy, product), dim)
