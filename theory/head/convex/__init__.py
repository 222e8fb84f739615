r"""Heads trained with any convex loss and ridge, for n, p → ∞: fixed-point equations.

Start at `trained_head_error`; a loss is declared in `_losses`."""

from theory.head.convex._fixed_point import fixed_point
from theory.head.convex._fresh_error import cubature_error, fresh_error
from theory.head.convex._interpolation import interpolation
from theory.head.convex._interpolation_leak import interpolation_leak
from theory.head.convex._losses import (
    CONVEX_LOSSES,
    HARD_MARGIN,
    HINGE,
    LOGISTIC,
    SQUARED,
    SQUARED_HINGE,
    HardMargin,
    Hinge,
    Logistic,
    Loss,
    Squared,
    SquaredHinge,
)
from theory.head.convex._margin_law import MarginLaw
from theory.head.convex._margin_moments import margin_moments, margin_rule
from theory.head.convex._max_margin import max_margin
from theory.head.convex._optimal_ridge import fundamental_limit, optimal_ridge
from theory.head.convex._trained_direction import FixedPoint
from theory.head.convex._trained_head import sample_ratio, trained_head, working_ridge
from theory.head.convex._trained_head_error import trained_head_error

__all__ = [
    "CONVEX_LOSSES",
    "HARD_MARGIN",
    "HINGE",
    "LOGISTIC",
    "SQUARED",
    "SQUARED_HINGE",
    "FixedPoint",
    "HardMargin",
    "Hinge",
    "Logistic",
    "Loss",
    "MarginLaw",
    "Squared",
    "SquaredHinge",
    "cubature_error",
    "fixed_point",
    "fresh_error",
    "fundamental_limit",
    "interpolation",
    "interpolation_leak",
    "margin_moments",
    "margin_rule",
    "max_margin",
    "optimal_ridge",
    "sample_ratio",
    "trained_head",
    "trained_head_error",
    "working_ridge",
]
