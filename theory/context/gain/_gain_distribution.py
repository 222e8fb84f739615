r"""The distribution function of the noise gain of one sample, by whichever of three routes is accurate where it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from theory.context.gain._gain_contour import gain_below
from theory.context.gain._gain_dominated import gain_above
from theory.context.gain._gain_few_tokens import few_tokens_gain_below
from theory.context.lognormal import scale_range
from theory.context.moments import AttentionLaw
from theory.model import ParameterError

__all__ = ["GainLaw", "inverted_gain_law", "near_ties", "noise_gain_distribution"]

_QUICK, _FEW = 3, 4  # tokens over whose scores it is quick, or possible, to integrate
_POOR = 1e-6  # stated error of the inversion from which four tokens are integrated over their scores instead
_ACCEPTED = 1e-4  # error of the dominating token up to which its route is taken
_DOMINATED = 0.5  # s above which one dominating token is resolved
_SHARPNESS = 5.0  # power of k p_t in `near_ties`: set, with the factors of the stated error, by tests against the other routes
_WORST = 0.02  # largest stated error: two digits
_OTHER_NATS = 20.0  # coarser steps for the second ray
_STEP, _REACH = 0.14, 9.2  # as in `scale_integrals` and `gain_below`


@dataclass(frozen=True)
class GainLaw:
    """`P(C² < x)` and `P(C² > x)`, and the absolute numerical error of both."""

    below: float
    above: float
    abs_error: float


def noise_gain_distribution(law: AttentionLaw, gain: float) -> GainLaw:
    r"""`P(C² < x)` and `P(C² > x)` of the noise gain of one sample.

    .. math:: \{C^2 < x\} = \Bigl\{\sum_t X_t^2 < x\,\bigl(a + \sum_t X_t\bigr)^2\Bigr\}, \qquad X_t = e^{s g_t} .

    Parameters
    ----------
    law
        m' ≥ 1, s > 0.
    gain
        x in (0, 1).

    Returns
    -------
    GainLaw
        `abs_error` is below 1e-8 wherever ⌈1/x⌉ or more tokens hardly ever share nearly everything equally; at most 0.02.

    Raises
    ------
    ParameterError
        If x lies outside (0, 1), or if the law is not random.
    ArithmeticError
        If no route gives two digits: five or more noise tokens of which few outweigh all others together, x below 1/2.

    Notes
    -----
    Equations :eq:`eq-context-gain-law`, :eq:`eq-context-dominating` and :eq:`eq-context-few-tokens` of docs/context.md.
    One token: closed form. x > 1/2 and s > 1/2: one token dominates, one-dimensional integrals. Else, for two or three
    tokens, and for four where the inversion is poor, quadrature over scores; for more the inversion of a quadratic event,
    at a cost that does not depend on m'.

    Examples
    --------
    >>> law = noise_gain_distribution(AttentionLaw(8, 32, 1.43, 0.77), 0.017)
    >>> print(f"{law.below:.6f}", law.abs_error < 1e-8)
    0.606932 True
    """
    if not 0.0 < gain < 1.0:
        raise ParameterError("gain", "in (0, 1)", gain)
    if law.n_irrelevant < 1 or law.score_std == 0.0:
        raise ParameterError("law", "random: m' >= 1 and a positive score_std", law)
    a, m, s = law.log_a, law.n_irrelevant, law.score_std
    if m == 1:
        score = (a + 0.5 * math.log(gain) - math.log1p(-math.sqrt(gain))) / s
        return _one_token(score)
    if gain > 0.5 and s > _DOMINATED:
        above, error = gain_above(a, m, s, gain)
        if error < _ACCEPTED:
            return GainLaw(1.0 - above, above, error + 1e-16)  # rounding of 1 − x
    if m > _QUICK:
        try:
            inverted = inverted_gain_law(a, m, s, gain)
        except ArithmeticError:
            if m > _FEW:
                raise
        else:
            if m > _FEW or inverted.abs_error < _POOR:
                return inverted
    below, error = few_tokens_gain_below(a, m, s, gain)
    return GainLaw(below, 1.0 - below, error)


def _one_token(score: float) -> GainLaw:
    below, above = 0.5 * math.erfc(-score / math.sqrt(2.0)), 0.5 * math.erfc(score / math.sqrt(2.0))
    return GainLaw(below, above, 1e-15)  # rounding of a Gaussian tail


def inverted_gain_law(log_a: float, n_terms: int, score_std: float, gain: float) -> GainLaw:
    r"""The law by inversion of the quadratic event, on two rays.

    A line through the saddle point leaves out what k ≥ 1/x tokens that share nearly everything equally contribute. The error
    is stated as twenty times the difference of the rays, ten times what their lines cut off, and twice `near_ties`.

    Parameters
    ----------
    log_a, n_terms, score_std, gain
        log a, m' ≥ 2, s > 0, and x in (0, 1).

    Returns
    -------
    GainLaw

    Raises
    ------
    ArithmeticError
        If the stated error exceeds 0.02.

    Notes
    -----
    Equation :eq:`eq-context-gain-law` of docs/context.md; what its lines leave out is :eq:`eq-context-ties`.

    Examples
    --------
    >>> law = inverted_gain_law(3.0, 10**6, 0.8, 8.1e-6)
    >>> law.abs_error < 1e-8
    True
    """
    value, error, ray = gain_below(log_a, n_terms, score_std, gain)
    other, other_error, _ = gain_below(log_a, n_terms, score_std, gain, ray=ray + 1, nats=_OTHER_NATS)
    ties = near_ties(log_a, n_terms, score_std, math.ceil(1.0 / gain))
    error = 20.0 * abs(value - other) + 10.0 * (error + other_error) + 2.0 * ties  # set by tests, see `near_ties`
    if not error < _WORST:
        raise ArithmeticError(f"P(C² < {gain:g}) at log a = {log_a:g}, m' = {n_terms}, s = {score_std:g} is not resolved")
    value = min(max(value, 0.0), 1.0)
    return GainLaw(value, 1.0 - value, error)


def near_ties(log_a: float, n_terms: int, score_std: float, ties: int) -> float:
    r"""How likely it is that k tokens share nearly everything about equally: `E Σ Π_{t∈K} (k p_t)^5` over sets K of k tokens.

    .. math:: \binom{m'}{k} \frac{k^{5k}}{\Gamma(5k)} \int_0^\infty \lambda^{5k-1} e^{-\lambda a}
              \bigl(E X^5e^{-\lambda X}\bigr)^k L(\lambda)^{m'-k}\, d\lambda .

    Notes
    -----
    Equation :eq:`eq-context-ties` of docs/context.md.

    Examples
    --------
    >>> near_ties(1.0, 5, 2.0, 6)
    0.0
    """
    k, m, power = ties, n_terms, _SHARPNESS
    if k > m:
        return 0.0
    low, high = scale_range(log_a, m, score_std)
    h = min(_STEP, 0.25 * score_std)
    u = np.arange(low, high, h)
    reach = math.ceil(_REACH * score_std / h)
    y = h * np.arange(-reach, reach + 1.0)
    kernel = np.exp(-0.5 * (y / score_std) ** 2) * (h / (math.sqrt(2.0 * math.pi) * score_std))
    w = np.concatenate([u[0] + y[:reach], u, u[-1] + y[reach + 1 :]])
    rate = np.exp(np.minimum(w, 690.0))  # short of overflow
    moment = np.convolve(np.exp(power * w - rate - gammaln(power + 1.0)), kernel, mode="valid")
    change = np.convolve(np.expm1(-rate), kernel, mode="valid")
    log_size = gammaln(m + 1.0) - gammaln(k + 1.0) - gammaln(m - k + 1.0)
    log_size += k * power * math.log(k) + k * gammaln(power + 1.0) - gammaln(k * power)
    exponent = log_size + k * np.log(moment + 1e-300) - np.exp(u + log_a) + (m - k) * np.log1p(np.maximum(change, -1.0 + 1e-16))
    return float(h * np.exp(exponent).sum())
