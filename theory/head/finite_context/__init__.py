r"""Least squares when attention differs from sample to sample: the law at finite T, and its limit of a large context.

Start at `finite_context_error`."""

from theory.head.finite_context._finite_context_law import (
    LearnedDirection,
    equivalent_ratio,
    finite_context_error,
    learned_direction,
)
from theory.head.finite_context._large_context_limit import large_context_error

__all__ = [
    "LearnedDirection",
    "equivalent_ratio",
    "finite_context_error",
    "large_context_error",
    "learned_direction",
]
