r"""Intervals that hold at all numbers of draws at once: confidence sequences for a mean, a band for a law.

Start with `ConfidenceSequence`, which says what all of them promise; `Betting` is the one that most claims use.
"""

from simulations.agreement.intervals._band import Band, kolmogorov_distance, planned_band_draws, uniform_band
from simulations.agreement.intervals._beta_binomial import BetaBinomial
from simulations.agreement.intervals._betting import CAP, Betting, largest_variance, quartic_constant, quartic_growth
from simulations.agreement.intervals._catoni import Catoni, influence
from simulations.agreement.intervals._linear import (
    LARGEST_STAKE,
    EmpiricalBernstein,
    LinearBets,
    SubGaussianMixture,
    bernstein_penalty,
)
from simulations.agreement.intervals._normal_mixture import AsymptoticMixture, mixture_width
from simulations.agreement.intervals._roots import last_rejected
from simulations.agreement.intervals._sequence import AMBITION, Array, ConfidenceSequence

__all__ = [
    "AMBITION",
    "CAP",
    "LARGEST_STAKE",
    "Array",
    "AsymptoticMixture",
    "Band",
    "BetaBinomial",
    "Betting",
    "Catoni",
    "ConfidenceSequence",
    "EmpiricalBernstein",
    "LinearBets",
    "SubGaussianMixture",
    "bernstein_penalty",
    "influence",
    "kolmogorov_distance",
    "largest_variance",
    "last_rejected",
    "mixture_width",
    "planned_band_draws",
    "quartic_constant",
    "quartic_growth",
    "uniform_band",
]
