r"""The probability that n samples can be separated, at every n and p: exactly, with and without signal."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr, ndtr, wofz

from theory.head.features import Scales
from theory.head.separability._threshold import separability_threshold
from theory.model import Interval
from theory.numerics import gauss_legendre

__all__ = ["separable_probability", "separable_without_signal"]

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

_SLOPES = 72  # Gauss–Legendre nodes in s; twice as many change nothing above 1e-14 up to n = 400, 48 the eighth digit there
_DEVIATIONS = 14.0  # half of the window in s; 9 suffice at n from 12 to 400
_SADDLES = np.tanh(np.linspace(-4.0, 4.0, 81))  # where the saddle point is looked for, on the interval of convergence
_STEP = 0.06  # of the trapezoidal rule in u
_MOST_SAMPLES = 2000  # the largest n that is taken; twice as many slopes change 1e-13 there
_VANISHED = 60.0  # nats below 1 (a density) or below its peak (a power of the transform) that no longer count
_FAINT = 50.0  # nats below the most likely count of active samples: others are left out
_DIFFERENCE = 1e-3  # step in ω of the second difference that estimates E[x²z²; x > 0], for the window alone


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

    Notes
    -----
    Equation :eq:`eq-heads-wendel` of docs/head_convex.md.

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

        P = P(\text{all } z_i \text{ of one sign}) + 2\,(\pi_{p-1} + \pi_{p-3} + \dots), \qquad
        \pi_k = \binom nk \int ds\; P(x \le 0)^{n-k}\, \frac{k}{2\pi}\int d\omega\;
        E[e^{i\omega x z}; x > 0]^{k-1}\, E[z^2 e^{i\omega x z}; x > 0],

    π_k the probability that k samples are active at the minimiser s of Σ (gᵢ - s zᵢ)₊², and the last term for even p the
    probability that none is.

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
        Absolute numerical error below 1e-11.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equations :eq:`eq-heads-probability` and :eq:`eq-heads-kac-rice` of docs/head_convex.md, by the conic Crofton formula
    :eq:`eq-heads-crofton` and the Kac–Rice formula. For even p the complement is summed, as there.

    Reference
    ---------
    amelunxen2014living (Crofton formula).

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> print(f"{separable_probability(constant_scales(0.8), 12, 5):.6f}")
    0.692778
    """
    n = int(Interval(1, _MOST_SAMPLES, integer=True).member("n_samples", n_samples))
    p = int(Interval(1, integer=True).member("dim", dim))
    if p >= n:
        return 1.0
    if not np.any(scales.signal > 0):
        return separable_without_signal(n, p)
    scales = _merged(scales)
    one_sign = _one_sign(scales, n)
    if p == 1:
        return one_sign
    if p % 2:
        return min(1.0, one_sign + 2.0 * _active(scales, n, range(2, p, 2)))
    # the even ones sum to half of P(both signs), and the one that needs no sample is among them
    return max(0.0, 1.0 - 2.0 * _active(scales, n, range(p + 1, n + 1, 2)))


def _merged(scales: Scales) -> Scales:
    r"""The law of κ alone: nodes of equal κ become one."""
    kappa, index = np.unique(scales.ratio.round(12), return_inverse=True)  # nodes that differ by rounding alone
    weights = np.bincount(index.ravel(), scales.weights).astype(np.float64)
    return Scales(kappa, np.ones_like(kappa), weights)


def _one_sign(scales: Scales, n: int) -> float:
    log_plus = math.log(float(scales.weights @ ndtr(scales.ratio)))
    minus = float(scales.weights @ np.exp(log_ndtr(-scales.ratio)))
    return math.exp(n * log_plus) + minus**n


def _active(scales: Scales, n: int, counts: range) -> float:
    r"""Σ π_k over the counts k >= 2."""
    if len(counts) == 0:
        return 0.0
    low, high = _window(scales, n)
    nodes, weights = gauss_legendre(_SLOPES)
    angle = low + (high - low) * nodes  # s = tan(angle)
    total = 0.0
    for s, weight in zip(np.tan(angle), weights * (high - low) / np.cos(angle) ** 2, strict=True):
        total += float(weight) * _density(scales, n, counts, float(s))
    return total


