r"""Estimates of the best accuracy, as the front door and verdicts ask for them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Probability
from simulations.engine import stream
from simulations.expressivity._trained_accuracy import trained_answers
from simulations.expressivity._witness_on_tokens import right_answers
from simulations.interface import Draws, Sampling, estimated_numbers
from theory.model import ContextualModel

__all__ = ["estimated_accuracy", "witness_checks"]


def estimated_accuracy(architecture: str, model: ContextualModel, starts: int, steps: int, sampling: Sampling) -> dict[str, Any]:
    r"""The accuracy, on fresh tokens, of the best parameters that training from many starts finds."""
    rng = stream(sampling.root_seed, "best-accuracy training", architecture)
    sampler = trained_answers(model, architecture, rng=rng, starts=starts, steps=steps)
    setting = {"architecture": architecture, "model": str(model), "starts": starts, "steps": steps}
    return estimated_numbers("best-accuracy", {"value": Draws(sampler, Probability())}, setting, sampling)


def witness_checks(answer: Any, architecture: str, model: ContextualModel) -> Mapping[str, tuple[Any, Draws]]:
    r"""The accuracy that the predicted witness attains on fresh tokens."""
    known = answer.as_dict()
    return {"value": (known["value"], Draws(partial(_answers, model, architecture, known["witness"]), Probability()))}


def _answers(
    model: ContextualModel, architecture: str, witness: Mapping[str, Any], rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    return right_answers(model, architecture, witness, rng=rng, size=size)
