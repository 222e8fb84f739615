r"""The losses that a head may minimise, each declared once: what theory and what simulations know of it."""

from dataclasses import dataclass
from typing import Literal

from theory.model._registry import Reference, Registry

__all__ = ["LOSSES", "LossDeclaration"]


@dataclass(frozen=True)
class LossDeclaration:
    r"""A convex loss ℓ of the margin v = y f(x).

    Parameters
    ----------
    name
        On the command line, in settings files and in tables.
    theory
        A `theory.head.convex.Loss`: value, slope and proximal operator.
    vanishing_ridge
        What the head tends to as the ridge vanishes: "minimiser" of the loss; "interpolation", the shortest head with all margins
        1 once n <= p; or "max-margin", the shortest with all margins at least 1 once data are separable. "hard-margin" is the
        loss that has this head alone.
    solver
        A function of (designs, ridge, labels) that returns heads, for many small problems at once, in `simulations`.
    reference
        A function of (margins, n) that returns the mean loss as an expression of cvxpy.
    """

    name: str
    theory: Reference
    vanishing_ridge: Literal["minimiser", "interpolation", "max-margin", "hard-margin"]
    solver: Reference = None
    reference: Reference = None


LOSSES: Registry[LossDeclaration] = Registry("loss")
r"""Every declared loss by its name."""

for _loss in (
    LossDeclaration(
        "squared",
        "theory.head.convex:SQUARED",
        "interpolation",
        "simulations.head:squared_heads",
        "simulations.head:squared_reference",
    ),
    LossDeclaration(
        "logistic",
        "theory.head.convex:LOGISTIC",
        "max-margin",
        "simulations.head:logistic_heads",
        "simulations.head:logistic_reference",
    ),
    LossDeclaration(
        "hinge", "theory.head.convex:HINGE", "max-margin", "simulations.head:hinge_heads", "simulations.head:hinge_reference"
    ),
    LossDeclaration(
        "squared-hinge",
        "theory.head.convex:SQUARED_HINGE",
        "max-margin",
        "simulations.head:squared_hinge_heads",
        "simulations.head:squared_hinge_reference",
    ),
    LossDeclaration("max-margin", "theory.head.convex:HARD_MARGIN", "hard-margin"),
):
    LOSSES.declare(_loss.name, _loss)