def _window(scales: Scales, n: int) -> tuple[float, float]:
    r"""Ends of the angles arctan s that matter: 14 asymptotic standard deviations around the limit of the minimiser."""
    _, s = separability_threshold(scales)
    tiny = np.array([_DIFFERENCE])
    wave, force = _transforms(scales, s, np.append(0.0, tiny))
    energy = 2.0 * float((wave[0] - wave[1]).real) / float(tiny[0]) ** 2  # E[x²z²; x > 0]
    deviation = math.sqrt(energy / n) / float(force[0].real) / (1.0 + s * s)
    half = math.pi / 2
    return max(-half, math.atan(s) - _DEVIATIONS * deviation), min(half, math.atan(s) + _DEVIATIONS * deviation)


def _density(scales: Scales, n: int, counts: range, s: float) -> float:
    r"""The density of the minimiser at s, with a number of active samples in `counts`."""
    root = math.hypot(1.0, s)
    log_idle = float(np.logaddexp.reduce(np.log(scales.weights) + log_ndtr(s * scales.ratio / root)))
    # the line of integration passes through the saddle point ω = iη, where nothing cancels
    shifts = np.asarray(1j * (root * _SADDLES - s), dtype=np.complex128)
    with np.errstate(over="ignore", invalid="ignore"):  # towards the ends of the interval the transform exceeds 1e308
        along = _transforms(scales, s, shifts)[0].real
    along = np.where(along > 0.0, along, np.inf)
    saddle, log_peak = shifts[int(np.argmin(along))], math.log(float(along.min()))
    k = np.arange(counts.start, counts.stop, counts.step, dtype=float)
    log_choice = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + np.log(k) + (n - k) * log_idle
    size = log_choice + (k - 1) * log_peak
    if size.max() < -_VANISHED:
        return 0.0
    kept = size > size.max() - _FAINT
    k, log_choice = k[kept], log_choice[kept]
    # ω = iη + sinh(u)/√k: even steps where the k-th power of a Gaussian lives, and exponential ones for its algebraic tail
    scale = 1.0 / (root * math.sqrt(float(k[-1])))  # x z is of size √(1+s²)
    # the (k-1)-st power of a tail 1/ω is below 1e-16 from there on
    u = np.arange(0.0, math.asinh(min(1e15, 10.0 ** (3.0 + 16.0 / (k[0] - 1)))), _STEP)
    spacing = _STEP * scale * np.cosh(u)
    spacing[0] /= 2.0
    wave, force = _transforms(scales, s, saddle + scale * np.sinh(u))
    log_wave = np.log(wave)
    alive = (k[0] - 1) * (log_wave.real - log_peak) > -_VANISHED
    powers = np.exp(log_choice[:, None] + (k[:, None] - 1) * log_wave[alive])
    return float((powers.sum(axis=0) * force[alive] * spacing[alive]).real.sum()) / math.pi


def _transforms(scales: Scales, s: float, omega: Floats | Complex) -> tuple[Complex, Complex]:
    r"""E[e^{iωxz}; x > 0] and E[z² e^{iωxz}; x > 0] at every ω.

    Given x, z ~ N((κ - s x)/(1+s²), 1/(1+s²)): half-line moments of a complex Gaussian e^{-ax²/2 - bx}.
    """
    q = 1.0 + s * s
    kappa = scales.ratio[:, None]
    a = (1.0 + 2j * omega * s + omega**2) / q
    b = kappa * (s - 1j * omega) / q
    scale = scales.weights[:, None] * np.exp(-((s * kappa) ** 2) / (2 * q)) / math.sqrt(2 * math.pi * q)
    root = np.sqrt(a)
    m0 = np.sqrt(np.pi / 2) / root * wofz(1j * b / (math.sqrt(2.0) * root))
    m1 = (1.0 - b * m0) / a
    m2 = (m0 - b * m1) / a
    # z² averaged over its complex-shifted Gaussian: mean (κ + (iω - s) x)/q, variance 1/q
    shift = 1j * omega - s
    second = (kappa**2 / q**2 + 1.0 / q) * m0 + 2.0 * kappa * shift / q**2 * m1 + (shift / q) ** 2 * m2
    return (scale * m0).sum(axis=0), (scale * second).sum(axis=0)
