r"""Attention when the noise is not Gaussian: the score of a token has a law of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from theory.context.lognormal import scale_integrals
from theory.model import Choice

__all__ = ["EXCESS_KURTOSIS", "ScoreLaw", "coordinate_characteristic", "relevant_mass", "score_law"]

Real = NDArray[np.float64]

EXCESS_KURTOSIS = {"gaussian": 0.0, "rademacher": -2.0, "uniform": -1.2, "laplace": 3.0, "scale-mixture": 0.75}
r"""Of one coordinate; the mixture has one scale per token, √(1/2) or √(3/2) with equal probability."""

_REACH = 30.0  # of scores: beyond, the heaviest tail, that of one Laplace coordinate, has the density e^{−42} = 3e-19
_STEP = 0.02  # between points
_HIGHEST = 400.0  # u up to which a characteristic function is inverted, if it does not vanish (10⁻¹⁸) before
_FAINT = 1e-18  # where a characteristic function has vanished
_TURN = 0.05  # step of the inversion: the density is repeated at a distance of 2π/0.05


@dataclass(frozen=True, eq=False)
class ScoreLaw:
    r"""A law on the line as a positive rule: points g with weights that sum to one."""

    points: Real
    weights: Real


def score_law(name: str, touched: int) -> ScoreLaw:
    r"""Law of `k^{−1/2} Σ_{i≤k} ξ_i`, the noise score of a token when the prompt has equal weight on k coordinates.

    Rademacher: the binomial law. Others: the density by inversion of the characteristic function `φ(u/√k)^k`.

    Parameters
    ----------
    name
        Key of `EXCESS_KURTOSIS`.
    touched
        k ≥ 1; k ≥ 4 for "uniform", whose characteristic function decays slowly. "laplace" at k = 1 has four digits for the same
        reason.

    Returns
    -------
    ScoreLaw

    Examples
    --------
    >>> law = score_law("laplace", 3)
    >>> moments = [float(law.weights @ law.points**i) for i in (0, 2, 4)]
    >>> [round(value, 5) for value in moments]
    [1.0, 1.0, 4.0]
    """
    Choice(tuple(EXCESS_KURTOSIS)).member("law", name)
    if name == "rademacher":
        count = np.arange(touched + 1)
        return ScoreLaw((2.0 * count - touched) / np.sqrt(touched), binom.pmf(count, touched, 0.5))
    g = _STEP * np.arange(-float(round(_REACH / _STEP)), round(_REACH / _STEP) + 1.0)
    u = np.arange(0.5 * _TURN, _HIGHEST, _TURN)
    transform = coordinate_characteristic(name, u, touched)
    kept = np.flatnonzero(np.abs(transform) > _FAINT)[-1] + 1
    half = np.array([_TURN / np.pi * float(transform[:kept] @ np.cos(u[:kept] * x)) for x in g[len(g) // 2 :]])
    density = np.concatenate([half[:0:-1], half])
    weights = np.maximum(density, 0.0)
    return ScoreLaw(g, weights / weights.sum())


def relevant_mass(log_a: float, n_irrelevant: int, score_std: float, law: ScoreLaw) -> float:
    r"""`E A = a ∫ e^{−λa} (E e^{−λ e^{s g}})^{m'} dλ` for any law of the noise scores.

    Notes
    -----
    Equation :eq:`eq-context-moments` of docs/context.md, with the L of the law.

    Examples
    --------
    >>> import math
    >>> round(relevant_mass(math.log(8) + 1.43, 32, 0.77, score_law("gaussian", 1)), 6)
    0.440554
    """

    def integrand(log_scale: Real) -> Real:
        deficit = -np.expm1(-np.exp(np.minimum(log_scale[:, None] + score_std * law.points, 300.0))) @ law.weights
        log_alpha = log_scale + log_a
        exponent = n_irrelevant * np.log1p(-np.minimum(deficit, 1.0 - 1e-16)) - np.exp(np.minimum(log_alpha, 600.0))
        mass: Real = np.exp(log_alpha + exponent)
        return mass[:, None]

    top = float(np.max(np.abs(law.points)))
    # λS < e^{−40}, all scores at their largest, to λa > e^6; the caps above are short of overflow
    bounds = (-max(log_a, 0.0) - np.log(n_irrelevant) - score_std * top - 40.0, 6.0 - log_a)
    values, _ = scale_integrals(integrand, bounds)
    return float(values[0])


def coordinate_characteristic(name: str, u: Real, touched: int) -> Real:
    r"""`E e^{iu h}` of an average `h = k^{−1/2} Σ_{i≤k} ξ_i`; real, since every law here is symmetric.

    >>> print(f"{float(coordinate_characteristic('rademacher', np.array([1.0]), 4)[0]):.6f}")  # cos(1/2)^4
    0.593133
    """
    v = u / np.sqrt(touched)
    if name == "rademacher":
        result: Real = np.cos(v) ** touched
    elif name == "uniform":
        result = np.sinc(np.sqrt(3.0) / np.pi * v) ** touched
    elif name == "laplace":
        result = (1.0 + 0.5 * v * v) ** (-float(touched))
    elif name == "scale-mixture":
        result = 0.5 * np.exp(-0.25 * u * u) + 0.5 * np.exp(-0.75 * u * u)
    else:
        result = np.exp(-0.5 * u * u)
    return result
