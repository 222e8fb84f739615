r"""Heads trained with any convex loss: ridge, logistic, support vector machines, max-margin; when data are separable."""

from theory.heads.fixed_point import FixedPoint, fixed_point
from theory.heads.losses import LOSSES, HardMargin, Hinge, Logistic, Loss, Squared, SquaredHinge
from theory.heads.margins import MarginLaw
from theory.heads.max_margin import max_margin
from theory.heads.noise_sums import NoiseSums, noise_sums
from theory.heads.optimal_ridge import fundamental_limit, optimal_ridge
from theory.heads.scales import Scales, constant_scales, sample_scales
from theory.heads.separability import separability
from theory.heads.separability_threshold import separability_threshold
from theory.heads.separable_probability import separable_probability, separable_without_signal
from theory.heads.trained_error import LOSS_NAMES, trained_head, trained_head_error

__all__ = [
    "LOSSES",
    "LOSS_NAMES",
    "FixedPoint",
    "HardMargin",
    "Hinge",
    "Logistic",
    "Loss",
    "MarginLaw",
    "NoiseSums",
    "Scales",
    "Squared",
    "SquaredHinge",
    "constant_scales",
    "fixed_point",
    "fundamental_limit",
    "max_margin",
    "noise_sums",
    "optimal_ridge",
    "sample_scales",
    "separability",
    "separability_threshold",
    "separable_probability",
    "separable_without_signal",
    "trained_head",
    "trained_head_error",
]
