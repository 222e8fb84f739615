r"""Resolvent moments `E[A^j/(1+κc)]` of the noise gain c = C², and relatives: what the finite-context formula needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.context.lognormal import ScoreTransform, scale_integrals, scale_range
from theory.numerics import gaussian_exponential_sum

__all__ = ["ResolventMoments", "resolvent_moments"]

Real = NDArray[np.float64]

_RANGE = 700.0  # |log| of what a double can hold


@dataclass(frozen=True)
class ResolventMoments:
    r"""Moments of the attention A and the noise gain c = C² under the resolvent `1/(1 + κc)`.

    Parameters
    ----------
    mass
        `E[A^j / (1+κc)]`, j = 0, 1, 2.
    mass_gain
        `E[A^j c / (1+κc)²]`, j = 0, 1, 2; minus the κ-derivative of `mass`.
    mixed
        `E[AB / (1+κc)]`, B = 1 − A, not by subtraction.
    noise_gain
        `E[A² c / (1+κc)²]`, `E[AB c / (1+κc)²]`, `E[B² c / (1+κc)²]`, not by subtraction.
    gain
        `E[c / (1+κc)]`.
    gain_squared
        `E[c² / (1+κc)²]`; minus the κ-derivative of `gain`.
    rel_error
        Estimated relative error of every entry.
    """

    mass: tuple[float, float, float]
    mass_gain: tuple[float, float, float]
    mixed: float
    noise_gain: tuple[float, float, float]
    gain: float
    gain_squared: float
    rel_error: float


def resolvent_moments(log_a: float, n_irrelevant: int, score_std: float, kappa: float, *, step: float = 1.0) -> ResolventMoments:
    r"""Resolvent moments for `S = a + Σ X_t`, `A = a/S`, `c = Σ X_t²/S²`, `X_t = e^{s g_t}`, t = 1, …, m'.

    With `D = S² + κ Σ X_t²`, every moment is a polynomial in S and the power sums over D or D², and

    .. math:: \frac{\{1, 1\}}{\{D, D^2\}} = \int_0^\infty 2 \{\lambda, \lambda^3\} e^{-\lambda^2 D} \, d\lambda, \qquad
              e^{-\lambda^2 S^2} = \mathrm{Re} \sum_k w_k e^{-z_k \lambda S},

    so that the expectation factorises over tokens: powers of `φ = E e^{−zλX − κλ²X²}`.

    Parameters
    ----------
    log_a
        log m + τQ.
    n_irrelevant
        m' ≥ 1.
    score_std
        s = στ ≥ 0.
    kappa
        κ ≥ 0.
    step
        Factor on the steps of both trapezoidal rules.

    Returns
    -------
    ResolventMoments

    Notes
    -----
    Equation :eq:`eq-context-resolvent` of docs/context.md, with the exponential sum :eq:`eq-context-sum`. Cost
    independent of m'.

    Examples
    --------
    At s = 0 attention is uniform, A = a/(a+m') and c = m'/(a+m')²:

    >>> moments = resolvent_moments(np.log(2.0), 3, 0.0, 5.0)
    >>> bool(np.isclose(moments.mass[1], (2 / 5) / (1 + 5 * 3 / 25), rtol=1e-12, atol=0))
    True
    """
    rule = gaussian_exponential_sum()
    transform = ScoreTransform(score_std, tuple(rule.nodes), kappa, orders=4, step=step)
    m = float(n_irrelevant)

    def integrand(log_scale: Real) -> Real:
        token = transform(log_scale)
        p1, p2, p3, p4 = token.powers
        alpha = np.exp(np.minimum(log_scale + log_a, _RANGE))[:, None]
        base = rule.weights * np.exp(m * token.log_mean - rule.nodes * alpha)
        base_1 = rule.weights * np.exp((m - 1.0) * token.log_mean - rule.nodes * alpha)
        base_2 = rule.weights * np.exp(max(m - 2.0, 0.0) * token.log_mean - rule.nodes * alpha)
        base_3 = rule.weights * np.exp(max(m - 3.0, 0.0) * token.log_mean - rule.nodes * alpha)
        s1 = m * p1 * base_1
        s2 = m * p2 * base_1
        s1_s1 = s2 + m * (m - 1.0) * p1 * p1 * base_2
        s1_s2 = m * p3 * base_1 + m * (m - 1.0) * p1 * p2 * base_2
        s2_s2 = m * p4 * base_1 + m * (m - 1.0) * p2 * p2 * base_2
        s1_s1_s2 = s2_s2 + m * (m - 1.0) * (2.0 * p1 * p3 * base_2 + (m - 2.0) * p1 * p1 * p2 * base_3)
        terms = (
            alpha * alpha * base + 2.0 * alpha * s1 + s1_s1,
            alpha * (alpha * base + s1),
            alpha * alpha * base,
            alpha * alpha * s2 + 2.0 * alpha * s1_s2 + s1_s1_s2,
            alpha * (alpha * s2 + s1_s2),
            alpha * alpha * s2,
            alpha * s1,
            alpha * s1_s2,
            s1_s1_s2,
            s2,
            s2_s2,
        )
        return np.stack([2.0 * term.real.sum(axis=1) for term in terms], axis=1)

    values, errors = scale_integrals(integrand, scale_range(log_a, n_irrelevant, score_std, kappa), step)
    m0, m1, m2, g0, g1, g2, mixed, g_ab, g_bb, gain, gain_squared = (float(v) for v in values)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = float(np.nanmax(np.where(values > 0.0, errors / values, 0.0)))
    return ResolventMoments((m0, m1, m2), (g0, g1, g2), mixed, (g2, g_ab, g_bb), gain, gain_squared, relative)
