r"""Design before data: draws that a verdict needs, and the deviation that a number of draws can catch."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri, rel_entr

from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, Probability
from simulations.agreement.betting import AMBITION, CAP, largest_variance
from simulations.agreement.errors import AgreementError
from simulations.agreement.linear import bernstein_penalty

__all__ = ["half_width", "largest_sd", "required_draws", "smallest_detectable"]


def required_draws(
    *, margin: float, sd: float, assumption: Assumption, predicted: float, false_alarm: float, miss_rate: float
) -> int:
    r"""Draws after which a true prediction has been reported as agreeing with probability >= 1 − miss_rate.

    With bet λ, log-capital against an edge of the margin grows by λδ − λ²v/2 a draw with standard
    deviation λ√v, and has to reach L = log(2/α):

    .. math:: \sqrt n = \frac{z\lambda\sqrt v + \sqrt{z^2\lambda^2 v + 4 g L}}{2g},\qquad
        g = \lambda\delta - \lambda^2 v/2,\quad z = \Phi^{-1}(1-\beta/2).

    A mixture (0/1 and asymptotic draws) needs √n δ/√v = z + √(2 log(1/α) + log(1 + nδ²/v)), and for rare
    events no fewer than log(1/α) over the Kullback-Leibler divergence from an edge of the margin.
    Bounded draws cap the bet, which adds the unavoidable L·range/δ: rare large values must be given a
    chance to show.

    Parameters
    ----------
    margin : float > 0
        Half-width δ of the margin, absolute.
    sd : float > 0
        Standard deviation √v of one draw.
    assumption : Assumption
    predicted : float
    false_alarm : float in (0, 1)
        α, the error of the confidence sequence.
    miss_rate : float in (0, 1)
        β.

    Returns
    -------
    int

    Raises
    ------
    AgreementError
        If a parameter is outside its domain.

    Reference: derived in docs/agreement.md.

    Examples
    --------
    >>> law = Bounded(0.0, 1.0)
    >>> n = required_draws(margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9, miss_rate=1e-3)
    >>> n, round((6.11 + 3.29) ** 2 * 0.2**2 / 0.01**2)     # next to a z-test of fixed size
    (39096, 35344)
    """
    _check(margin=margin, sd=sd, false_alarm=false_alarm, miss_rate=miss_rate)
    z = -float(ndtri(miss_rate / 2))
    if isinstance(assumption, (Probability, Asymptotic)):
        steps, score = 0, 10.0
        while steps < 20:
            steps, score = steps + 1, z + math.sqrt(2 * math.log(1 / false_alarm) + math.log1p(score**2))
        fewest = (math.log(1 / false_alarm) + 1.0) / _divergence(predicted, margin, assumption)
        return math.ceil(max((score * sd / margin) ** 2, fewest))
    bet, need = _bet(margin, sd, assumption, predicted), math.log(2.0 / false_alarm)
    growth = bet * margin - _price(bet, assumption) * sd**2
    noise = z * bet * sd
    return math.ceil(((noise + math.sqrt(noise**2 + 4 * growth * need)) / (2 * growth)) ** 2)


def half_width(
    draws: int, *, margin: float, sd: float, assumption: Assumption, predicted: float, false_alarm: float
) -> float:
    r"""Half-width (L + nλ²v/2)/(nλ) of the confidence sequence after n draws, tuned for a margin.

    Examples
    --------
    >>> law = Bounded(0.0, 1.0)
    >>> half_width(39081, margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9) < 0.0067
    True
    """
    _check(margin=margin, sd=sd, false_alarm=false_alarm, miss_rate=0.5)
    if isinstance(assumption, (Probability, Asymptotic)):
        score = math.sqrt(2 * math.log(1 / false_alarm) + math.log1p(draws * (margin / sd) ** 2))
        return score * sd / math.sqrt(draws)
    bet, need = _bet(margin, sd, assumption, predicted), math.log(2.0 / false_alarm)
    return (need + draws * _price(bet, assumption) * sd**2) / (draws * bet)


def smallest_detectable(
    draws: int, *, margin: float, sd: float, assumption: Assumption, predicted: float, false_alarm: float,
    miss_rate: float,
) -> float:
    r"""Smallest deviation that n draws reject with probability >= 1 − miss_rate.

    A prediction that is off by Δ is rejected if its number lies outside the interval and its row is not
    green: Δ = max(δ, half-width + z √(v/n)), z = Φ⁻¹(1 − β).

    Examples
    --------
    >>> law = Bounded(0.0, 1.0)
    >>> d = smallest_detectable(
    ...     3000, margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9, miss_rate=1e-3
    ... )
    >>> 0.04 < d < 0.07
    True
    """
    width = half_width(
        draws, margin=margin, sd=sd, assumption=assumption, predicted=predicted, false_alarm=false_alarm
    )
    return max(margin, width - float(ndtri(miss_rate)) * sd / math.sqrt(draws))


def largest_sd(assumption: Assumption, predicted: float) -> float:
    r"""Largest standard deviation that the assumption allows when the mean is the prediction; inf if unlimited.

    Examples
    --------
    >>> largest_sd(Bounded(0.0, 1.0), 0.2)
    0.4
    """
    if isinstance(assumption, Bounded):
        return math.sqrt(float(largest_variance(np.asarray(predicted), assumption.lower, assumption.upper)))
    if isinstance(assumption, Probability):
        return math.sqrt(float(largest_variance(np.asarray(predicted), 0.0, 1.0)))
    return math.inf if isinstance(assumption, Asymptotic) else assumption.sd


def _divergence(predicted: float, margin: float, assumption: Assumption) -> float:
    """Evidence of one draw of the predicted probability against the nearer-looking edge of its margin."""
    edges = [p for p in (predicted - margin, predicted + margin) if 0.0 < p < 1.0]
    if isinstance(assumption, Asymptotic) or not edges:
        return math.inf
    return float(min(rel_entr(predicted, p) + rel_entr(1.0 - predicted, 1.0 - p) for p in edges))


def _bet(margin: float, sd: float, assumption: Assumption, predicted: float) -> float:
    bet = AMBITION * margin / sd**2
    if isinstance(assumption, Bounded):
        farthest = max(predicted - assumption.lower, assumption.upper - predicted) + margin
        span = assumption.upper - assumption.lower
        return min(bet, CAP / farthest if assumption.method == "betting" else 0.5 / span)
    return bet


def _price(bet: float, assumption: Assumption) -> float:
    """Log-capital that a bet costs for a unit of variance."""
    if isinstance(assumption, Bounded) and assumption.method == "bernstein":
        span = assumption.upper - assumption.lower
        return float(bernstein_penalty(np.asarray(bet * span))) / span**2
    return bet**2 / 2


def _check(*, margin: float, sd: float, false_alarm: float, miss_rate: float) -> None:
    for name, value in (("margin", margin), ("sd", sd)):
        if not (math.isfinite(value) and value > 0.0):
            raise AgreementError(f"{name} must be a positive finite number, got {value}")
    for name, value in (("false_alarm", false_alarm), ("miss_rate", miss_rate)):
        if not 0.0 < value < 1.0:
            raise AgreementError(f"{name} must lie in (0, 1), got {value}")
