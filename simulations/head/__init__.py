r"""Known prompt, unknown head: test errors of heads trained on pooled features."""

from simulations.head._certificates import Certificate, InseparableError, are_separable, separability_certificate
from simulations.head._convex_experiment import separable_draws, simulated_training, training_designs
from simulations.head._convex_training import trained_heads
from simulations.head._estimated_head import error_draws, estimated_optimal_prompt, optimal_prompt_checks, separability_draws
from simulations.head._least_squares_solver import centred_least_squares, least_squares, smaller_gram_solution
from simulations.head._margin_problems import hinge_heads
from simulations.head._reference_head import (
    hinge_reference,
    logistic_reference,
    reference_head,
    squared_hinge_reference,
    squared_reference,
)
from simulations.head._simulated_errors import simulated_errors
from simulations.head._smooth_heads import logistic_heads, shortest_heads, smooth_heads, squared_heads, squared_hinge_heads
from simulations.head._token_level import token_level_errors
from simulations.head._trained_heads import TrainedHeads, conditional_error
from simulations.head._training_sets import conditional_scales, fresh_scores, training_sets

__all__ = [
    "Certificate",
    "InseparableError",
    "TrainedHeads",
    "are_separable",
    "centred_least_squares",
    "conditional_error",
    "conditional_scales",
    "error_draws",
    "estimated_optimal_prompt",
    "fresh_scores",
    "hinge_heads",
    "hinge_reference",
    "least_squares",
    "logistic_heads",
    "logistic_reference",
    "optimal_prompt_checks",
    "reference_head",
    "separability_certificate",
    "separability_draws",
    "separable_draws",
    "shortest_heads",
    "simulated_errors",
    "simulated_training",
    "smaller_gram_solution",
    "smooth_heads",
    "squared_heads",
    "squared_hinge_heads",
    "squared_hinge_reference",
    "squared_reference",
    "token_level_errors",
    "trained_heads",
    "training_designs",
    "training_sets",
]
