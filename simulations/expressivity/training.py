r"""Train the architectures from many random starts, long, and keep the best accuracy that any of them ever had."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simulations.expressivity.architectures import gradients
from simulations.expressivity.witness import support
from theory.model import ContextualModel, Interval

__all__ = ["TrainedAccuracy", "trained_accuracy"]

Array = NDArray[np.float64]

_DECIDED = 1e-9


@dataclass(frozen=True)
class TrainedAccuracy:
    r"""What training reached.

    Parameters
    ----------
    best
        The best accuracy at any step, for each start; shape (starts,).
    final
        The accuracy after the last step; shape (starts,).
    """

    best: Array
    final: Array


def trained_accuracy(
    model: ContextualModel,
    architecture: str,
    *,
    rng: np.random.Generator,
    starts: int = 48,
    steps: int = 1500,
    rate: float = 0.03,
) -> TrainedAccuracy:
    r"""Minimise the logistic loss over the noiseless support by Adam, all starts side by side.

    Accuracy is exact: every point of the support and every label, with its probability. It is taken at every step, not only
    at the end, so that a start counts as what it was at its best.

    Parameters
    ----------
    model
        A finite shift; its noise is ignored.
    architecture
        One of `simulations.expressivity.ARCHITECTURES`.
    rng
        Source of the starts: Gaussian, of sizes between 1/100 and 10.
    starts, steps, rate
        How many, how long, and Adam's step.

    Returns
    -------
    TrainedAccuracy
    """
    Interval(1, integer=True).member("starts", starts)
    Interval(1, integer=True).member("steps", steps)
    batch, weights = support(model, rng=rng)
    parameters = _starts(model.dim, architecture, rng, starts)
    first, second = ({name: np.zeros_like(x) for name, x in parameters.items()} for _ in range(2))
    best = np.zeros(starts)
    for step in range(1, steps + 2):
        f, size, slopes = gradients(architecture, batch.tokens, parameters)
        margin = batch.labels * f
        accuracy = (margin > _DECIDED * size) @ weights
        best = np.maximum(best, accuracy)
        if step > steps:
            break
        pull = -weights * batch.labels * expit(-margin)
        for name, slope in slopes.items():
            gradient = np.einsum("sn,sn...->s...", pull, slope)
            first[name] = 0.9 * first[name] + 0.1 * gradient
            second[name] = 0.999 * second[name] + 0.001 * gradient**2
            move = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-12)
            parameters[name] = parameters[name] - rate * move
    return TrainedAccuracy(best, accuracy)


def _starts(dim: int, architecture: str, rng: np.random.Generator, starts: int) -> dict[str, Array]:
    shapes: dict[str, tuple[int, ...]] = {"head": (dim,)}
    if architecture in ("linear-prompt", "softmax-prompt"):
        shapes["prompt"] = (dim,)
    if architecture == "self-attention":
        shapes["attention"] = (dim, dim)
    scales = np.exp(rng.uniform(np.log(0.01), np.log(10.0), size=starts))
    return {
        name: rng.standard_normal((starts, *shape)) * scales.reshape(-1, *(1,) * len(shape)) for name, shape in shapes.items()
    }
