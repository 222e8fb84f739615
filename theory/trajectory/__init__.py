r"""The first gradient steps: head and prompt learned, how well, from how many samples, with which step sizes."""

from theory.trajectory.first_head import FirstHead, first_alignment, first_error, first_head
from theory.trajectory.limits import best_known_prompt, hard_attention, large_step_limit
from theory.trajectory.lower_bound import NearOptimality, information_bound, near_optimality
from theory.trajectory.outcomes import expected_mass, parameter_error, trajectory
from theory.trajectory.population import population_head, population_prompt, prompt_along_signal
from theory.trajectory.prompt_moments import VectorMoments, prompt_moments, unconditional_prompt_moments
from theory.trajectory.required_samples import required_samples
from theory.trajectory.sample_complexity import leading_samples, sample_complexity
from theory.trajectory.second_head import second_head_moments
from theory.trajectory.step_window import StepWindow, step_window

__all__ = [
    "FirstHead",
    "NearOptimality",
    "StepWindow",
    "VectorMoments",
    "best_known_prompt",
    "expected_mass",
    "first_alignment",
    "first_error",
    "first_head",
    "hard_attention",
    "information_bound",
    "large_step_limit",
    "leading_samples",
    "near_optimality",
    "parameter_error",
    "population_head",
    "population_prompt",
    "prompt_along_signal",
    "prompt_moments",
    "required_samples",
    "sample_complexity",
    "second_head_moments",
    "step_window",
    "trajectory",
    "unconditional_prompt_moments",
]
