r"""The variance of attention when it is small against its mean, without subtracting large numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theory.context.lognormal import ScoreTransform, scale_integrals, scale_range

__all__ = ["centred_mass_variance"]

Real = NDArray[np.float64]

_REACH = 9.2  # scores beyond have probability 4e-20
_STEP, _LOG_STEP = 0.4, 0.13  # of the rule over g: largest in g and in log X
_CAP = 300.0  # of exponents that are exponentiated again: such terms are 0


def centred_mass_variance(log_a: float, n_irrelevant: int, score_std: float) -> float:
    r"""`Var A` from the centred tokens `Y_t = X_t − μ`, `μ = E X = e^{s²/2}`.

    With `S₀ = a + m'μ` and `A₀ = a/S₀`, `A − A₀ = −(a/S₀) Σ Y_t / S`, hence

    .. math:: \mathrm{Var} A = \frac{a^2}{S_0^2} \bigl(I_2 - I_1^2\bigr), \quad
              I_1 = \int m' r\, L^{m'-1} e^{-\lambda a} d\lambda, \quad
              I_2 = \int \lambda \bigl(m' E[Y^2 e^{-\lambda X}] L^{m'-1} + m'(m'-1) r^2 L^{m'-2}\bigr) e^{-\lambda a} d\lambda,

    where `r = −E[Y e^{−λX}] = e^{−λμ} E[Y (1 − e^{−λY})]` is positive, because E Y = 0. I₁² is of order 1/m' against I₂.

    Parameters
    ----------
    log_a
        log m + τQ.
    n_irrelevant
        m' ≥ 1.
    score_std
        s ≥ 0, of order one: the rule over g resolves X pointwise.

    Returns
    -------
    float

    Notes
    -----
    Equation :eq:`eq-context-mass-variance` of docs/context.md.

    Examples
    --------
    To first order in s the variance is that of a linear function of the scores, `(a s)² m' / (a + m')⁴`:

    >>> a, m, s = 3e5, 9_999_997, 1e-4
    >>> bool(abs(centred_mass_variance(np.log(a), m, s) / ((a * s) ** 2 * m / (a + m) ** 4) - 1) < 1e-7)
    True
    """
    m = float(n_irrelevant)
    h = min(_STEP, _LOG_STEP / max(score_std, 1e-300))
    g = h * np.arange(-np.ceil(_REACH / h), np.ceil((_REACH + 2.0 * score_std) / h) + 1)
    weight = np.exp(-0.5 * g * g) * (h / np.sqrt(2.0 * np.pi))
    log_mean = 0.5 * score_std**2
    log_x = score_std * g
    centred = np.expm1(log_x - log_mean)  # Y/μ
    transform = ScoreTransform(score_std, (1.0 + 0.0j,), 0.0, orders=0)

    def integrand(log_scale: Real) -> Real:
        rate = np.exp(np.minimum(log_scale + log_mean, 6.0))[:, None]  # λμ; beyond e⁶ the damping is complete
        damp = np.exp(-np.exp(np.minimum(log_scale[:, None] + log_x, _CAP)))
        pull = np.where(rate < 1.0, -np.expm1(-np.minimum(rate, 1.0) * centred) * np.exp(-rate), np.exp(-rate) - damp)
        r = (pull * centred) @ weight * rate[:, 0]
        second = (damp * centred**2) @ weight * rate[:, 0] ** 2
        log_power = transform(log_scale).log_mean[:, 0].real
        alpha = np.exp(np.minimum(log_scale + log_a, _CAP))
        base_1, base_2 = (np.exp(max(m - j, 0.0) * log_power - alpha) for j in (1.0, 2.0))
        return np.stack([m * r * base_1, m * second * base_1 + m * (m - 1.0) * r * r * base_2], axis=1)

    values, _ = scale_integrals(integrand, scale_range(log_a, n_irrelevant, score_std))
    log_total = np.logaddexp(log_a, np.log(m) + log_mean)
    return float(np.exp(2.0 * (log_a - log_total)) * (values[1] - values[0] ** 2))
