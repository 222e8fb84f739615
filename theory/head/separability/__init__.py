r"""When n samples can be separated by a head: the probability at every n and p, and its threshold for n, p → ∞.

Start at `separability`."""

from theory.head.separability._finite_probability import (
    bounded_separable_probability,
    separable_probability,
    separable_without_signal,
)
from theory.head.separability._separable_setting import separability
from theory.head.separability._threshold import positive_part_moments, separability_threshold, separating_direction

__all__ = [
    "bounded_separable_probability",
    "positive_part_moments",
    "separability",
    "separability_threshold",
    "separable_probability",
    "separable_without_signal",
    "separating_direction",
]
