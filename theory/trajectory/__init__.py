r"""Contribution 2: the first gradient steps on prompt and head, at finite n, T and d.

Start at `trajectory`; the symbolic proofs are in `symbolic` and `wick`."""

from theory.trajectory._decision import decisions
from theory.trajectory._first_head import FirstHead, first_alignment, first_error, first_head, mean_cosine
from theory.trajectory._limits import best_known_prompt, hard_attention, large_step_limit
from theory.trajectory._near_optimality import NearOptimality, direction_information, information_bound, near_optimality
from theory.trajectory._outcomes import expected_mass, parameter_error, single_outcome, trajectory
from theory.trajectory._parameter_law import parameter_points
from theory.trajectory._pooled_error import score_sum_distribution
from theory.trajectory._population import population_head, population_prompt, prompt_along_signal
from theory.trajectory._prompt_moments import VectorMoments, prompt_moments, unconditional_prompt_moments
from theory.trajectory._required_samples import required_samples
from theory.trajectory._residuals import RESIDUALS, residual_polynomials
from theory.trajectory._sample_atoms import sample_atoms
from theory.trajectory._sample_complexity import leading_samples, prompt_alignment, sample_complexity
from theory.trajectory._sampled_errors import sampled_errors
from theory.trajectory._second_head import second_head_moments
from theory.trajectory._softmax_moments import softmax_moments
from theory.trajectory._step_window import StepWindow, step_window
from theory.trajectory._tabulated_outcomes import direct_errors, interpolated_errors, moment_values

__all__ = [
    "RESIDUALS",
    "FirstHead",
    "NearOptimality",
    "StepWindow",
    "VectorMoments",
    "best_known_prompt",
    "decisions",
    "direct_errors",
    "direction_information",
    "expected_mass",
    "first_alignment",
    "first_error",
    "first_head",
    "hard_attention",
    "information_bound",
    "interpolated_errors",
    "large_step_limit",
    "leading_samples",
    "mean_cosine",
    "moment_values",
    "near_optimality",
    "parameter_error",
    "parameter_points",
    "population_head",
    "population_prompt",
    "prompt_alignment",
    "prompt_along_signal",
    "prompt_moments",
    "required_samples",
    "residual_polynomials",
    "sample_atoms",
    "sample_complexity",
    "sampled_errors",
    "score_sum_distribution",
    "second_head_moments",
    "single_outcome",
    "softmax_moments",
    "step_window",
    "trajectory",
    "unconditional_prompt_moments",
]
