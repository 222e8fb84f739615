r"""The three gradient steps on fresh tokens, run as they are defined."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import tokens
from simulations.trajectory._loss_gradients import loss_gradients
from theory.model import ContextualModel, Interval, Steps

__all__ = ["Runs", "first_steps_on_tokens"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    r"""Parameters of independent runs after the three steps, in the coordinates of `tokens.directions`.

    Parameters
    ----------
    first_head, prompt, second_head
        w₁, q₁, w₂, shapes (size, d).
    """

    first_head: Array
    prompt: Array
    second_head: Array


def first_steps_on_tokens(model: ContextualModel, steps: Steps, n_samples: int, *, rng: np.random.Generator, size: int) -> Runs:
    r"""Independent runs of the algorithm, every token of every sample drawn.

    .. math::

        w_1 = -\eta \nabla_w L_{S_1}(0, 0), \qquad q_1 = -\gamma \nabla_q L_{S_2}(0, w_1), \qquad
        w_2 = -\eta \nabla_w L_{S_3}(q_1, w_1)

    with three fresh batches of n samples.

    Parameters
    ----------
    model
        The law of the data.
    steps
        Step sizes and loss. All three steps are run, whichever is asked for, and the heads are raw.
    n_samples
        n of each batch.
    rng
        Source of randomness.
    size
        Number of runs.

    Returns
    -------
    Runs

    Examples
    --------
    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0)
    >>> runs = first_steps_on_tokens(model, Steps(gamma=2.0), 7, rng=np.random.default_rng(0), size=4)
    >>> runs.second_head.shape
    (4, 3)
    """
    size = int(Interval(1, integer=True).member("size", size))
    n = int(Interval(1, integer=True).member("n_samples", n_samples))
    first, prompts, second = np.empty((3, size, model.dim))
    for run in range(size):
        S1, S2, S3 = (tokens(model, rng=rng, size=n) for _ in range(3))
        zero = np.zeros(model.dim)
        w1 = -steps.eta * loss_gradients(S1.tokens, S1.labels, zero, zero, steps.loss)[1]
        q1 = -steps.gamma * loss_gradients(S2.tokens, S2.labels, zero, w1, steps.loss)[0]
        w2 = -steps.eta * loss_gradients(S3.tokens, S3.labels, q1, w1, steps.loss)[1]
        first[run], prompts[run], second[run] = w1, q1, w2
    return Runs(first, prompts, second)
