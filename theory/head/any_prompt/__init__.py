r"""Least squares at every n, p and T under any prompt: the exact law, and what limits leave of it."""

from theory.head.any_prompt._expected_error import any_prompt_error
from theory.head.any_prompt._limit_error import FEWEST_SAMPLES, Dispersion, dispersion, limit_model_error
from theory.head.any_prompt._sample_law import refuse_uncovered

__all__ = ["FEWEST_SAMPLES", "Dispersion", "any_prompt_error", "dispersion", "limit_model_error", "refuse_uncovered"]
