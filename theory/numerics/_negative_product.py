r"""The probability that two independent Gaussian vectors have a negative inner product: a doubly noncentral F at 1."""

import math

import numpy as np
from numpy.typing import NDArray

from theory.numerics._scalar_problems import bracketed_root

__all__ = ["log_negative_product", "negative_product"]

_STEP, _REACH = 0.02, 42.0
r"""Of the parameter u of the path. The rule converges exponentially: at five times this step results are the same to rounding
(measured). At its end sinh u is about e^41: the integrand has vanished long before."""
_END = 1e-12  # as near to the ends of (0, 1) as the saddle is sought


def negative_product(product: float, energy: float, dim: int) -> float:
    r"""P(X₁ᵀX₂ < 0) for independent X₁ ~ N(μ₁, I_p), X₂ ~ N(μ₂, I_p) with means at any angle.

    .. math::

        P = P\bigl(\chi'^2_p(\tfrac12|\mu_1+\mu_2|^2) < \chi'^2_p(\tfrac12|\mu_1-\mu_2|^2)\bigr)
          = -\frac{1}{2\pi i} \int_{-c-i\infty}^{-c+i\infty} \frac{dz}{z} (1-z^2)^{-p/2}
            \exp\Bigl(\frac{z\,\mu_1^\top\mu_2 + z^2 (|\mu_1|^2+|\mu_2|^2)/2}{1-z^2}\Bigr),

    by the trapezoidal rule through the saddle point -c in (-1, 0).

    Parameters
    ----------
    product
        μ₁ᵀμ₂.
    energy
        (|μ₁|² + |μ₂|²)/2 >= |product|.
    dim
        p >= 1.

    Returns
    -------
    float
        Accurate to about 1e-13, relative for product >= 0.

    Notes
    -----
    Equation :eq:`eq-trajectory-contour` of docs/trajectory.md; :eq:`eq-head-mgf` of docs/head.md is a case of the integrand.

    Examples
    --------
    >>> round(negative_product(0.0, 2.0, 7), 12)
    0.5
    >>> round(negative_product(3.0, 4.0, 5) + negative_product(-3.0, 4.0, 5), 12)
    1.0
    """
    if product < 0:
        return 1 - negative_product(-product, energy, dim)
    return math.exp(log_negative_product(product, energy, dim))


def log_negative_product(product: float, energy: float, dim: int) -> float:
    r"""Logarithm of `negative_product` for μ₁ᵀμ₂ >= 0: relative accuracy however small the probability.

    Examples
    --------
    >>> round(log_negative_product(0.0, 2.0, 7) + math.log(2), 12)
    0.0
    """

    def slope(c: float) -> float:
        gap = (1 - c) * (1 + c)
        return dim * c / gap + (2 * energy * c - product * (1 + c * c)) / gap**2 - 1 / c

    c = bracketed_root(slope, 1e-200, 1 - 1e-12, xtol=1e-18)
    gap = (1 - c) * (1 + c)
    curvature = dim * (1 + c * c) / gap**2 + (2 * energy * (1 + 3 * c * c) - 2 * product * c * (3 + c * c)) / gap**3 + 1 / c**2
    u = np.arange(0, _REACH, _STEP)
    values = _exponent(-c + 1j * np.sinh(u) / np.sqrt(curvature), product, energy, dim)
    at_saddle = values[0].real
    terms = (np.exp(values - at_saddle) * np.cosh(u)).real
    terms[0] /= 2
    return float(at_saddle + np.log(terms.sum() * _STEP / (np.pi * np.sqrt(curvature))))


def _exponent(z: NDArray[np.complex128], product: float, energy: float, dim: int) -> NDArray[np.complex128]:
    square = z * z
    result: NDArray[np.complex128] = (
        -dim / 2 * (np.log(1 - z) + np.log(1 + z)) + (product * z + energy * square) / (1 - square) - np.log(-z)
    )
    return result
