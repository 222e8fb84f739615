r"""Distribution functions of the attention A and of the signal-to-noise ratio A/C of one sample."""

from __future__ import annotations

import math

from theory.context.lognormal import SumLaw, lognormal_sum, refuse_heavy_scores
from theory.context.moments import AttentionLaw
from theory.model import ParameterError

__all__ = ["mass_distribution", "signal_distribution"]

_HEAVIEST = 100.0  # standard deviation of the logarithm of a summand, up to which the law of their sum keeps its digits


def mass_distribution(law: AttentionLaw, mass: float) -> SumLaw:
    r"""`P(A < x)` and `P(A > x)`.

    .. math:: \{A < x\} = \Bigl\{\sum_t e^{s g_t} > a\,\bigl(\tfrac1x - 1\bigr)\Bigr\} .

    Parameters
    ----------
    law
        m' ≥ 1, s > 0.
    mass
        x in (0, 1).

    Returns
    -------
    SumLaw
        The smaller probability to relative accuracy.

    Raises
    ------
    ParameterError
        If attention is not random, or scores have a standard deviation above 100.

    Notes
    -----
    Equation :eq:`eq-context-laws` of docs/context.md, by :eq:`eq-context-sum-law`.

    Examples
    --------
    >>> law = mass_distribution(AttentionLaw(8, 32, 1.43, 0.77), 0.44)
    >>> round(law.below + law.above, 12), 0.4 < law.below < 0.6
    (1.0, True)
    """
    if not 0.0 < mass < 1.0:
        raise ParameterError("mass", "in (0, 1)", mass)
    _require_noise(law, _HEAVIEST)
    total = lognormal_sum(law.log_a + math.log1p(-mass) - math.log(mass), law.n_irrelevant, law.score_std)
    return SumLaw(total.above, total.below, total.rel_error)


def signal_distribution(law: AttentionLaw, signal: float) -> SumLaw:
    r"""`P(A/C < x)` and `P(A/C > x)`; W/σ times A/C is the signal-to-noise ratio of a sample.

    .. math:: \{A/C < x\} = \Bigl\{\sum_t e^{2 s g_t} > (a/x)^2\Bigr\} .

    Parameters
    ----------
    law
        m' ≥ 1, s > 0.
    signal
        x > 0.

    Returns
    -------
    SumLaw

    Raises
    ------
    ParameterError
        If attention is not random, or scores have a standard deviation above 50.

    Notes
    -----
    Equation :eq:`eq-context-laws` of docs/context.md, by :eq:`eq-context-sum-law`.

    Examples
    --------
    >>> law = signal_distribution(AttentionLaw(3, 1, 1.2, 0.9), 3 * math.exp(1.2))  # one noise token: its median
    >>> round(law.below, 12)
    0.5
    """
    if not (signal > 0.0 and math.isfinite(signal)):
        raise ParameterError("signal", "positive and finite", signal)
    _require_noise(law, 0.5 * _HEAVIEST)
    total = lognormal_sum(2.0 * (law.log_a - math.log(signal)), law.n_irrelevant, 2.0 * law.score_std)
    return SumLaw(total.above, total.below, total.rel_error)


def _require_noise(law: AttentionLaw, heaviest: float) -> None:
    if law.n_irrelevant < 1 or law.score_std == 0.0:
        raise ParameterError("law", "random: m' >= 1 and a positive score_std", law)
    refuse_heavy_scores(law.score_std, heaviest)
