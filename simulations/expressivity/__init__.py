r"""Contribution 1 on tokens: the four architectures, witnesses at work, and training from many starts."""

from simulations.expressivity._architectures import (
    gradients,
    linear_prompt,
    mean_pooling,
    scores,
    self_attention,
    softmax_prompt,
)
from simulations.expressivity._estimated_accuracy import estimated_accuracy, witness_checks
from simulations.expressivity._trained_accuracy import TrainedAccuracy, trained_accuracy, trained_answers
from simulations.expressivity._witness_on_tokens import is_right, right_answers, support, token_parameters

__all__ = [
    "TrainedAccuracy",
    "estimated_accuracy",
    "gradients",
    "is_right",
    "linear_prompt",
    "mean_pooling",
    "right_answers",
    "scores",
    "self_attention",
    "softmax_prompt",
    "support",
    "token_parameters",
    "trained_accuracy",
    "trained_answers",
    "witness_checks",
]
