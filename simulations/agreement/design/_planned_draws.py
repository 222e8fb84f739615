r"""Design before data: draws that a verdict needs, and the deviation that a number of draws can catch."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri, rel_entr

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, Probability
from simulations.agreement.intervals import AMBITION, CAP, LARGEST_STAKE, bernstein_penalty, largest_variance

__all__ = ["half_width", "largest_sd", "required_draws", "smallest_detectable"]


def required_draws(
    *, margin: float, sd: float, assumption: Assumption, predicted: float, false_alarm: float, miss_rate: float
) -> int:
    r"""Draws after which a true prediction has been reported as agreeing with probability >= 1 − miss_rate.

    With bet λ, log-capital against an edge of the margin grows by at least g a draw and fluctuates by λ√v; it
    has to reach L = log(2/α):

    .. math:: \sqrt n = \frac{z\lambda\sqrt v + \sqrt{z^2\lambda^2 v + 4 g L}}{2g},\qquad
        g = \lambda\delta - \psi(\lambda R)\, v/R^2,\quad \psi(y) = -\log(1-y) - y,\quad z = \Phi^{-1}(1-\beta/2),

    with R the farthest that a draw can lie from a candidate (0, that is ψ(λR)/R² = λ²/2, for unbounded
    draws). A probability needs n KL(p ± z√(v/n), p ± δ) >= log(1/α) and the price of its prior; an asymptotic
    row √n δ/√v = z + √(2 log(1/α) + log(1 + nδ²/v)). Looks come after blocks of at least 128 draws
    and a sixteenth of the draws so far: that much is added.

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
    (43387, 35344)
    """
    _check(margin=margin, sd=sd, false_alarm=false_alarm, miss_rate=miss_rate)
    z = -float(ndtri(miss_rate / 2))
    if isinstance(assumption, Probability):
        return _with_looks(_probability_draws(predicted, margin, sd, math.log(1.0 / false_alarm), z))
    if isinstance(assumption, Asymptotic):
        score = 10.0
        for _ in range(20):
            score = z + math.sqrt(2 * math.log(1 / false_alarm) + math.log1p(score**2))
        return _with_looks((score * sd / margin) ** 2)
    need, fewest = math.log(2.0 / false_alarm), math.inf
    for fraction in _fractions(assumption):
        bet = fraction * _bet(margin, sd, assumption, predicted)
        growth = bet * margin - _price(bet, margin, assumption, predicted) * sd**2
        noise = z * bet * sd
        if growth > 0.0:
            fewest = min(fewest, ((noise + math.sqrt(noise**2 + 4 * growth * need)) / (2 * growth)) ** 2)
    return _with_looks(fewest)


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
    betting = isinstance(assumption, Bounded) and assumption.method == "betting"
    price = bet**2 / 2 if betting else _price(bet, margin, assumption, predicted)
    return (need + draws * price * sd**2) / (draws * bet)


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


def largest_sd(assumption: Assumption, predicted: float, margin: float) -> float:
    r"""Largest standard deviation that the assumption allows when the mean is the prediction; inf if unlimited.

    A prediction at a bound counts as a tenth of the margin away from it.

    Examples
    --------
    >>> largest_sd(Bounded(0.0, 1.0), 0.2, 0.01)
    0.4
    """
    if isinstance(assumption, (Bounded, Probability)):
        lower, upper = (assumption.lower, assumption.upper) if isinstance(assumption, Bounded) else (0.0, 1.0)
        return math.sqrt(float(largest_variance(np.asarray(predicted), lower, upper, 0.1 * margin)))
    return math.inf if isinstance(assumption, Asymptotic) else assumption.sd


def _with_looks(draws: float) -> int:
    return math.ceil(draws * (1.0 + 1.0 / 16.0)) + 128


def _probability_draws(p: float, margin: float, sd: float, need: float, z: float) -> float:
    """Fewest draws at which even an unlucky share of ones rejects both edges of the margin."""

    def settled(n: float) -> bool:
        evidence = need + 0.5 * math.log1p(0.5 * n * (margin / sd) ** 2) + 0.5
        for side in (-1.0, 1.0):
            edge, unlucky = p + side * margin, p + side * z * sd / math.sqrt(n)
            if 0.0 < edge < 1.0 and (side * (edge - unlucky) <= 0.0 or n * _divergence(unlucky, edge) < evidence):
                return False
        return True

    low, high = 1.0, 2.0
    while not settled(high):
        low, high = high, 2.0 * high
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if settled(middle) else (middle, high)
    return high


def _divergence(p: float, q: float) -> float:
    p = min(max(p, 0.0), 1.0)
    return float(rel_entr(p, q) + rel_entr(1.0 - p, 1.0 - q))


def _farthest(margin: float, assumption: Bounded, predicted: float) -> float:
    if assumption.method == "bernstein":
        return assumption.upper - assumption.lower
    return max(predicted - assumption.lower, assumption.upper - predicted) + margin


def _bet(margin: float, sd: float, assumption: Assumption, predicted: float) -> float:
    bet = AMBITION * margin / sd**2
    if isinstance(assumption, Bounded):
        stake = CAP if assumption.method == "betting" else LARGEST_STAKE
        return min(bet, stake / _farthest(margin, assumption, predicted))
    return bet


def _fractions(assumption: Assumption) -> list[float]:
    betting = isinstance(assumption, Bounded) and assumption.method == "betting"
    return [0.8**k for k in range(11)] if betting else [1.0]


def _price(bet: float, margin: float, assumption: Assumption, predicted: float) -> float:
    """Largest log-capital that a bet can cost for a unit of variance."""
    if isinstance(assumption, Bounded):
        farthest = _farthest(margin, assumption, predicted)
        return float(bernstein_penalty(np.asarray(bet * farthest))) / farthest**2
    return bet**2 / 2


def _check(*, margin: float, sd: float, false_alarm: float, miss_rate: float) -> None:
    for name, value in (("margin", margin), ("sd", sd)):
        if not (math.isfinite(value) and value > 0.0):
            raise AgreementError(f"{name} must be a positive finite number, got {value}")
    for name, value in (("false_alarm", false_alarm), ("miss_rate", miss_rate)):
        if not 0.0 < value < 1.0:
            raise AgreementError(f"{name} must lie in (0, 1), got {value}")
