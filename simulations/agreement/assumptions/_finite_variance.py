r"""Draws with a bounded variance, however heavy their tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulations.agreement.assumptions._assumption import Assumption, positive
from simulations.agreement.intervals import Array, Catoni, ConfidenceSequence

__all__ = ["FiniteVariance"]


@dataclass(frozen=True)
class FiniteVariance(Assumption):
    r"""Var X <= sd², nothing else (Catoni-style confidence sequence).

    Parameters
    ----------
    sd
        Bound on the standard deviation, > 0, in the units of a draw.
    """

    fixes_spread: ClassVar[bool] = True

    sd: float

    def __post_init__(self) -> None:
        positive("sd", self.sd)

    @property
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""
        return "finite variance, Catoni"

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Catoni's influence function with the stated sd."""
        return Catoni(sd=self.sd, center=center, target=target, alpha=alpha)

    def largest_sd(self, predicted: float, margin: float) -> float:
        r"""The stated sd."""
        return self.sd
