r"""Expected errors however strong the signal: logarithmic scalars in which every integrand has one scale."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln, logsumexp

from theory.head.exact._polar_angle import log_polar_radial
from theory.numerics import LogFunction, log_integral, log_negative_product, log_trapezoid, window

__all__ = ["log_averaging_error", "log_interpolation_error", "log_least_squares_error"]

Floats = NDArray[np.float64]

_FAR = 45.0  # in logarithms: what lies beyond is e^-45 of the rest
_FAINT = 1e-280
_STEP = 0.1  # integrands are analytic within π/4 of the line: a relative error of e^-49, and e^-25 at twice the step
_ANGLE_STEP = 0.25  # and within π/2: e^-39
_ROUNDING = 5e-12
_HOPELESS = 4e6  # probabilities of e^-1000000 are 0, to any digit that a sum with others has


def log_averaging_error(mean: float, kappa: float, dim: int) -> float:
    r"""log P(X₁ᵀX₂ < 0), X₁ ~ N(μ e₁, I_p), X₂ ~ N(κ e₁, I_p): the contour through the saddle point.

    >>> round(math.exp(log_averaging_error(math.sqrt(30) * 1.2, 1.2, 10)), 10)
    0.1384796271
    """
    product, energy = mean * kappa, (mean**2 + kappa**2) / 2
    if product**2 > _HOPELESS * energy:
        return -product / 4 * (product / energy)
    return log_negative_product(product, energy, dim)


def log_interpolation_error(mean: float, kappa: float, n_samples: int, dim: int) -> tuple[float, float]:
    r"""log of the expected error of minimum-norm interpolation, n < p: averaging in a random subspace, q = p - n + 1 dimensions.

    .. math::

        \int \cos^q\varphi\,\sin^{n-1}\varphi\; P_q(\mu\cos\varphi, \kappa\cos\varphi)\, dx
        \Bigm/ \int \cos^q\varphi\,\sin^{n-1}\varphi\,dx, \qquad x = \log\cot\varphi

    The share of w* that a subspace keeps matters down to cos φ = 1/κ, which is an ordinary place on the scale of x.

    Returns
    -------
    tuple of float
        The logarithm, and a bound on its error.
    """
    free = dim - n_samples + 1
    if n_samples == 1:
        return log_averaging_error(mean, kappa, free), _ROUNDING

    def log_lift(x: Floats) -> Floats:
        result: Floats = -free / 2 * np.logaddexp(0.0, -2 * x) - (n_samples - 1) / 2 * np.logaddexp(0.0, 2 * x)
        return result

    def log_product(x: Floats) -> Floats:
        cosine = np.exp(-np.logaddexp(0.0, -2 * x) / 2)
        errors = [log_averaging_error(mean * c, kappa * c, free) for c in cosine.ravel()]
        result: Floats = log_lift(x) + np.reshape(errors, x.shape)
        return result

    step = min(_STEP, 0.4 * math.sqrt(dim / (2 * free * (n_samples - 1))))
    low, high = -_FAR - math.log1p(mean) - math.log(n_samples), _FAR + math.log(dim)
    total, norm = (_where_it_counts(log_f, low, high, step) for log_f in (log_product, log_lift))
    return total[0] - norm[0], _change(total, norm)


def log_least_squares_error(mean: float, kappa: float, freedom: int, dim: int) -> tuple[float, float]:
    r"""log P(t_k > √k cot∠(X₁, X₂)), X₁ ~ N(μ e₁, I_p), X₂ ~ N(κ e₁, I_p): least squares with k degrees of freedom.

    With ℓ = log r₁/r₂ the ratio of the lengths of the rotated vectors, of which one is centred, and φ the angle between them,

    .. math::

        \cot\angle(X_1, X_2) = \frac{2\mu\kappa\sinh\ell + (\mu^2 - \kappa^2)\cos\varphi}{(\mu^2+\kappa^2)\sin\varphi}.

    Returns
    -------
    tuple of float
        The logarithm, and a bound on its error.

    Notes
    -----
    Equation :eq:`eq-head-logarithmic` of docs/head.md.

    The integrand falls like e^{-kℓ} where the signal is strong: no scale is left out.

    Examples
    --------
    >>> round(math.exp(log_least_squares_error(math.sqrt(30) * 1.2, 1.2, 21, 10)[0]), 10)
    0.1839439882
    """
    length = math.hypot(mean, kappa)
    turn, lean = 2 * (mean / length) * (kappa / length), (mean - kappa) / length * ((mean + kappa) / length)
    narrow = math.sqrt(dim + freedom)  # bells have a standard deviation of about 1/√(p + k)
    step, angle_step = min(_STEP, 0.4 / narrow), min(_ANGLE_STEP, 0.6 / narrow)
    reach = math.acosh(math.exp(min((_FAR + 3 * freedom) / (dim - 1), 60.0)))
    x = angle_step * np.arange(-math.ceil(reach / angle_step) - 1.0, math.ceil(reach / angle_step) + 2.0)
    log_angle = -(dim - 1) * (np.logaddexp(x, -x) - math.log(2))

    def log_density(ratio: Floats) -> Floats:
        return _log_ratio_density(ratio, length, dim)

    def log_product(ratio: Floats) -> Floats:
        cotangent = turn * np.sinh(ratio)[..., None] * np.cosh(x) - lean * np.sinh(x)
        errors = logsumexp(log_angle + _log_tail(cotangent, freedom), axis=-1) - logsumexp(log_angle)
        result: Floats = log_density(ratio) + errors
        return result

    segments = _segments(math.asinh(lean / turn), _FAR + math.log1p(length))
    total, norm = (_sum(function, segments, step) for function in (log_product, log_density))
    return total[0] - norm[0], _change(total, norm)


@dataclass(frozen=True)
class _Segment:
    r"""A piece of the line of ℓ: ℓ(v) and log |dℓ/dv| for v between two ends, and the largest dℓ/dv."""

    place: LogFunction
    log_slope: LogFunction
    far: float
    steepest: float


def _segments(corner: float, far: float) -> list[_Segment]:
    r"""Three pieces that end at ℓ = ±corner, where X₁ and X₂ may vanish and the integrand is not smooth.

    Next to these points v is the logarithm of the distance from there, and far away the distance itself.
    """

    def outer(side: float) -> _Segment:
        return _Segment(lambda v: side * (corner + np.logaddexp(0.0, v)), lambda v: -np.logaddexp(0.0, -v), far, 1.0)

    def log_slope(v: Floats) -> Floats:
        result: Floats = math.log(2 * corner) - np.logaddexp(0.0, -v) - np.logaddexp(0.0, v)
        return result

    return [outer(-1.0), _Segment(lambda v: corner * np.tanh(v / 2), log_slope, _FAR, max(1.0, corner / 2)), outer(1.0)]


def _sum(log_f: LogFunction, segments: list[_Segment], step: float) -> tuple[float, float]:
    r"""log ∫ f dℓ at a step and at twice the step, each segment where it counts."""
    parts = []
    for segment in segments:

        def log_part(v: Floats, segment: _Segment = segment) -> Floats:
            result: Floats = log_f(segment.place(v)) + segment.log_slope(v)
            return result

        parts.append(_where_it_counts(log_part, -_FAR, segment.far, step / segment.steepest))
    fine, coarse = zip(*parts, strict=True)
    return float(logsumexp(fine)), float(logsumexp(coarse))


def _where_it_counts(log_f: LogFunction, low: float, high: float, step: float) -> tuple[float, float]:
    first, last = window(log_f, low, high, _FAR)
    return log_trapezoid(log_f, float(first), float(last), step)


def _change(total: tuple[float, float], norm: tuple[float, float]) -> float:
    r"""A bound on the error at the finer step: twice the step squares it, or more, and not even that is assumed."""
    change = abs(total[0] - total[1]) + abs(norm[0] - norm[1])
    return float(min(change, change**1.5)) + _ROUNDING


def _log_ratio_density(ratio: Floats, length: float, dim: int) -> Floats:
    r"""log density, up to a constant, of ℓ = log|Y₁|/|Y₂|, Y₁ ~ N(R e₁, I_p), Y₂ ~ N(0, I_p): their joint polar coordinates."""
    log_sine, log_cosine = -np.logaddexp(0.0, -2 * ratio) / 2, -np.logaddexp(0.0, 2 * ratio) / 2
    sine, cosine = np.exp(log_sine)[..., None], np.exp(log_cosine)[..., None]

    def log_product(polar: Floats) -> Floats:
        across = length**2 * (cosine**2 + (sine * np.sin(polar)) ** 2) / 2
        result: Floats = (dim - 2) * np.log(np.sin(polar)) - across + log_polar_radial(length * sine * np.cos(polar), 2 * dim)
        return result

    result: Floats = dim * (log_sine + log_cosine) + log_integral(log_product, 0 * ratio, 0 * ratio + np.pi)
    return result


def _log_tail(cotangent: Floats, freedom: int) -> Floats:
    r"""log P(t_k > √k c) at the cotangent c."""
    square = 1.0 / (1.0 + cotangent**2)
    half = 0.5 * betainc(freedom / 2, 0.5, square)
    leading = freedom / 2 * np.log(square) - math.log(freedom) - float(betaln(freedom / 2, 0.5))
    with np.errstate(divide="ignore"):
        inside = np.where(half > _FAINT, np.log(half), leading)
    result: Floats = np.where(cotangent >= 0, inside, np.log1p(-half))
    return result
