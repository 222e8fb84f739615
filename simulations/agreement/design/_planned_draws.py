r"""Draws that a verdict needs, and the deviation that a number of draws can catch."""

from __future__ import annotations

import math

from simulations.agreement._errors import AgreementError
from simulations.agreement._special import special
from simulations.agreement.assumptions import Assumption, Demand

__all__ = ["half_width", "required_draws", "smallest_detectable"]


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

    Derived in docs/agreement.md (eq-agreement-growth, eq-agreement-draws).

    Parameters
    ----------
    margin
        Half-width δ > 0 of the margin, absolute.
    sd
        Standard deviation √v > 0 of one draw.
    assumption
        What is known about one draw.
    predicted
        The predicted mean.
    false_alarm
        α in (0, 1), the error of the confidence sequence.
    miss_rate
        β in (0, 1).

    Raises
    ------
    AgreementError
        If a parameter is outside its domain.

    Examples
    --------
    >>> from simulations.agreement.assumptions import Bounded
    >>> law = Bounded(0.0, 1.0)
    >>> n = required_draws(margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9, miss_rate=1e-3)
    >>> n, round((6.11 + 3.29) ** 2 * 0.2**2 / 0.01**2)     # next to a z-test of fixed size
    (43387, 35344)
    """
    demand = _demand(margin, sd, predicted, false_alarm, miss_rate)
    return math.ceil(assumption.fewest_draws(demand) * (1.0 + 1.0 / 16.0)) + 128


def half_width(draws: int, *, margin: float, sd: float, assumption: Assumption, predicted: float, false_alarm: float) -> float:
    r"""Half-width (L + nλ²v/2)/(nλ) of the confidence sequence after n draws, tuned for a margin.

    Parameters
    ----------
    draws
        n >= 1.
    margin, sd, assumption, predicted, false_alarm
        As for `required_draws`.

    Examples
    --------
    >>> from simulations.agreement.assumptions import Bounded
    >>> law = Bounded(0.0, 1.0)
    >>> half_width(39081, margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9) < 0.0067
    True
    """
    return assumption.half_width(draws, _demand(margin, sd, predicted, false_alarm, 0.5))


def smallest_detectable(
    draws: int,
    *,
    margin: float,
    sd: float,
    assumption: Assumption,
    predicted: float,
    false_alarm: float,
    miss_rate: float,
) -> float:
    r"""Smallest deviation that n draws reject with probability >= 1 − miss_rate.

    A prediction that is off by Δ is rejected if its number lies outside the interval and its row is not
    green: Δ = max(δ, half-width + z √(v/n)), z = Φ⁻¹(1 − β).

    Parameters
    ----------
    draws
        n >= 1.
    margin, sd, assumption, predicted, false_alarm, miss_rate
        As for `required_draws`.

    Examples
    --------
    >>> from simulations.agreement.assumptions import Bounded
    >>> law = Bounded(0.0, 1.0)
    >>> d = smallest_detectable(
    ...     3000, margin=0.01, sd=0.2, assumption=law, predicted=0.3, false_alarm=1e-9, miss_rate=1e-3
    ... )
    >>> 0.04 < d < 0.07
    True
    """
    width = half_width(draws, margin=margin, sd=sd, assumption=assumption, predicted=predicted, false_alarm=false_alarm)
    return max(margin, width - float(special().ndtri(miss_rate)) * sd / math.sqrt(draws))


def _demand(margin: float, sd: float, predicted: float, false_alarm: float, miss_rate: float) -> Demand:
    for name, value in (("margin", margin), ("sd", sd)):
        if not (math.isfinite(value) and value > 0.0):
            raise AgreementError(f"{name} must be a positive finite number, got {value}")
    for name, value in (("false_alarm", false_alarm), ("miss_rate", miss_rate)):
        if not 0.0 < value < 1.0:
            raise AgreementError(f"{name} must lie in (0, 1), got {value}")
    return Demand(margin, sd, predicted, false_alarm, miss_rate)
