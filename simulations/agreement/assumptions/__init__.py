r"""What is known about one draw, and what follows: its limits, its confidence sequence, the draws that a plan needs.

Start with `Assumption`: a new one is one subclass in one file, and everything that judges goes through its methods.
"""

from simulations.agreement.assumptions._assumption import (
    Assumption,
    Asymptotic,
    Bounded,
    FiniteVariance,
    Probability,
    SubGaussian,
    assumption_of,
)
from simulations.agreement.assumptions._sequences import sequence_for

__all__ = ["Assumption", "Asymptotic", "Bounded", "FiniteVariance", "Probability", "SubGaussian", "assumption_of", "sequence_for"]
