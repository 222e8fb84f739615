r"""Draws with Gaussian tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulations.agreement.assumptions._assumption import Assumption, positive
from simulations.agreement.intervals import Array, ConfidenceSequence, SubGaussianMixture

__all__ = ["SubGaussian"]


@dataclass(frozen=True)
class SubGaussian(Assumption):
    r"""E exp(λ(X − EX)) <= exp(λ² sd²/2) for every λ.

    Parameters
    ----------
    sd
        The constant, > 0, in the units of a draw.
    """

    fixes_spread: ClassVar[bool] = True

    sd: float

    def __post_init__(self) -> None:
        positive("sd", self.sd)

    @property
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""
        return "sub-Gaussian"

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Linear bets with the stated sd."""
        return SubGaussianMixture(sd=self.sd, center=center, target=target, alpha=alpha)

    def largest_sd(self, predicted: float, margin: float) -> float:
        r"""The stated sd."""
        return self.sd
