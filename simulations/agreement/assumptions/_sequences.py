r"""Which confidence sequence serves which assumption."""

from __future__ import annotations

from simulations.agreement.assumptions._assumption import Assumption, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.intervals import (
    Array,
    AsymptoticMixture,
    BetaBinomial,
    Betting,
    Catoni,
    ConfidenceSequence,
    EmpiricalBernstein,
    SubGaussianMixture,
)

__all__ = ["sequence_for"]


def sequence_for(
    assumption: Assumption, *, center: Array, target: Array, alpha: float, sd: float | None = None
) -> ConfidenceSequence:
    r"""Confidence sequence for an assumption, centred at a prediction and tuned for a half-width.

    Parameters
    ----------
    assumption : Assumption
    center, target, alpha : see `ConfidenceSequence`
    sd : float > 0, optional
        Guess of the standard deviation of a draw; costs or saves draws, never validity.

    Returns
    -------
    ConfidenceSequence
    """
    if isinstance(assumption, Bounded):
        method = Betting if assumption.method == "betting" else EmpiricalBernstein
        variance = None if sd is None else sd**2
        low, high = assumption.lower, assumption.upper
        return method(lower=low, upper=high, center=center, target=target, alpha=alpha, variance=variance)
    if isinstance(assumption, Probability):
        return BetaBinomial(center=center, target=target, alpha=alpha)
    if isinstance(assumption, SubGaussian):
        return SubGaussianMixture(sd=assumption.sd, center=center, target=target, alpha=alpha)
    if isinstance(assumption, FiniteVariance):
        return Catoni(sd=assumption.sd, center=center, target=target, alpha=alpha)
    return AsymptoticMixture(center=center, target=target, alpha=alpha)
