r"""Known prompt, unknown head: test errors of heads trained on pooled features."""

from simulations.head.experiment import simulated_errors
from simulations.head.reference import token_level_errors
from simulations.head.solver import least_squares

__all__ = ["least_squares", "simulated_errors", "token_level_errors"]
