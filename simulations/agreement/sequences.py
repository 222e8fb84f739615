r"""Which confidence sequence serves which assumption."""

from __future__ import annotations

from simulations.agreement.assumptions import Assumption, Bounded
from simulations.agreement.betting import Betting
from simulations.agreement.errors import AgreementError
from simulations.agreement.sequence import Array, ConfidenceSequence

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
    variance = None if sd is None else sd**2
    if isinstance(assumption, Bounded):
        return Betting(
            lower=assumption.lower, upper=assumption.upper, center=center, target=target, alpha=alpha, variance=variance
        )
    raise AgreementError(f"no confidence sequence for {assumption!r}")
