r"""Integrals over the scale λ of attention: the trapezoidal rule in log λ on the window where the integrand lives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError

__all__ = ["refuse_heavy_scores", "scale_integrals", "scale_range"]

Real = NDArray[np.float64]

_STEP = 0.14  # in log λ; half of it changes moments by rounding alone
_COARSE = 8  # steps of the scan, in units of the fine step
_NEGLIGIBLE = 1e-17  # share of the largest value from which an end of the window is cut off
_ROUNDING = 4e-16  # of a sum, relative to the sum of moduli
_HEAVIEST = 1000.0  # time and memory grow with s; there attention is within a permille of its limit τ → ∞
_DEAD = 8.0  # e^{−λS} and e^{−λ²S²} are negligible beyond λS = e⁴


def scale_range(log_a: float, n_irrelevant: int, score_std: float, curvature: float = 0.0) -> tuple[float, float]:
    r"""A range of log λ outside which every integrand of this subject is negligible.

    The normaliser S = a + Σ X_t is at least a. It exceeds `exp(bulk + 10 s)` with probability below 10⁻²³, where
    `bulk = max(log a, log m' + min(s²/2, s√(2 log m')))`; below `λ = e^{−20}/S` all integrands decay at least like λ.

    Parameters
    ----------
    log_a
        Logarithm of a = m e^{τQ}.
    n_irrelevant
        m' ≥ 1.
    score_std
        s ≥ 0.
    curvature
        κ ≥ 0, moves the range to the left by ½ log(1 + κ).

    Returns
    -------
    low, high
        Ends in log λ.

    Raises
    ------
    ParameterError
        If scores have a standard deviation above 1000, or above 10⁴ where relevant tokens outweigh all others.
    """
    log_m = float(np.log(n_irrelevant))
    refuse_heavy_scores(score_std, _HEAVIEST if log_a < log_m + 10.0 * score_std else 10.0 * _HEAVIEST)
    bulk = max(log_a, log_m + min(0.5 * score_std**2, score_std * np.sqrt(2.0 * log_m)))
    return -(bulk + 10.0 * score_std + 40.0 + 0.5 * float(np.log1p(curvature))), _DEAD - log_a  # e^{−40} = 4e-18


def refuse_heavy_scores(score_std: float, heaviest: float = _HEAVIEST) -> None:
    r"""Refuse scores so heavy that a rule over log λ would take minutes and gigabytes, or lose its digits.

    >>> refuse_heavy_scores(900.0)
    >>> refuse_heavy_scores(1e6)
    Traceback (most recent call last):
    theory.model._domain.ParameterError: prompt_strength must be such that scores have a standard deviation of at most 1000, ...
    """
    if score_std > heaviest:
        domain = f"such that scores have a standard deviation of at most {heaviest:g}"
        raise ParameterError("prompt_strength", domain, f"{score_std:g}")


def scale_integrals(integrand: Callable[[Real], Real], bounds: tuple[float, float], step: float = 1.0) -> tuple[Real, Real]:
    r"""`∫ F(λ) dλ/λ` for several F at once.

    Parameters
    ----------
    integrand
        Maps log λ, shape (n,), to F, shape (n, quantities).
    bounds
        a range of log λ known to contain all the mass.
    step
        Factor on the step of the rule.

    Returns
    -------
    values, errors
        Shape (quantities,): integrals, and the size of the truncated ends together with rounding.
    """
    h = _STEP * step
    coarse = np.arange(bounds[0], bounds[1] + _COARSE * h, _COARSE * h)
    size = np.abs(integrand(coarse))
    alive = np.flatnonzero(np.any(size > _NEGLIGIBLE * size.max(axis=0), axis=1))
    low, high = coarse[max(alive[0] - 1, 0)], coarse[min(alive[-1] + 1, len(coarse) - 1)]
    values = integrand(low + h * np.arange(round((high - low) / h) + 1))
    total: Real = h * values.sum(axis=0)
    ends = np.abs(values[0]) + np.abs(values[-1])
    rounding = _ROUNDING * h * np.abs(values).sum(axis=0)
    return total, ends + rounding
