r"""Where a prompt stops helping: freezing of the noise, and the lines at which the best prompt runs to infinity."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from theory.context._attention import population_error
from theory.context.lognormal import ScoreTransform, scale_integrals, scale_range
from theory.context.moments import AttentionLaw
from theory.model import ContextualModel, ParameterError, Prompt
from theory.numerics import bounded_minimum, bracketed_root

__all__ = [
    "ENDLESS_SIGNAL",
    "expected_maximum",
    "freezing_ratio",
    "largest_token_share",
    "trusted_context",
    "typical_optimum",
    "typical_signal",
]

Real = NDArray[np.float64]

_STEP, _NODES = 0.02, 650  # scores up to ±13, beyond which no maximum lies
_LARGEST = 700.0  # exponent below which e^x is no overflow
_DAMPED = 600.0  # nats by which e^{−v} outweighs E e^{−vV}: the difference is the first alone
_TOLERANCE = 1e-7  # of the typical optimum, in s
_LEAST = 0.1  # strength s from which the bracket of the typical optimum grows
_RATIOS = (0.1, 8.0, 0.1)  # Q/σ at which trust is tried: first, end, step

ENDLESS_SIGNAL = math.exp(-0.5 * (np.euler_gamma + math.log(2.0)))
r"""`e^{E log|Z|} = 0.5299`: for `mW/σ` above it the error falls below its τ = ∞ value at a finite τ."""


def freezing_ratio(n_irrelevant: int) -> float:
    r"""`√(2 log m')`: the sum `Σ e^{2στ g_t}` freezes where 2στ exceeds it, and its largest term takes over.

    >>> round(freezing_ratio(60), 4)
    2.8616
    """
    if n_irrelevant < 1:
        raise ParameterError("n_irrelevant", "at least 1", n_irrelevant)
    return math.sqrt(2.0 * math.log(n_irrelevant))


def expected_maximum(n_irrelevant: int) -> float:
    r"""`E max(g_1, …, g_m')`: for Q/σ above it the typical signal-to-noise ratio grows with τ for ever.

    .. math:: E \max g = \int_0^\infty (1 - \Phi(x)^{m'})\, dx - \int_{-\infty}^0 \Phi(x)^{m'}\, dx .

    Parameters
    ----------
    n_irrelevant
        m' ≥ 1.

    Returns
    -------
    float
        Relative accuracy 1e-12 for m' > 1.

    Notes
    -----
    Equation :eq:`eq-context-maximum` of docs/context.md.

    Examples
    --------
    >>> round(expected_maximum(2) * math.sqrt(math.pi), 12)
    1.0
    """
    if n_irrelevant < 1:
        raise ParameterError("n_irrelevant", "at least 1", n_irrelevant)
    h = _STEP
    x = h * (np.arange(-_NODES, _NODES) + 0.5)  # a step function added to an analytic one: midpoints around its jump
    log_below = n_irrelevant * log_ndtr(x)
    share = np.where(x > 0.0, -np.expm1(log_below), -np.exp(log_below))
    return float(h * share.sum())


def typical_signal(law: AttentionLaw) -> float:
    r"""`E log(A/C)`, the logarithm of the typical signal-to-noise ratio of one sample in units of W/σ.

    .. math:: E \log\frac AC = \log a - \tfrac12 E \log \sum_t X_t^2, \qquad
              E \log V = \int_0^\infty \bigl(e^{-v} - E e^{-vV}\bigr) \frac{dv}{v} .

    It is concave in τ, because log Σ e^{2στ g} is convex; its slope tends to `Q − σ E max g`.

    Notes
    -----
    Equation :eq:`eq-context-typical` of docs/context.md.

    Examples
    --------
    >>> abs(typical_signal(AttentionLaw(3, 12, 0.0, 0.0)) - math.log(3 / math.sqrt(12))) < 1e-10
    True
    """
    if law.n_irrelevant < 1:
        raise ParameterError("n_irrelevant", "at least 1", law.n_irrelevant)
    transform = ScoreTransform(law.score_std, (0.0 + 0.0j,), 1.0, orders=0)
    shift = 0.5 * math.log(law.n_irrelevant)

    def integrand(log_scale: Real) -> Real:
        token = transform(log_scale)
        log_all = law.n_irrelevant * token.log_mean[:, 0].real
        reference = -np.exp(np.minimum(2.0 * (log_scale + shift), _LARGEST))
        gap = np.expm1(np.minimum(reference - log_all, _LARGEST)) * np.exp(log_all)
        return 2.0 * np.where(reference - log_all > _DAMPED, np.exp(reference), gap)[:, None]

    low, _ = scale_range(shift, law.n_irrelevant, law.score_std)
    high = 10.0 * law.score_std + 4.0 - shift + 8.0  # no X is below e^{−10 s}: there e^{−λ²ΣX²} has vanished
    values, _ = scale_integrals(integrand, (low, high), 0.5)
    return law.log_a - shift - 0.5 * float(values[0])


def typical_optimum(model: ContextualModel) -> float:
    r"""The τ that maximises `E log(A/C)`: infinite if and only if `Q/σ ≥ E max(g_1, …, g_m')`.

    Parameters
    ----------
    model
        Core data, ρ = 0, σ > 0, m' ≥ 1.

    Returns
    -------
    float
        Possibly inf.

    Notes
    -----
    Equations :eq:`eq-context-typical` and :eq:`eq-context-maximum` of docs/context.md. As T → ∞ it tends to Q/(2σ²).

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10**6, n_relevant=10**5, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> round(typical_optimum(model), 3)
    1.0
    """
    ratio, sigma = model.context_norm / model.noise_std, model.noise_std
    if ratio >= expected_maximum(model.n_irrelevant):
        return math.inf

    def loss(s: float) -> float:
        return -typical_signal(AttentionLaw(model.n_relevant, model.n_irrelevant, s * ratio, s))

    top = max(ratio, _LEAST)
    while loss(2.0 * top) < loss(top):
        top *= 2.0
    found = bounded_minimum(loss, 0.0, 2.0 * top, xatol=_TOLERANCE)
    return float(found.x) / sigma


def largest_token_share(law: AttentionLaw) -> float:
    r"""`E Σ X_t⁴ / (Σ X_t²)²`: how much of the noise gain one token carries; 1/m' when all are alike, 1 when one rules.

    .. math:: m' \int_0^\infty v\, E[X^4 e^{-vX^2}]\, (E e^{-vX^2})^{m'-1} \, dv
              \;\xrightarrow{m' \to \infty}\; \max\Bigl(0,\, 1 - \frac{\sqrt{2 \log m'}}{2\sigma\tau}\Bigr).

    Notes
    -----
    Equation :eq:`eq-context-share` of docs/context.md.

    Examples
    --------
    >>> round(largest_token_share(AttentionLaw(3, 12, 0.0, 0.0)) * 12, 10)
    1.0
    """
    m = law.n_irrelevant
    transform = ScoreTransform(law.score_std, (0.0 + 0.0j,), 1.0, orders=4)

    def integrand(log_scale: Real) -> Real:
        token = transform(log_scale)
        share: Real = 2.0 * m * token.powers[3, :, 0].real * np.exp((m - 1.0) * token.log_mean[:, 0].real)
        return share[:, None]

    low, _ = scale_range(0.5 * math.log(m), m, law.score_std)
    values, _ = scale_integrals(integrand, (low, 10.0 * law.score_std + 12.0))  # the upper end as in `typical_signal`
    return float(values[0])


def trusted_context(n_tokens: int, relevant_fraction: float, *, error: float = 0.1, tolerance: float = 0.1) -> float:
    r"""The largest Q/σ at which the large-context formula is within `tolerance` of the truth at its own best prompt.

    The signal W is such that the formula promises `error` at `τ = Q/(2σ²)`; n = ∞.

    Parameters
    ----------
    n_tokens, relevant_fraction
        T and ζ.
    error
        The promised error, in (0, 1/2).
    tolerance
        Relative deviation that still counts as trusted.

    Returns
    -------
    float

    Examples
    --------
    >>> 0.5 < trusted_context(100, 0.1) < trusted_context(10_000, 0.1) < 4.0
    True
    """
    m = max(1, round(relevant_fraction * n_tokens))
    snr = -float(ndtri(error))

    def deviation(ratio: float) -> float:
        tau = 0.5 * ratio
        signal = snr * math.sqrt(n_tokens - m) / m * math.exp(tau * tau - tau * ratio)
        model = ContextualModel(n_tokens=n_tokens, n_relevant=m, dim=2, signal_norm=signal, context_norm=ratio)
        return abs(population_error(model, Prompt(tau)).value / error - 1.0) - tolerance

    first, end, step = _RATIOS
    grid = np.arange(first, end, step)
    above = next((x for x in grid if deviation(float(x)) > 0.0), None)
    if above is None:
        return math.inf
    return bracketed_root(deviation, float(above) - step, float(above), xtol=1e-6) if above > first else 0.0
