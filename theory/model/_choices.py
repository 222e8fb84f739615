r"""Choices among words that theory, simulations and the command lines share."""

from theory.model._domain import Choice
from theory.model._parameters import Parameter

__all__ = ["FORMULA", "GOAL", "STATISTIC"]

FORMULA = Parameter(
    "formula",
    "formula",
    r"\text{formula}",
    Choice(("auto", "exact", "finite-context", "large-context")),
    "which formula to use",
    default="auto",
)
r"""By which formula the error of least squares is predicted."""

STATISTIC = Parameter(
    "of",
    "of",
    r"\text{of}",
    Choice(("relevant-mass", "signal-to-noise", "noise-gain")),
    "A, A/C (the signal-to-noise ratio in units of W/σ) or C² of one sample",
)
r"""Which statistic of attention a distribution function is of."""

GOAL = Parameter(
    "goal",
    "goal",
    r"\text{goal}",
    Choice(("error", "alignment_w", "alignment_q", "relevant_mass")),
    "which outcome of the steps has to reach the target",
    default="error",
)
r"""What the first gradient steps are asked to reach."""
