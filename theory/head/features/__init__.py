r"""The law of one training feature under a known prompt, as a short list of weighted nodes.

Start at `sample_features`."""

from theory.head.features._attention_nodes import attention_nodes
from theory.head.features._features import Features, Scales, constant_scales
from theory.head.features._noise_sums import NoiseSums, noise_sums
from theory.head.features._sample_features import (
    COVERED,
    PromptFrame,
    has_mirrored_labels,
    mirrored_features,
    prompt_frame,
    sample_features,
)
from theory.head.features._sample_scales import sample_scales

__all__ = [
    "COVERED",
    "Features",
    "NoiseSums",
    "PromptFrame",
    "Scales",
    "attention_nodes",
    "constant_scales",
    "has_mirrored_labels",
    "mirrored_features",
    "noise_sums",
    "prompt_frame",
    "sample_features",
    "sample_scales",
]
