r"""Contribution 1 on tokens: the four architectures, witnesses at work, and training from many starts."""

from simulations.expressivity._architectures import ARCHITECTURES, gradients, scores
from simulations.expressivity._front_door import estimated_accuracy, witness_checks
from simulations.expressivity._trained_accuracy import TrainedAccuracy, trained_accuracy, trained_answers
from simulations.expressivity._witness_on_tokens import is_right, right_answers, support, token_parameters

__all__ = [
    "ARCHITECTURES",
    "TrainedAccuracy",
    "estimated_accuracy",
    "gradients",
    "is_right",
    "right_answers",
    "scores",
    "support",
    "token_parameters",
    "trained_accuracy",
    "trained_answers",
    "witness_checks",
]
