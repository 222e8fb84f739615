r"""Experiments on attention at finite T: what a prompt does to one sample."""

from simulations.context._attention_draws import ATTENTION, simulated_attention
from simulations.context._estimated_attention import attention_draws, estimated_attention, probability_draws
from simulations.context._other_noise import NOISE_LAWS, simulated_mass_with_noise, simulated_mistakes_with_noise
from simulations.context._strength_search import simulated_optimal_prompt

__all__ = [
    "ATTENTION",
    "NOISE_LAWS",
    "attention_draws",
    "estimated_attention",
    "probability_draws",
    "simulated_attention",
    "simulated_mass_with_noise",
    "simulated_mistakes_with_noise",
    "simulated_optimal_prompt",
]
