r"""Experiments on attention at finite T: what a prompt does to one sample."""

from simulations.context.attention import ATTENTION, simulated_attention
from simulations.context.noise_laws import NOISE_LAWS, simulated_mass_with_noise, simulated_mistakes_with_noise
from simulations.context.optimal_prompt import simulated_optimal_prompt

__all__ = [
    "ATTENTION",
    "NOISE_LAWS",
    "simulated_attention",
    "simulated_mass_with_noise",
    "simulated_mistakes_with_noise",
    "simulated_optimal_prompt",
]
