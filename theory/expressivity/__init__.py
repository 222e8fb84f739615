r"""Contribution 1: the best accuracy of each architecture, with witnesses and certificates."""

from theory.expressivity.accuracy import ARCHITECTURES, BestAccuracy, best_accuracy
from theory.expressivity.attention_mass import attention_mass, largest_attention_mass, self_attention_threshold
from theory.expressivity.box_accuracy import BoxAccuracy, best_box_accuracy
from theory.expressivity.box_proof import BoxProof, box_proof
from theory.expressivity.noise_carrier import noise_carried_accuracy, noise_carrier
from theory.expressivity.noisy_accuracy import NoisyAccuracy, best_noisy_accuracy
from theory.expressivity.noisy_linear_prompt import least_linear_prompt_error, linear_prompt_error
from theory.expressivity.noisy_mean_pooling import best_mean_pooling_error
from theory.expressivity.noisy_prompt_bound import least_softmax_prompt_error
from theory.expressivity.noisy_self_attention import self_attention_error
from theory.expressivity.noisy_softmax_prompt import softmax_prompt_error
from theory.expressivity.position_heads import largest_positive_share, position_head_accuracy
from theory.expressivity.prompt_strength import threshold_strength
from theory.expressivity.separating import (
    FAMILIES,
    closed_accuracy,
    family_law,
    separating_law,
    separation_threshold,
    thresholds,
)

__all__ = [
    "ARCHITECTURES",
    "FAMILIES",
    "BestAccuracy",
    "BoxAccuracy",
    "BoxProof",
    "NoisyAccuracy",
    "attention_mass",
    "best_accuracy",
    "best_box_accuracy",
    "best_mean_pooling_error",
    "best_noisy_accuracy",
    "box_proof",
    "closed_accuracy",
    "family_law",
    "largest_attention_mass",
    "largest_positive_share",
    "least_linear_prompt_error",
    "least_softmax_prompt_error",
    "linear_prompt_error",
    "noise_carried_accuracy",
    "noise_carrier",
    "position_head_accuracy",
    "self_attention_error",
    "self_attention_threshold",
    "separating_law",
    "separation_threshold",
    "softmax_prompt_error",
    "threshold_strength",
    "thresholds",
]
