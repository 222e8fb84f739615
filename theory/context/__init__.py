r"""Attention at finite T: its moments and laws, the error of a population's head, the best prompt, the phase diagram.

Start at `attention` and `optimal_prompt`."""

from theory.context._attention import attention, population_error
from theory.context._attention_distribution import mass_distribution, signal_distribution
from theory.context._attention_probability import attention_probability
from theory.context._optimal_prompt import PromptMinimum, best_strength, optimal_prompt
from theory.context._phase_diagram import (
    ENDLESS_SIGNAL,
    expected_maximum,
    freezing_ratio,
    largest_token_share,
    trusted_context,
    typical_optimum,
    typical_signal,
)
from theory.context.gain import GainLaw, noise_gain_distribution
from theory.context.lognormal import GaussianTail, gaussian_tail
from theory.context.moments import (
    AttentionLaw,
    AttentionMoments,
    ResolventMoments,
    ScaleMoments,
    WeightGroup,
    attention_law,
    attention_moments,
    inverse_gain_moments,
    resolvent_moments,
    scale_moments,
)
from theory.context.population import (
    LabelledAttention,
    PromptGeometry,
    best_head,
    endless_error,
    given_head_error,
    labelled_attention,
    least_squares_head,
    prompt_geometry,
    quiet_head,
    signal_head,
)

__all__ = [
    "ENDLESS_SIGNAL",
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
    "endless_error",
    "expected_maximum",
    "freezing_ratio",
    "gaussian_tail",
    "given_head_error",
    "inverse_gain_moments",
    "labelled_attention",
    "largest_token_share",
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
    "trusted_context",
    "typical_optimum",
    "typical_signal",
]
