r"""Contribution 1: the best accuracy that each of four architectures can reach, with witnesses and proofs.

Start at `best_accuracy`."""

from theory.expressivity._asked_accuracy import AskedAccuracy, asked_accuracy
from theory.expressivity.box import BoxAccuracy, BoxProof, best_box_accuracy, box_proof
from theory.expressivity.closed_form import (
    FAMILIES,
    attention_mass,
    closed_accuracy,
    family_law,
    largest_attention_mass,
    largest_positive_share,
    position_head_accuracy,
    self_attention_threshold,
    separating_law,
    separation_threshold,
    threshold_strength,
    thresholds,
)
from theory.expressivity.finite import BestAccuracy, best_accuracy
from theory.expressivity.noisy import (
    NoisyAccuracy,
    best_mean_pooling_error,
    best_noisy_accuracy,
    least_linear_prompt_error,
    least_softmax_prompt_error,
    linear_prompt_error,
    noise_carried_accuracy,
    noise_carrier,
    self_attention_error,
    softmax_prompt_error,
)

__all__ = [
    "FAMILIES",
    "AskedAccuracy",
    "BestAccuracy",
    "BoxAccuracy",
    "BoxProof",
    "NoisyAccuracy",
    "asked_accuracy",
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
