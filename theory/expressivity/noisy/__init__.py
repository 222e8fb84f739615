r"""Best accuracies on noisy tokens: errors of given parameters, searches, and bounds.

Start at `best_noisy_accuracy`."""

from theory.expressivity.noisy._best_noisy_accuracy import (
    NoisyAccuracy,
    best_noisy_accuracy,
    noisy_linear_prompt,
    noisy_mean_pooling,
    noisy_self_attention,
    noisy_softmax_prompt,
)
from theory.expressivity.noisy._linear_prompt import least_linear_prompt_error, linear_prompt_error
from theory.expressivity.noisy._mean_pooling import best_mean_pooling_error
from theory.expressivity.noisy._noise_carrier import noise_carried_accuracy, noise_carrier
from theory.expressivity.noisy._prompt_bound import least_softmax_prompt_error
from theory.expressivity.noisy._quadrature_models import mean_pooling_nodes, quadrature_models
from theory.expressivity.noisy._self_attention import self_attention_error
from theory.expressivity.noisy._softmax_prompt import softmax_prompt_error

__all__ = [
    "NoisyAccuracy",
    "best_mean_pooling_error",
    "best_noisy_accuracy",
    "least_linear_prompt_error",
    "least_softmax_prompt_error",
    "linear_prompt_error",
    "mean_pooling_nodes",
    "noise_carried_accuracy",
    "noise_carrier",
    "noisy_linear_prompt",
    "noisy_mean_pooling",
    "noisy_self_attention",
    "noisy_softmax_prompt",
    "quadrature_models",
    "self_attention_error",
    "softmax_prompt_error",
]
