r"""The probability that a random number is negative, from its moment generating function, through a saddle point."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["negative_probability"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_STEP, _DEAD, _TURN = 0.04, 38.0, 0.7
r"""Step in u, at twice which results are the same to rounding (measured); the path ends where the integrand is e^-38 = 3e-17 of
its value at the saddle; slope of its asymptotes."""
_PLACES = np.linspace(-18.0, 18.0, 145)
_COARSE = np.arange(0.0, 60.0)  # first look at u: z reaches e^60


def negative_probability(log_moments: Callable[[Complex], Complex], low: float, high: float, mean: float, offset: float) -> float:
    r"""P(f < 0) for a constant plus a sum of products of Gaussian numbers: singularities only on the real line.

    .. math::

        P(f < 0) = -\frac{1}{2\pi i}\int_{c - i\infty}^{c + i\infty} \frac{e^{K(z)}}{z}\, dz \quad (low < c < 0), \qquad
        K(z) = \log E\, e^{zf}

    and one minus the same integral with the other sign for 0 < c < high. The side is that of the smaller tail, c the saddle
    point of the integrand. The path is a hyperbola through c that turns to where the constant makes e^{zf} small; in its
    parameter u, z' ∝ i cosh u ± 0.7 sinh u, the trapezoidal rule converges exponentially.

    Parameters
    ----------
    log_moments
        K, for arrays of complex numbers with real part between low and high.
    low, high
        Ends, low < 0 < high, of the interval on which K is finite.
    mean, offset
        E f, and the constant in f.

    Returns
    -------
    float

    Notes
    -----
    Equation :eq:`eq-expressivity-inversion` of docs/expressivity.md.

    Examples
    --------
    A normal number of mean 1:

    >>> round(negative_probability(lambda z: z + z * z / 2, -30.0, 30.0, 1.0, 0.0), 12)
    0.158655253931
    """
    if mean < 0:
        return 1 - negative_probability(lambda z: log_moments(-z), -high, -low, -mean, -offset)

    places: Real = low / (1 + np.exp(-_PLACES))
    c = float(places[np.argmin(log_moments(places.astype(np.complex128)).real - np.log(-places))])
    scale = min(-c, c - low)
    bend = -_TURN * math.copysign(1.0, offset) if offset else 0.0

    def path(u: Real) -> tuple[Complex, Complex, Real]:
        z = c + scale * (1j * np.sinh(u) + bend * (np.cosh(u) - 1))
        exponent = log_moments(z) - np.log(-z)
        return exponent, 1j * np.cosh(u) + bend * np.sinh(u), exponent.real + np.log(np.cosh(u))

    _, _, size = path(_COARSE)
    last = _COARSE[np.flatnonzero(size > size[0] - _DEAD).max()] + 1.0
    exponent, slope, _ = path(np.arange(0.0, last, _STEP))
    top = exponent[0].real
    terms = (np.exp(exponent - top) * slope).imag
    terms[0] /= 2
    return float(np.exp(top) * terms.sum() * _STEP * scale / math.pi)
