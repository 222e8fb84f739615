r"""The first gradient steps, run: on tokens from the definition, and by an equal-in-law shortcut."""

from simulations.trajectory._continued_training import TrainingPath, continued_training
from simulations.trajectory._estimated_steps import count_checks, estimated_count, trajectory_draws
from simulations.trajectory._loss_gradients import attention, loss_gradients, sample_gradients
from simulations.trajectory._outcome_draws import KEYS, simulated_trajectory
from simulations.trajectory._pair_outcomes import cosines, debiased, mean_pooling_errors, outcomes
from simulations.trajectory._pooled_steps import first_heads, first_prompts, first_steps
from simulations.trajectory._sample_count import SampleCount, simulated_count, simulated_sample_complexity
from simulations.trajectory._steps_on_tokens import Runs, first_steps_on_tokens

__all__ = [
    "KEYS",
    "Runs",
    "SampleCount",
    "TrainingPath",
    "attention",
    "continued_training",
    "cosines",
    "count_checks",
    "debiased",
    "estimated_count",
    "first_heads",
    "first_prompts",
    "first_steps",
    "first_steps_on_tokens",
    "loss_gradients",
    "mean_pooling_errors",
    "outcomes",
    "sample_gradients",
    "simulated_count",
    "simulated_sample_complexity",
    "simulated_trajectory",
    "trajectory_draws",
]
