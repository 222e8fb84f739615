r"""Expressivity in closed form: thresholds of prompts, the attention that self-attention can reach, separating laws.

Start at `thresholds`."""

from theory.expressivity.closed_form._accuracy_on_families import (
    linear_prompt_on_family,
    linear_prompt_threshold,
    mean_pooling_on_family,
    mean_pooling_threshold,
    self_attention_drop,
    self_attention_on_family,
    softmax_prompt_on_family,
)
from theory.expressivity.closed_form._attention_mass import attention_mass, largest_attention_mass, self_attention_threshold
from theory.expressivity.closed_form._position_heads import largest_positive_share, position_head_accuracy
from theory.expressivity.closed_form._prompt_strength import threshold_strength
from theory.expressivity.closed_form._separating_families import (
    FAMILIES,
    closed_accuracy,
    family_law,
    separating_law,
    separation_threshold,
    thresholds,
)

__all__ = [
    "FAMILIES",
    "attention_mass",
    "closed_accuracy",
    "family_law",
    "largest_attention_mass",
    "largest_positive_share",
    "linear_prompt_on_family",
    "linear_prompt_threshold",
    "mean_pooling_on_family",
    "mean_pooling_threshold",
    "position_head_accuracy",
    "self_attention_drop",
    "self_attention_on_family",
    "self_attention_threshold",
    "separating_law",
    "separation_threshold",
    "softmax_prompt_on_family",
    "threshold_strength",
    "thresholds",
]
