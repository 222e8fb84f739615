r"""Attention and errors when the token noise is not Gaussian.

Start at `score_law` and `error_with_noise`."""

from theory.context.noise_laws._noise_law_error import error_with_noise
from theory.context.noise_laws._score_laws import EXCESS_KURTOSIS, relevant_mass, score_law

__all__ = ["EXCESS_KURTOSIS", "error_with_noise", "relevant_mass", "score_law"]
