r"""Contribution 1: the best accuracy of each architecture, with witnesses and certificates."""

from theory.expressivity.accuracy import ARCHITECTURES, BestAccuracy, best_accuracy
from theory.expressivity.attention_mass import attention_mass, largest_attention_mass, self_attention_threshold
from theory.expressivity.noisy_mean_pooling import best_mean_pooling_error
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
    "attention_mass",
    "best_accuracy",
    "best_mean_pooling_error",
    "closed_accuracy",
    "family_law",
    "largest_attention_mass",
    "self_attention_threshold",
    "separating_law",
    "separation_threshold",
    "threshold_strength",
    "thresholds",
]
