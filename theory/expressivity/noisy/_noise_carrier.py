r"""What self-attention reaches on noisy tokens whatever the law: relevant rows choose among the noise of the others."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from scipy.stats import binom

from theory.model import ContextualModel, Interval, ParameterError, Prediction

__all__ = ["noise_carried_accuracy", "noise_carrier"]

Array = NDArray[np.float64]

_FURTHEST, _PANELS = 9.5, 48  # |g| up to which it is integrated, 2e-21 lies beyond; panels of 16 nodes
_WINDOW = 9.0  # standard deviations of N₊ that are summed: 2e-19 lies beyond
_ROUNDING = 1e-13  # of the sums: half as many panels change nothing more (measured, T up to 1000)
_STRONG, _HARD, _SLIGHT = 1e6, 1e12, 1e-6  # in place of infinitely strong, infinitely stronger, infinitely slight


def noise_carried_accuracy(*, n_tokens: int, n_relevant: int) -> Prediction:
    r"""An accuracy that self-attention approaches for every σ > 0, W > 0, |ρ| < 1, d >= 3 and every law of the shift.

    With independent standard normal g_1, …, g_m', G₊ and G₋ the largest of those above 0 and of the absolute values of those
    below, and N₊, N₋ their numbers,

    .. math::

        p(m, m') = P\bigl( (m + N_-)\, G_+ > N_+ G_- \bigr), \qquad p(m, 1) = 1, \qquad
        p(m, 2) = 1 - \tfrac1\pi \arctan\tfrac1{m+1}

    where a side without members counts as right. Given N₊ = k, it is an integral over G₋.

    Parameters
    ----------
    n_tokens, n_relevant
        T and m, 1 <= m < T.

    Returns
    -------
    Prediction
        `abs_error` is the difference from a rule with half as many nodes.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-carrier` of docs/expressivity.md.

    Examples
    --------
    >>> [round(noise_carried_accuracy(n_tokens=T, n_relevant=1).value, 6) for T in (2, 3, 10, 1000)]
    [1.0, 0.852416, 0.62434, 0.505073]
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    fine, coarse = (1 - _error(n_relevant, n_tokens - n_relevant, panels) for panels in (_PANELS, _PANELS // 2))
    error, domain = abs(fine - coarse) + _ROUNDING, "σ > 0, d >= 3, any law of the shift"
    return Prediction(fine, error, "noise carrier", domain, model_error=0.0)


def noise_carrier(model: ContextualModel) -> tuple[Array, Array]:
    r"""Head and matrix that come within about 1e-5 of `noise_carried_accuracy`, along e1 = q_*/Q, e2 and one more coordinate e.

    .. math:: w = e + \varepsilon a, \qquad M = \kappa\, a e^\top - \lambda\, e e^\top, \qquad \langle a, u_y\rangle = y, \qquad
        \lambda \gg \kappa \gg 1 \gg \varepsilon

    Parameters
    ----------
    model
        d >= 3, σ > 0, W > 0, |ρ| < 1.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-construction` of docs/expressivity.md, with finite numbers in place of the limits.

    Examples
    --------
    >>> head, matrix = noise_carrier(ContextualModel(n_tokens=4, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0))
    >>> [float(x) for x in head], matrix[1:, 2].tolist()
    ([0.0, 1e-06, 1.0], [2000000.0, -1000000000000.0])
    """
    Interval(3, integer=True).member("dim", model.dim)
    Interval(0, open_lower=True).member("noise_std", model.noise_std)
    visible = model.signal_norm * math.sqrt(1 - model.correlation**2)
    if visible == 0:
        raise ParameterError("signal_norm", "such that w_* is not a multiple of q_*", model.signal_norm)
    a, e = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    matrix = _STRONG / (visible * model.noise_std) * np.outer(a, e) - _HARD / model.noise_std**2 * np.outer(e, e)
    return e + _SLIGHT * a, matrix


def _error(m: int, free: int, panels: int) -> float:
    r"""Σ_k P(N₊ = k) P(k G₋ > (m + m' − k) G₊)."""
    reach = math.ceil(_WINDOW * math.sqrt(free) / 2)
    positive = np.arange(max(1, free // 2 - reach), min(free - 1, (free + 1) // 2 + reach) + 1)
    if not len(positive):
        return 0.0
    nodes, weights = _panels(panels)
    inside = erf(nodes / math.sqrt(2))
    total = 0.0
    for k, chance in zip(positive.tolist(), binom.pmf(positive, free, 0.5), strict=True):
        ratio = k / (m + free - k)
        density = (free - k) * inside ** (free - k - 1) * np.exp(-(nodes**2) / 2) * math.sqrt(2 / math.pi)
        total += float(chance) * float(weights @ (density * erf(ratio * nodes / math.sqrt(2)) ** k))
    return total


def _panels(count: int) -> tuple[Array, Array]:
    places, weights = np.polynomial.legendre.leggauss(16)
    width = _FURTHEST / count
    starts = width * np.arange(count)[:, None]
    return (starts + width * (places + 1) / 2).ravel(), np.tile(weights * width / 2, count)
