r"""Heads trained with any convex loss: ridge, logistic, support vector machines, max-margin; when data are separable."""

from theory.heads.features import Features, Scales, constant_scales
from theory.heads.fixed_point import fixed_point
from theory.heads.interpolation import interpolation
from theory.heads.least_squares import least_squares_error
from theory.heads.losses import LOSSES, HardMargin, Hinge, Logistic, Loss, Squared, SquaredHinge
from theory.heads.margins import MarginLaw
from theory.heads.max_margin import max_margin
from theory.heads.noise_sums import NoiseSums, noise_sums
from theory.heads.optimal_ridge import fundamental_limit, optimal_ridge
from theory.heads.sample_features import sample_features
from theory.heads.scales import sample_scales
from theory.heads.separability import separability
from theory.heads.separability_threshold import separability_threshold, separating_direction
from theory.heads.separable_probability import separable_probability, separable_without_signal
from theory.heads.trained_direction import FixedPoint
from theory.heads.trained_error import trained_head_error
from theory.heads.trained_head import LOSS_NAMES, sample_ratio, trained_head

__all__ = [
    "LOSSES",
    "LOSS_NAMES",
    "Features",
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
    "interpolation",
    "least_squares_error",
    "max_margin",
    "noise_sums",
    "optimal_ridge",
    "sample_features",
    "sample_ratio",
    "sample_scales",
    "separability",
    "separability_threshold",
    "separable_probability",
    "separable_without_signal",
    "separating_direction",
    "trained_head",
    "trained_head_error",
]
