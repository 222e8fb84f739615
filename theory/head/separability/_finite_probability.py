r"""The probability that n samples can be separated, at every n and p: exactly, with and without signal."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from theory.head.features import Scales
from theory.head.separability._active_samples import active_sums
from theory.model import Interval
from theory.numerics import graded_integral, three_point_rule

__all__ = ["bounded_separable_probability", "separable_probability", "separable_without_signal"]

Floats = NDArray[np.float64]

_MOST_SAMPLES = 2000
_CELL = 0.6  # width of the cells of arsinh κ in which three nodes stand for the law, and in its standard deviations
_MANY = 30  # nodes that are worth the trouble
_SHARP, _FAIR, _FEW = 1e-11, 3e-8, 4  # tolerances where few nodes carry the law of κ, and where many do
_RARE = 1e-4  # probabilities below are worth a relative error
_LONGEST = 1.5  # ratio of the logarithms of the ends of panels


def separable_without_signal(n_samples: int, dim: int) -> float:
    r"""Probability that n symmetric directions in general position lie in one half-space of R^p (Wendel, Cover).

    .. math:: P = 2^{1-n} \sum_{k=0}^{p-1} \binom{n-1}{k}

    Exact for every law of the attention and the noise gain: lengths of samples do not matter.

    Parameters
    ----------
    n_samples
        n >= 1.
    dim
        p >= 1.

    Returns
    -------
    float
        Correctly rounded: the sum is taken in integers.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Reference
    ---------
    wendel1962problem, cover1965geometrical.

    Examples
    --------
    >>> separable_without_signal(12, 5)
    0.2744140625
    """
    n = int(Interval(1, integer=True).member("n_samples", n_samples))
    p = int(Interval(1, integer=True).member("dim", dim))
    term, total = 1, 0
    for k in range(min(p, n)):
        total += term
        term = term * (n - 1 - k) // (k + 1)
    return float(Fraction(total, 2 ** (n - 1)))


def separable_probability(scales: Scales, n_samples: int, dim: int) -> float:
    r"""Probability that a head with wᵀuᵢ > 0 for all i exists, uᵢ/cᵢ = (κᵢ + g, h), with signal, at finite n and p.

    With z = κ + g' and, for a slope s, the active samples those with x = g - s z > 0,

    .. math::

        P_p = P_{p_0} + 2\,(\pi_{p-1} + \pi_{p-3} + \dots) = 1 - 2\,(\pi_{p+1} + \pi_{p+3} + \dots), \qquad
        \pi_k = \binom nk \int ds\; P(x \le 0)^{n-k}\, \frac{k}{2\pi}\int d\omega\;
        E[e^{i\omega x z}; x > 0]^{k-1}\, E[z^2 e^{i\omega x z}; x > 0],

    π_k the probability that k samples are active at the minimiser s of Σ (gᵢ - s zᵢ)₊², k >= 2, and p₀ = 1 or 2 of the parity
    of p: all zᵢ of one sign, or all points (zᵢ, gᵢ) in a half-plane.

    Parameters
    ----------
    scales
        Law of (AW, σC).
    n_samples
        1 <= n <= 2000.
    dim
        p >= 1.

    Returns
    -------
    float
        See `bounded_separable_probability` for a bound on its numerical error.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-heads-kac-rice` of docs/head_convex.md: by the conic Crofton formula and the Kac–Rice formula.

    Reference
    ---------
    amelunxen2014living (Crofton formula).

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> print(f"{separable_probability(constant_scales(0.8), 12, 5):.6f}")
    0.692778
    """
    return bounded_separable_probability(scales, n_samples, dim)[0]


def bounded_separable_probability(scales: Scales, n_samples: int, dim: int) -> tuple[float, float]:
    r"""`separable_probability` with a bound on the numerical error, given the nodes of the law.

    The bound is what the rules leave, and what the sums miss of the identity that they satisfy on either side of p:
    :math:`P_{p_0} + 2 \sum_k \pi_k = 1` over all k of the other parity than p.

    >>> from theory.head import constant_scales
    >>> value, error = bounded_separable_probability(constant_scales(1e-9), 12, 4)
    >>> bool(abs(value - separable_without_signal(12, 4)) < error < 1e-8)
    True
    """
    n = int(Interval(1, _MOST_SAMPLES, integer=True).member("n_samples", n_samples))
    p = int(Interval(1, integer=True).member("dim", dim))
    if p >= n:
        return 1.0, 0.0
    if not np.any(scales.signal > 0):
        return separable_without_signal(n, p), 0.0
    law = _compact(scales)
    first, error = _one_sign(law, n) if p % 2 else _half_plane(law, n)
    if p <= 2:
        return first, error
    if 1.0 - first < _SHARP:
        return 1.0, 1.0 - first + error
    value, more = _with_noise(law, n, p, first, _SHARP if len(law.weights) <= _FEW else _FAIR)
    if value < _RARE:
        value, more = _with_noise(law, n, p, first, _SHARP * max(value, _RARE * _SHARP))
    return value, error + more


def _with_noise(law: Scales, n: int, p: int, first: float, tolerance: float) -> tuple[float, float]:
    r"""P_p from P_{p₀}, by the smaller of the two sums, and what the sums leave."""
    sums = active_sums(law, n, p, tolerance)
    missing = abs(first + 2.0 * (sums.lower + sums.upper) - 1.0)
    if sums.lower < sums.upper:
        value = first + 2.0 * sums.lower
        return value, 2.0 * sums.error + missing * value
    return 1.0 - 2.0 * sums.upper, 2.0 * sums.error + missing


def _compact(scales: Scales) -> Scales:
    r"""The law of κ alone, three nodes for every cell of arsinh κ with the moments 0 … 5 of the cell."""
    if len(scales.weights) <= _MANY:
        return scales
    place = np.arcsinh(scales.ratio)
    spread = math.sqrt(float(scales.weights @ (place - scales.weights @ place) ** 2))
    _, cell = np.unique(np.floor(place / max(_CELL * min(1.0, spread), 1e-12)), return_inverse=True)
    cell = cell.ravel()
    share = np.bincount(cell, scales.weights)
    mean = np.bincount(cell, scales.weights * place) / share
    offset = place - mean[cell]
    moments = np.stack([np.bincount(cell, scales.weights * offset**k) / share for k in (2, 3, 4, 5)])
    nodes, weights, valid = three_point_rule(moments)
    kept = ~valid[cell]
    kappa = np.concatenate([np.sinh(mean + nodes)[:, valid].ravel(), scales.ratio[kept]])
    weights = np.concatenate([(share * weights)[:, valid].ravel(), scales.weights[kept]])
    return Scales(np.maximum(kappa, 0.0), np.ones_like(kappa), weights)


def _one_sign(scales: Scales, n: int) -> tuple[float, float]:
    r"""P(all z of one sign) and its rounding."""
    minus = float(scales.weights @ np.exp(log_ndtr(-scales.ratio)))
    value = math.exp(n * math.log1p(-minus)) + minus**n
    return value, 4e-16 * n * value


def _half_plane(scales: Scales, n: int) -> tuple[float, float]:
    r"""P(all (z, g) in a half-plane): one of them, at the angle t, has the others on its left.

    .. math:: n \int f(t)\, \Prob\bigl(g\cos t > z \sin t\bigr)^{n-1}\, dt
    """
    log_choice = math.log(n)

    def integrand(angle: Floats) -> Floats:
        across, along = np.outer(np.sin(angle), scales.ratio), np.outer(np.cos(angle), scales.ratio)
        left = ndtr(-across) @ scales.weights
        beside = np.exp(-(across**2) / 2.0) / (2.0 * math.pi)
        centre = np.exp(-(scales.ratio**2) / 2.0) / (2.0 * math.pi)
        density = (centre + beside * math.sqrt(2 * math.pi) * along * ndtr(along)) @ scales.weights
        with np.errstate(divide="ignore"):
            powers = np.exp(log_choice + (n - 1) * np.log(left))
        values: Floats = (density * powers)[None, :]
        return values

    ends = _angles(scales)
    value, error = graded_integral(integrand, ends, np.array([1e-12]), 1e-15)
    return float(value[0]), float(error[0])


def _angles(scales: Scales) -> Floats:
    r"""Ends of panels of angles, graded towards 0, where the points of strong samples lie."""
    smallest = min(0.1, 0.02 / max(1.0, float(scales.ratio.max())))
    side = np.geomspace(smallest, math.pi / 2, math.ceil(math.log(2.0 / smallest) / _LONGEST) + 1)
    near = np.concatenate([-side[::-1], np.zeros(1), side])
    return np.concatenate([near[:-1], near + math.pi])
