r"""The benefit of context: attention at finite T, the optimal prompt, and the phase diagram."""

from theory.context.any_prompt import LabelledAttention, PromptGeometry, labelled_attention, prompt_geometry
from theory.context.attention import attention, population_error
from theory.context.attention_distribution import mass_distribution, signal_distribution
from theory.context.attention_law import AttentionLaw, attention_law
from theory.context.attention_moments import AttentionMoments, attention_moments, inverse_gain_moments
from theory.context.attention_probability import attention_probability
from theory.context.gain_distribution import GainLaw, noise_gain_distribution
from theory.context.gaussian_tail import GaussianTail, gaussian_tail
from theory.context.optimal_prompt import PromptMinimum, best_strength, optimal_prompt
from theory.context.population_head import best_head, given_head_error, least_squares_head, quiet_head, signal_head
from theory.context.resolvent import ResolventMoments, resolvent_moments
from theory.context.scale_moments import ScaleMoments, WeightGroup, scale_moments

__all__ = [
    "AttentionLaw",
    "AttentionMoments",
    "GainLaw",
    "GaussianTail",
    "LabelledAttention",
    "PromptGeometry",
    "PromptMinimum",
    "ResolventMoments",
    "ScaleMoments",
    "WeightGroup",
    "attention",
    "attention_law",
    "attention_moments",
    "attention_probability",
    "best_head",
    "best_strength",
    "gaussian_tail",
    "given_head_error",
    "inverse_gain_moments",
    "labelled_attention",
    "least_squares_head",
    "mass_distribution",
    "noise_gain_distribution",
    "optimal_prompt",
    "population_error",
    "prompt_geometry",
    "quiet_head",
    "resolvent_moments",
    "scale_moments",
    "signal_distribution",
    "signal_head",
]
