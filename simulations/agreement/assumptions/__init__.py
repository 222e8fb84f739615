r"""What is known about one draw, and what follows: its limits, its confidence sequence, the draws that a plan needs.

Start with `Assumption`: a new one is one subclass in one file, and everything that judges goes through its methods.
"""

from simulations.agreement.assumptions._assumption import Assumption
from simulations.agreement.assumptions._bounded import Bounded, assumption_of
from simulations.agreement.assumptions._central_limit import Asymptotic
from simulations.agreement.assumptions._demand import (
    Demand,
    draws_by_bets,
    draws_by_mixture,
    width_by_bets,
    width_by_mixture,
)
from simulations.agreement.assumptions._finite_variance import FiniteVariance
from simulations.agreement.assumptions._probability import Probability
from simulations.agreement.assumptions._sub_gaussian import SubGaussian

__all__ = [
    "Assumption",
    "Asymptotic",
    "Bounded",
    "Demand",
    "FiniteVariance",
    "Probability",
    "SubGaussian",
    "assumption_of",
    "draws_by_bets",
    "draws_by_mixture",
    "width_by_bets",
    "width_by_mixture",
]
