r"""Known prompt, trained head: exact laws, the finite-T law, and the large-context formula."""

from theory.head.alignment import Alignment
from theory.head.averaging import AveragingAlignment
from theory.head.constant_scale import alignment, error_with_intercept, expected_error, limit_error
from theory.head.error_law import ErrorLaw
from theory.head.exact import exact_error
from theory.head.expected import TRUSTED_DEVIATION, head_error
from theory.head.finite_context import LearnedDirection, finite_context_error, learned_direction
from theory.head.large_context import large_context_error
from theory.head.least_squares import LeastSquaresAlignment
from theory.head.minimum_norm import MinimumNormAlignment
from theory.head.optimal_strength import optimal_head_prompt

__all__ = [
    "TRUSTED_DEVIATION",
    "Alignment",
    "AveragingAlignment",
    "ErrorLaw",
    "LearnedDirection",
    "LeastSquaresAlignment",
    "MinimumNormAlignment",
    "alignment",
    "error_with_intercept",
    "exact_error",
    "expected_error",
    "finite_context_error",
    "head_error",
    "large_context_error",
    "learned_direction",
    "limit_error",
    "optimal_head_prompt",
]
