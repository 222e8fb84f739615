r"""Gauss rules of two and three nodes from moments, for many laws at once."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["bounded_gauss_rule", "three_point_rule", "two_point_rule"]

Floats = NDArray[np.float64]


def two_point_rule(variance: Floats, third: Floats) -> tuple[Floats, Floats, Floats]:
    r"""Nodes and lower weight of the two-point law with mean 0 and the given second and third central moments.

    .. math:: x_\pm = \sqrt v\,\bigl(g/2 \pm \sqrt{1 + g^2/4}\bigr), \qquad g = \mu_3/v^{3/2}

    Parameters
    ----------
    variance
        v >= 0; a law with v = 0 has both nodes at 0.
    third
        Third central moment μ₃, same shape.

    Returns
    -------
    tuple of ndarray
        Lower nodes, upper nodes, weights of the lower nodes; all weights lie in (0, 1).

    Examples
    --------
    >>> low, high, weight = two_point_rule(np.array(2.0), np.array(3.0))
    >>> [round(float(weight * low**k + (1 - weight) * high**k), 12) + 0.0 for k in (1, 2, 3)]
    [0.0, 2.0, 3.0]
    """
    deviation = np.sqrt(variance)
    cube = variance * deviation
    skew = np.divide(third, cube, out=np.zeros_like(cube), where=cube > 1e-300)  # a law of one point has no skewness
    large = np.abs(skew) / 2 + np.hypot(1.0, skew / 2)  # the two nodes have product -1: no cancellation
    low = np.where(skew > 0, -1 / large, -large)
    high = np.where(skew > 0, large, 1 / large)
    return deviation * low, deviation * high, high / (high - low)


def three_point_rule(moments: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    r"""Nodes and weights of the three-point law with mean 0 and the given central moments 2 … 5.

    They are eigenvalues and squared first components of eigenvectors of the Jacobi matrix with diagonal
    (0, g, (h - 2gk + g³)/b) and off-diagonal (1, √b), b = k - g² - 1, for standardised moments g, k, h.

    Parameters
    ----------
    moments
        Shape (4, N).

    Returns
    -------
    nodes, weights, valid
        Shapes (3, N), (3, N), (N,); where the moments belong to no law with three points of support, `valid` is false.

    Examples
    --------
    >>> nodes, weights, _ = three_point_rule(np.array([[1.0], [0.0], [3.0], [0.0]]))   # Gauss–Hermite
    >>> nodes[:, 0].round(9).tolist(), weights[:, 0].round(9).tolist()
    ([-1.732050808, 0.0, 1.732050808], [0.166666667, 0.666666667, 0.166666667])
    """
    variance = moments[0]
    deviation = np.sqrt(variance)
    possible = variance > 1e-18  # below, standardised moments are rounding
    scale = np.where(possible, deviation, 1.0)
    g, k, h = (np.where(possible, moments[i] / scale ** (i + 2), 0.0) for i in (1, 2, 3))
    b = k - g * g - 1.0
    valid = possible & (b > 1e-6 * (1.0 + g * g))  # b = 0 is a law of two points; its rounding is divided by b
    b = np.where(valid, b, 1.0)
    jacobi = np.zeros((len(b), 3, 3))
    jacobi[:, 1, 1] = g
    jacobi[:, 2, 2] = np.where(valid, (h - 2.0 * g * k + g**3) / b, 0.0)
    jacobi[:, 0, 1] = jacobi[:, 1, 0] = 1.0
    jacobi[:, 1, 2] = jacobi[:, 2, 1] = np.sqrt(b)
    nodes, vectors = np.linalg.eigh(jacobi)
    return deviation * nodes.T, vectors[:, 0, :].T ** 2, valid


def bounded_gauss_rule(mean: Floats, moments: Floats, floor: float) -> tuple[Floats, Floats]:
    r"""The three-point rule for laws on [floor, ∞) with the given means and central moments 2 … 5.

    Moments that were averaged over a cell need not belong to a law on the half line exactly. Where a node would fall below the
    floor, two points with the first three moments are taken, and where they do, too, the floor and the one point that match
    mean and variance.

    Returns
    -------
    nodes, weights
        Shape (3, N); unused nodes have weight 0.
    """
    gap = np.maximum(mean - floor, 0.0)  # the mean lies in the support up to rounding
    nodes, weights, valid = three_point_rule(moments)
    valid &= gap + nodes.min(axis=0) >= 0.0
    low, high, share = two_point_rule(moments[0], moments[1])
    outside = (gap + low < 0.0) & (gap > 0.0)
    safe = np.where(outside, gap, 1.0)
    low, high = np.where(outside, -gap, low), np.where(outside, moments[0] / safe, high)
    share = np.where(outside, moments[0] / (moments[0] + safe**2), share)
    low, high = (np.where(gap > 0.0, node, 0.0) for node in (low, high))
    pair = np.stack([low, high, 0.0 * low]), np.stack([share, 1.0 - share, 0.0 * share])
    return floor + gap + np.where(valid, nodes, pair[0]), np.where(valid, weights, pair[1])
