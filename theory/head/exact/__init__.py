r"""Exact laws at every n and p where all samples have the same attention and noise gain (τ = 0).

Start at `exact_error`; `alignment` gives the whole law of the trained direction."""

from theory.head.exact._alignment_law import Alignment
from theory.head.exact._averaging import AveragingAlignment
from theory.head.exact._constant_scale import (
    alignment,
    error_with_intercept,
    expected_error,
    limit_error,
    log_limit_error,
    mean_error,
)
from theory.head.exact._error_law import ErrorLaw
from theory.head.exact._mean_pooled_head import exact_error
from theory.head.exact._minimum_norm import MinimumNormAlignment
from theory.head.exact._overdetermined import LeastSquaresAlignment
from theory.head.exact._polar_angle import log_polar_radial
from theory.head.exact._signal_to_noise import head_signal, large_context_scales, mean_pooling_ratio, require_known_prompt_model
from theory.head.exact._student_form import student_expected_error

__all__ = [
    "Alignment",
    "AveragingAlignment",
    "ErrorLaw",
    "LeastSquaresAlignment",
    "MinimumNormAlignment",
    "alignment",
    "error_with_intercept",
    "exact_error",
    "expected_error",
    "head_signal",
    "large_context_scales",
    "limit_error",
    "log_limit_error",
    "log_polar_radial",
    "mean_error",
    "mean_pooling_ratio",
    "require_known_prompt_model",
    "student_expected_error",
]
