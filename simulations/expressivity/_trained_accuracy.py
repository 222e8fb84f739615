r"""Train the architectures from many random starts, long, and keep the best accuracy that any of them ever had."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simulations.expressivity._architectures import gradients
from simulations.expressivity._witness_on_tokens import is_right, support
from simulations.tokens import tokens
from theory.model import ContextualModel, FiniteShift, Interval, offered

__all__ = ["TrainedAccuracy", "trained_accuracy", "trained_answers"]

Array = NDArray[np.float64]

_DECIDED = 1e-9  # y f in units of its terms: rounding does not count as right
_SAMPLES = 256  # that are trained on where the support is no finite set of tokens
_MEAN, _SQUARE, _FLOOR = 0.9, 0.999, 1e-12  # Adam's usual two rates of forgetting; no division by 0


@dataclass(frozen=True)
class TrainedAccuracy:
    r"""What training reached.

    Parameters
    ----------
    best
        The best accuracy at any step, for each start; shape (starts,).
    final
        The accuracy after the last step; shape (starts,).
    parameters
        The best of all, as `simulations.expressivity.scores` takes them, with one start.
    """

    best: Array
    final: Array
    parameters: dict[str, Array]


def trained_accuracy(
    model: ContextualModel,
    architecture: str,
    *,
    rng: np.random.Generator,
    starts: int = 48,
    steps: int = 1500,
    rate: float = 0.03,
    samples: int | None = None,
) -> TrainedAccuracy:
    r"""Minimise the logistic loss by Adam, all starts side by side, over the noiseless support or over random samples.

    On the support accuracy is exact: every point and every label, with its probability. On samples it is that of training. It
    is taken at every step, not only at the end, so that a start counts as what it was at its best.

    Parameters
    ----------
    model
        On the support a finite shift, and its noise is ignored.
    architecture
        A name of `theory.model.ARCHITECTURES`.
    rng
        Source of the starts: Gaussian, of sizes between 1/100 and 10.
    starts, steps, rate
        How many, how long, and Adam's step.
    samples
        How many samples of the model to train on, with its noise and any law of the shift; None for the support.

    Returns
    -------
    TrainedAccuracy
    """
    Interval(1, integer=True).member("starts", starts)
    Interval(1, integer=True).member("steps", steps)
    if samples is None:
        batch, weights = support(model, rng=rng)
    else:
        batch, weights = tokens(model, rng=rng, size=samples), np.full(samples, 1 / samples)
    parameters = _starts(model.dim, architecture, rng, starts)
    first, second = ({name: np.zeros_like(x) for name, x in parameters.items()} for _ in range(2))
    best, kept = np.full(starts, -1.0), parameters
    for step in range(1, steps + 2):
        f, size, slopes = gradients(architecture, batch.tokens, parameters)
        margin = batch.labels * f
        accuracy = (margin > _DECIDED * size) @ weights
        if accuracy.max() > best.max():
            kept = {name: x[[accuracy.argmax()]] for name, x in parameters.items()}
        best = np.maximum(best, accuracy)
        if step > steps:
            break
        pull = -weights * batch.labels * expit(-margin)
        for name, slope in slopes.items():
            gradient = np.einsum("sn,sn...->s...", pull, slope)
            first[name] = _MEAN * first[name] + 0.1 * gradient
            second[name] = _SQUARE * second[name] + 0.001 * gradient**2
            move = first[name] / (1 - _MEAN**step) / (np.sqrt(second[name] / (1 - _SQUARE**step)) + _FLOOR)
            parameters[name] = parameters[name] - rate * move
    return TrainedAccuracy(best, accuracy, kept)


def trained_answers(
    model: ContextualModel, architecture: str, *, rng: np.random.Generator, starts: int, steps: int
) -> Callable[[np.random.Generator, int], Array]:
    r"""Train once, and return draws of 0 and 1: whether the best parameters of all starts are right on a fresh sample.

    Their accuracy is attained, so it is a lower bound on the best there is.

    Parameters
    ----------
    model, architecture, starts, steps
        As in `trained_accuracy`; on 256 samples if there is noise or a box, otherwise on the support.
    rng
        Source of the starts and the training samples.
    """
    exact = model.noise_std == 0 and isinstance(model.shift, FiniteShift)
    trained = trained_accuracy(model, architecture, rng=rng, starts=starts, steps=steps, samples=None if exact else _SAMPLES)

    def draws(fresh: np.random.Generator, size: int) -> Array:
        right = is_right(architecture, tokens(model, rng=fresh, size=size), trained.parameters)[0]
        answers: Array = right.astype(np.float64)
        return answers

    return draws


def _starts(dim: int, architecture: str, rng: np.random.Generator, starts: int) -> dict[str, Array]:
    shapes = {name: (dim,) * axes for name, axes in offered(architecture, "axes").items()}
    scales = np.exp(rng.uniform(np.log(0.01), np.log(10.0), size=starts))
    return {
        name: rng.standard_normal((starts, *shape)) * scales.reshape(-1, *(1,) * len(shape)) for name, shape in shapes.items()
    }
