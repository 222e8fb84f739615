r"""The first gradient steps, run: on tokens from the definition, and by an equal-in-law shortcut."""

from simulations.trajectory.algorithm import Runs, first_steps_on_tokens
from simulations.trajectory.continued import TrainingPath, continued_training
from simulations.trajectory.experiment import KEYS, simulated_trajectory
from simulations.trajectory.sample_count import SampleCount, simulated_count, simulated_sample_complexity
from simulations.trajectory.shortcut import first_steps

__all__ = [
    "KEYS",
    "Runs",
    "SampleCount",
    "TrainingPath",
    "continued_training",
    "first_steps",
    "first_steps_on_tokens",
    "simulated_count",
    "simulated_sample_complexity",
    "simulated_trajectory",
]
