r"""The probability of a negative inner product of two Gaussian vectors, one of them with extra spread in a plane."""

import numpy as np
from numpy.typing import NDArray

from theory.numerics._negative_product import negative_product
from theory.numerics._scalar_problems import bracketed_root

__all__ = ["negative_inner_product"]

Floats = NDArray[np.float64]

_STEP, _REACH = 0.02, 42.0  # as in `negative_product`
_END = 1e-12  # as near to the ends of the strip as the saddle is sought


def negative_inner_product(trained: Floats, scatter: Floats, tested: Floats, dim: int) -> float:
    r"""P(X₁ᵀX₂ < 0) for independent X₁ ~ N(μ₁, I_p + scatter), X₂ ~ N(μ₂, I_p), means and scatter in a plane.

    .. math::

        E e^{zX_1^\top X_2} = \prod_{i \le p} (1 - r_i z^2)^{-1/2}
            \exp\frac{z a_i b_i + z^2 (r_i b_i^2 + a_i^2)/2}{1 - r_i z^2}

    in the eigenbasis of the scatter: X₁ has means aᵢ and variances rᵢ, X₂ means bᵢ. The probability is the contour integral of
    this over -dz/(2πi z) through its saddle point in (-1/√max r, 0). Without scatter it is `negative_product`.

    Parameters
    ----------
    trained, tested
        The plane coordinates of μ₁ and μ₂, shape (2,).
    scatter
        Shape (2, 2), positive semidefinite.
    dim
        p >= 1. At p = 1 the first plane coordinate must not be used: zero means and scatter.

    Returns
    -------
    float
        Accurate to about 1e-12.

    Notes
    -----
    Equation :eq:`eq-trajectory-anisotropic` of docs/trajectory.md.

    Examples
    --------
    >>> a, b = np.array([0.4, 1.3]), np.array([-0.2, 0.9])
    >>> round(negative_inner_product(a, np.zeros((2, 2)), b, 7), 6), round(negative_inner_product(a, np.eye(2), b, 7), 6)
    (0.363337, 0.382618)
    """
    if not scatter.any():
        return negative_product(float(trained @ tested), float(trained @ trained + tested @ tested) / 2, dim)
    if trained @ tested < 0:
        return 1 - negative_inner_product(trained, scatter, -tested, dim)
    extra, axes = np.linalg.eigh(scatter)
    a, b, r = trained @ axes, tested @ axes, 1 + np.maximum(extra, 0.0)
    product, energy = a * b, (r * b**2 + a**2) / 2

    def slope(c: float) -> float:
        gap = 1 - r * c * c
        plane = r * c / gap + (2 * c * energy - product * (1 + r * c * c)) / gap**2
        return float(plane.sum()) + (dim - 2) * c / (1 - c * c) - 1 / c

    largest = 1 / float(np.sqrt(r.max()))
    c = bracketed_root(slope, _END, largest * (1 - _END), xtol=1e-15)
    h = 1e-4 * min(c, largest - c)  # the curvature only scales the path: four digits will do
    curvature = (slope(c + h) - slope(c - h)) / (2 * h)
    z = -c + 1j * np.sinh(np.arange(0, _REACH, _STEP)) / np.sqrt(curvature)
    gap = 1 - r * z[:, None] ** 2
    values = ((product * z[:, None] + energy * z[:, None] ** 2) / gap - np.log(gap) / 2).sum(axis=1)
    values = values - (dim - 2) / 2 * (np.log(1 - z) + np.log(1 + z)) - np.log(-z)
    terms = (np.exp(values - values[0].real) * np.cosh(np.arange(0, _REACH, _STEP))).real
    terms[0] /= 2
    return float(np.exp(values[0].real) * terms.sum() * _STEP / (np.pi * np.sqrt(curvature)))
