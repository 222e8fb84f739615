r"""Least squares at every n, p and T under any prompt: the exact law, and what limits leave of it."""

from theory.head.any_prompt._expected_error import any_prompt_error
from theory.head.any_prompt._fresh_error import FreshError
from theory.head.any_prompt._heads import Heads
from theory.head.any_prompt._limit_error import FEWEST_SAMPLES, Dispersion, dispersion, limit_model_error
from theory.head.any_prompt._measured_mean import DEFAULT_PRECISION, MeasuredMean, mean_to_precision, measured_mean
from theory.head.any_prompt._points import BLOCKS, Points
from theory.head.any_prompt._sample_law import SampleLaw, refuse_uncovered, sample_laws
from theory.head.any_prompt._sums import KnownSums

__all__ = [
    "BLOCKS",
    "DEFAULT_PRECISION",
    "FEWEST_SAMPLES",
    "Dispersion",
    "FreshError",
    "Heads",
    "KnownSums",
    "MeasuredMean",
    "Points",
    "SampleLaw",
    "any_prompt_error",
    "dispersion",
    "limit_model_error",
    "mean_to_precision",
    "measured_mean",
    "refuse_uncovered",
    "sample_laws",
]
