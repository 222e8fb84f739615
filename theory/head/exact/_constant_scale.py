r"""Exact errors when every sample has the same attention and noise gain: uᵢ = yᵢxᵢ ~ N(κ e₁, I_p)."""

import math

import numpy as np
from scipy.special import log_ndtr, ndtr

from theory.head.exact._alignment_law import Alignment
from theory.head.exact._averaging import AveragingAlignment
from theory.head.exact._minimum_norm import MinimumNormAlignment
from theory.head.exact._overdetermined import LeastSquaresAlignment
from theory.head.exact._sign_alignment import SignAlignment
from theory.model import Choice, Interval, ParameterError

__all__ = [
    "RULES",
    "alignment",
    "error_with_intercept",
    "expected_error",
    "limit_error",
    "log_limit_error",
    "mean_error",
]

RULES = Choice(("least-squares", "averaging"))

_POSITIVE = Interval(0)
_COUNT = Interval(1, integer=True)
_EPSILON = float(np.finfo(float).eps)
_ORDERS = (40, 52)  # nodes for each angle of the tensor rule: a coarser one to compare with, and the one that counts
_NESTED_ORDERS = (36, 48)  # the same of the nested rule
_TINY = 1e-8  # below, the nodes of the tensor rule, which follow the alignment law, miss the peak of the integrand
_ROUNDING = 2e-14  # as measured up to n = 1e15; with √p roundings more up to p = 1e15
_LEAST = 1e-300  # smaller numbers are 0


def alignment(kappa: float, n_samples: int, dim: int, rule: str = "least-squares") -> Alignment:
    r"""The law of cos∠(ŵ, w*) for a head trained on n samples uᵢ ~ N(κ e₁, I_p).

    Parameters
    ----------
    kappa
        Signal-to-noise ratio κ >= 0 of one sample.
    n_samples, dim
        n >= 1 and p >= 1.
    rule
        "least-squares" (no intercept; the solution of minimum norm where n < p) or "averaging".

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md.
    """
    kappa = float(_POSITIVE.member("kappa", kappa))
    n, p = int(_COUNT.member("n_samples", n_samples)), int(_COUNT.member("dim", dim))
    rule = RULES.member("rule", rule)
    mean = math.sqrt(n) * kappa
    if p == 1:
        return SignAlignment(mean)
    if rule == "averaging":
        return AveragingAlignment(mean, p)
    if n >= p:
        return LeastSquaresAlignment(mean, n - p + 1, p)
    return MinimumNormAlignment(mean, n, p)


def mean_error(law: Alignment, kappa: float) -> tuple[float, float]:
    r"""E Q(κ cos) under an alignment law, and a bound on its numerical error.

    The bound is the difference between two orders of the quadrature, or two steps, plus rounding. Results below 1e-8 come from
    the route that keeps relative accuracy, those of strong signals from `theory.head.exact._strong_signal`.

    Examples
    --------
    >>> value, bound = mean_error(alignment(1.2, 30, 10), 1.2)
    >>> round(value, 10), bound < 1e-12
    (0.1839439882, True)
    """
    strong = law.log_error(kappa) if kappa > law.weak_signal else None
    if strong is not None:
        value = math.exp(strong[0])
        if value < _LEAST:
            return value, _LEAST
        return value, value * math.expm1(strong[1] + _EPSILON * abs(strong[0])) + _LEAST
    rounding = _ROUNDING + _EPSILON * math.sqrt(law.dim)
    coarse, fine = (law.expectation(lambda cosine: ndtr(-kappa * cosine), order) for order in _ORDERS)
    if fine > _TINY:
        return fine, abs(fine - coarse) + rounding * fine
    rough, sharp = (law.log_expectation(lambda cosine: log_ndtr(-kappa * cosine), order) for order in _NESTED_ORDERS)
    value = float(np.exp(sharp))
    relative = float(abs(np.expm1(rough - sharp))) + rounding + _EPSILON * (abs(sharp) + kappa**2)
    return value, value * relative + _LEAST


def expected_error(kappa: float, n_samples: int, dim: int, rule: str = "least-squares") -> tuple[float, float]:
    r"""Expected test error of a head trained on n samples uᵢ ~ N(κ e₁, I_p), and a bound on its numerical error.

    Parameters and Raises as for `alignment`.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md, the mean of Q(κ cos).

    Examples
    --------
    >>> expected_error(1.0, 10**6, 10**5)[0].__round__(9)
    0.182855949
    """
    return mean_error(alignment(kappa, n_samples, dim, rule), kappa)


def error_with_intercept(kappa: float, n_samples: int, dim: int) -> tuple[float, float]:
    r"""Expected test error of least squares with an intercept on balanced labels (n/2 of each), and its numerical error.

    The same law with k = n - p, tested at κ/√(1 + 1/n): the intercept costs one degree of freedom and the noise of the
    training mean.

    Parameters
    ----------
    kappa
        κ >= 0.
    n_samples
        Even, n >= p + 1.
    dim
        p >= 2.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-head-intercept` of docs/head.md in the first row of :eq:`eq-head-cosine`.
    """
    kappa = float(_POSITIVE.member("kappa", kappa))
    p = int(Interval(2, integer=True).member("dim", dim))
    n = 2 * int(Interval(p + 1, integer=True).member("n_samples", n_samples) // 2)
    if n != n_samples:
        raise ParameterError("n_samples", "even (balanced labels have n/2 of each)", n_samples)
    law = LeastSquaresAlignment(math.sqrt(n) * kappa, n - p, p)
    return mean_error(law, kappa / math.sqrt(1 + 1 / n))


def limit_error(kappa: float, ratio: float) -> float:
    r"""The limit n, p → ∞ with p/n = γ of the least-squares error.

    .. math::

        Q\Bigl(\kappa^2\sqrt{\frac{1-\gamma}{\kappa^2+\gamma}}\Bigr) \;(\gamma < 1), \qquad
        Q\Bigl(\kappa^2\sqrt{\frac{1-1/\gamma}{\kappa^2+\gamma}}\Bigr) \;(\gamma \ge 1)

    Parameters
    ----------
    kappa
        κ >= 0.
    ratio
        γ >= 0.

    Notes
    -----
    Equation :eq:`eq-head-constant-limit` of docs/head.md.
    """
    return math.exp(log_limit_error(kappa, ratio))


def log_limit_error(kappa: float, ratio: float) -> float:
    r"""Logarithm of `limit_error`, which does not underflow."""
    kappa, gamma = float(_POSITIVE.member("kappa", kappa)), float(_POSITIVE.member("ratio", ratio))
    spread = 1 - min(gamma, 1 / gamma) if gamma else 1.0
    cosine = kappa / math.hypot(kappa, math.sqrt(gamma)) if kappa else 0.0
    return float(log_ndtr(-kappa * cosine * math.sqrt(spread)))
