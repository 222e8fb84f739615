r"""The law of the angle between a Gaussian vector N(μ e₁, I_p) and the axis e₁."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from theory.numerics import Rule, gauss_legendre, probability_rule

__all__ = ["log_cos", "log_polar_density", "log_polar_radial", "log_sin", "polar_rule"]

Floats = NDArray[np.float64]

_NATS = 46.0  # the radial integrand is followed down to e^-46 of its peak
_ORDER = 48  # nodes on the window of the radial integral, exact to 1e-14 at p = 40 and 1e-10 at p = 2000


def log_polar_density(angle: Floats, mean: Floats | float, dim: int) -> Floats:
    r"""Logarithm of the density of the polar angle ψ, up to a constant that depends on μ and p only.

    .. math::

        f(\psi) \propto \sin^{p-2}\psi\; e^{-\mu^2 \sin^2\psi/2} \int_0^\infty r^{p-1} e^{-(r-\mu\cos\psi)^2/2}\,dr

    Parameters
    ----------
    angle
        ψ in (0, π), any shape.
    mean
        μ >= 0, broadcast against `angle`.
    dim
        p >= 2.

    Returns
    -------
    ndarray
        Same shape as `angle`.

    Notes
    -----
    Equation :eq:`eq-head-polar` of docs/head.md (polar coordinates in R^p).
    """
    sine = np.sin(angle)
    result: Floats = (dim - 2) * log_sin(angle) - (mean * sine) ** 2 / 2 + log_polar_radial(mean * np.cos(angle), dim)
    return result


def log_cos(angle: Floats) -> Floats:
    r"""log cos x on [-π/2, π/2], to a relative accuracy of one rounding next to 0, too, where many powers of it are taken."""
    sine = np.sin(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.where(np.abs(sine) < 0.7, np.log1p(-sine * sine) / 2, np.log(np.cos(angle)))
    return result


def log_sin(angle: Floats) -> Floats:
    r"""log sin x on [0, π], as `log_cos`, next to π/2."""
    cosine = np.cos(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.where(np.abs(cosine) < 0.7, np.log1p(-cosine * cosine) / 2, np.log(np.sin(angle)))
    return result


def polar_rule(mean: float, dim: int, order: int) -> Rule:
    r"""A rule for expectations over the polar angle ψ; weights sum to 1.

    >>> nodes, weights = polar_rule(0.0, 3, 40)   # uniform on the sphere: E cos²ψ = 1/3
    >>> round(float(weights @ np.cos(nodes) ** 2), 12)
    0.333333333333
    """
    return probability_rule(lambda angle: log_polar_density(angle, mean, dim), 0.0, np.pi, order)


def log_polar_radial(centre: Floats, dim: int) -> Floats:
    r"""log ∫₀^∞ r^{p-1} e^{-(r-x)²/2} dr. The integrand is log-concave, so its window is known in closed form."""
    power = dim - 1
    root = np.sqrt(centre**2 + 4 * power)
    peak = np.where(centre > 0, (centre + root) / 2, 2 * power / (root - np.minimum(centre, 0)))
    relative = np.sqrt(2 * _NATS / power)
    right = np.minimum(np.sqrt(2 * _NATS), peak * (_NATS / power + relative))
    left = np.minimum(np.sqrt(2 * _NATS), peak * min(1.0, relative))
    nodes, weights = gauss_legendre(_ORDER)
    radius = (peak - left)[..., None] + (left + right)[..., None] * nodes
    # relative to the peak, so that large p and x cost no digits: (p-1)[log(1+δ/r*) - δ/r*] - δ²/2
    offset = radius - peak[..., None]
    ratio = offset / peak[..., None]
    exponent = power * (np.log1p(ratio) - ratio) - offset**2 / 2
    at_peak = power * np.log(peak) - (peak - centre) ** 2 / 2
    total: Floats = logsumexp(exponent + np.log(weights), axis=-1) + np.log(left + right) + at_peak
    return total
