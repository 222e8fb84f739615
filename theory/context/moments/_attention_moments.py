r"""Joint moments of the attention A and the noise gain C² at finite T, and their inverse moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.context.lognormal import ScoreTransform, TokenMoments, scale_integrals, scale_range
from theory.context.moments._mass_variance import centred_mass_variance

__all__ = ["AttentionMoments", "attention_moments", "inverse_gain_moments", "inverse_gain_parts"]

Real = NDArray[np.float64]

_RANGE = 700.0  # |log| of what a double can hold
_CAP = 694.0  # of exponents, so that sums of capped terms stay finite
_RESOLVED = 2.5  # s up to which centred tokens are resolved pointwise
_HUGE = 1e300  # a moment above it is refused


@dataclass(frozen=True)
class AttentionMoments:
    r"""First and second moments of (A, C²).

    Parameters
    ----------
    mass
        `E A`.
    mass_squared
        `E A²`.
    noise_mass
        `E[1 − A]`, the attention on irrelevant tokens, not by subtraction.
    mass_variance
        `Var A`, from centred tokens where it is small against the mean.
    gain
        `E C²`.
    gain_squared
        `E C⁴`.
    mass_gain
        `E[A C²]`.
    mass_squared_gain
        `E[A² C²]`.
    cubes
        `E Σ (X_t/S)³`.
    rel_error
        Estimated relative error of the moments (not of `mass_variance`, a difference).
    """

    mass: float
    mass_squared: float
    noise_mass: float
    mass_variance: float
    gain: float
    gain_squared: float
    mass_gain: float
    mass_squared_gain: float
    cubes: float
    rel_error: float


def attention_moments(log_a: float, n_irrelevant: int, score_std: float, *, step: float = 1.0) -> AttentionMoments:
    r"""Joint moments of A and C² by Laplace transforms of the lognormal.

    .. math:: E\frac{P}{S^k} = \frac{1}{\Gamma(k)} \int_0^\infty \lambda^{k-1} e^{-\lambda a}
              E[P\, e^{-\lambda \sum_t X_t}] \, d\lambda

    for P a product of a and of power sums of `X_t = e^{s g_t}`; the last expectation is a polynomial in
    `E[X^i e^{−λX}]` times a power of `E e^{−λX}`.

    Parameters
    ----------
    log_a
        log m + τQ.
    n_irrelevant
        m' ≥ 1.
    score_std
        s = στ ≥ 0.

    Returns
    -------
    AttentionMoments

    Notes
    -----
    Equation :eq:`eq-context-moments` of docs/context.md.

    Examples
    --------
    >>> moments = attention_moments(np.log(8) + 1.1 * 1.3, 32, 0.7 * 1.1)
    >>> print(f"{moments.mass:.6f} {moments.gain:.7f}")
    0.440554 0.0170173
    """
    transform = ScoreTransform(score_std, (1.0 + 0.0j,), 0.0, orders=4, step=step)
    m = float(n_irrelevant)

    def integrand(log_scale: Real) -> Real:
        token = transform(log_scale)
        log_alpha = log_scale + log_a
        alpha = np.exp(np.minimum(log_alpha, _RANGE))
        base, base_1, base_2 = (_damped(token, max(m - r, 0.0), alpha) for r in range(3))
        p1, p2, p3, p4 = token.powers[:, :, 0].real
        s1 = m * p1 * base_1
        s2 = m * p2 * base_1
        s1_s1 = s2 + m * (m - 1.0) * p1 * p1 * base_2
        s2_s2 = m * p4 * base_1 + m * (m - 1.0) * p2 * p2 * base_2
        return np.stack(
            [
                *(alpha * base, alpha**2 * base, s1, s1_s1, s2),
                *(s2_s2 / 6.0, alpha * s2 / 2.0, alpha**2 * s2 / 6.0, m * p3 * base_1 / 2.0),
            ],
            axis=1,
        )

    values, errors = scale_integrals(integrand, scale_range(log_a, n_irrelevant, score_std), step)
    mass, mass_squared, noise_mass, noise_squared, gain, gain_squared, mass_gain, mass_squared_gain, cubes = map(float, values)
    variance = noise_squared - noise_mass**2 if noise_mass < 0.5 else mass_squared - mass**2
    if score_std <= _RESOLVED and min(mass, noise_mass) ** 2 > 10.0 * variance:  # a digit would be lost
        variance = centred_mass_variance(log_a, n_irrelevant, score_std) if score_std > 0.0 else 0.0
    return AttentionMoments(
        mass=mass,
        mass_squared=mass_squared,
        noise_mass=noise_mass,
        mass_variance=max(variance, 0.0),
        gain=gain,
        gain_squared=gain_squared,
        mass_gain=mass_gain,
        mass_squared_gain=mass_squared_gain,
        cubes=cubes,
        rel_error=float(np.max(errors[values > 0.0] / values[values > 0.0])),
    )


def inverse_gain_moments(log_a: float, n_irrelevant: int, score_std: float, *, step: float = 1.0) -> tuple[float, float, float]:
    r"""Inverse moments of the noise gain, `E[A^j / C²]`, j = 0, 1, 2.

    .. math:: E\frac{A^j}{C^2} = a^j\, E\frac{S^{2-j}}{\sum_t X_t^2}
              = a^j \int_0^\infty E[S^{2-j} e^{-v \sum_t X_t^2}] \, dv .

    Parameters
    ----------
    log_a
        log m + τQ.
    n_irrelevant
        m' ≥ 1.
    score_std
        s = στ ≥ 0.

    Returns
    -------
    tuple of float
        E 1/C², E A/C², E A²/C².

    Raises
    ------
    OverflowError
        If a moment exceeds the largest double.

    Notes
    -----
    Equation :eq:`eq-context-inverse` of docs/context.md. Relative accuracy; cost independent of m'.

    Examples
    --------
    >>> value = inverse_gain_moments(np.log(2.0), 3, 0.0)[1]
    >>> bool(np.isclose(value, (2 / 5) / (3 / 25), rtol=1e-12, atol=0))
    True
    """
    both, mixed, none = inverse_gain_parts(log_a, n_irrelevant, score_std, step=step)
    return both + 2.0 * mixed + none, both + mixed, both


def inverse_gain_parts(log_a: float, n_irrelevant: int, score_std: float, *, step: float = 1.0) -> tuple[float, float, float]:
    r"""Inverse moments of the noise gain, `E[A²/C²]`, `E[AB/C²]`, `E[B²/C²]` with `B = 1 − A`: no cancellation as A → 1.

    Parameters, Raises and Notes as for `inverse_gain_moments`.

    Examples
    --------
    >>> parts = inverse_gain_parts(np.log(2.0), 3, 0.0)
    >>> bool(np.isclose(parts[1], (2 / 5) * (3 / 5) / (3 / 25), rtol=1e-12, atol=0))
    True
    """
    transform = ScoreTransform(score_std, (0.0 + 0.0j,), 1.0, orders=2, step=step)
    m = float(n_irrelevant)

    def integrand(log_scale: Real) -> Real:
        token = transform(log_scale)
        p1, p2 = token.powers[:, :, 0].real
        log_mean = token.log_mean[:, 0].real
        with np.errstate(divide="ignore"):  # log 0 = −∞ stands for an underflow
            log_p1 = np.log(p1)
        log_alpha = log_scale + log_a
        inverse = np.exp(np.minimum(2.0 * log_alpha + m * log_mean, _CAP))
        s1 = np.exp(np.minimum(np.log(m) + log_alpha + log_p1 + (m - 1.0) * log_mean, _CAP))
        s1_s1 = m * p2 * np.exp((m - 1.0) * log_mean) + m * (m - 1.0) * p1**2 * np.exp(max(m - 2.0, 0.0) * log_mean)
        return 2.0 * np.stack([inverse, s1, s1_s1], axis=1)

    low, _ = scale_range(0.0, n_irrelevant, score_std)
    # 1/ΣX² tilts every log X by −2s²/m', and none is below e^{−10 s}
    high = 2.0 * score_std**2 / n_irrelevant + 10.0 * score_std + 4.0
    values, _ = scale_integrals(integrand, (low, high), step)
    if np.max(values) > _HUGE:
        raise OverflowError(f"E[1/C²] exceeds {_HUGE:g} at log a = {log_a:g}, m' = {n_irrelevant}, s = {score_std:g}")
    both, mixed, none = (float(value) for value in values)
    return both, mixed, none


def _damped(token: TokenMoments, exponent: float, alpha: Real | float) -> Real:
    """`(E e^{−λX})^exponent e^{−λa}`."""
    result: Real = np.exp(exponent * token.log_mean[:, 0].real - alpha)
    return result
