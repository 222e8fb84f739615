r"""Draws of which nothing is known but that averages become Gaussian."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.agreement.assumptions._assumption import Assumption
from simulations.agreement.assumptions._demand import Demand, draws_by_mixture, width_by_mixture
from simulations.agreement.intervals import Array, AsymptoticMixture, ConfidenceSequence

__all__ = ["Asymptotic"]


@dataclass(frozen=True)
class Asymptotic(Assumption):
    r"""Only a central limit theorem: error rates hold in the limit of many draws, and tables say so."""

    @property
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""
        return "ASYMPTOTIC (CLT)"

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Gaussian mixture with the standard deviation of the draws."""
        return AsymptoticMixture(center=center, target=target, alpha=alpha)

    def fewest_draws(self, demand: Demand) -> float:
        r"""As a Gaussian mixture with the true variance."""
        return draws_by_mixture(demand)

    def half_width(self, draws: int, demand: Demand) -> float:
        r"""As a Gaussian mixture with the true variance."""
        return width_by_mixture(draws, demand)
