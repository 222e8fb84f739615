r"""Linear prompt-attention: f = wᵀXᵀXq/T + b, trained jointly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._learner_protocol import Lesson, Setting
from simulations.real.learners._logistic_loss import logistic
from simulations.real.learners._minimum import minimum
from simulations.real.learners._packed_parameters import joined, parted
from simulations.real.learners._prompt_tuning import mean_pooling_head
from simulations.real.tasks import RealBatch

__all__ = ["LinearPrompt", "linear_prompt", "linear_prompt_objective"]

Array = NDArray[np.float64]

_STEPS = 150  # of the descent, as for prompts


@dataclass(frozen=True)
class LinearPrompt:
    r"""q, w and b of linear prompt-attention; its weights Xq/T may be negative, so they are no attention."""

    prompt: Array
    head: Array
    intercept: float

    def scores(self, batch: RealBatch) -> Array:
        result: Array = ((batch.tokens @ self.prompt) * (batch.tokens @ self.head)).mean(axis=1) + self.intercept
        return result

    def attention(self, batch: RealBatch) -> Array | None:
        return None


def linear_prompt(lesson: Lesson, setting: Setting) -> LinearPrompt:
    r"""Prompt and head trained; ridges `first` on the head and `second` on the prompt. The start is the head of mean pooling."""
    train, unit = lesson.train, lesson.token_variance
    dim = train.tokens.shape[2]
    head = mean_pooling_head(lesson)
    found = minimum(
        lambda vector: linear_prompt_objective(
            train.tokens, train.labels, vector, head_ridge=setting.first * unit, prompt_ridge=setting.second * unit
        ),
        joined([np.zeros(dim), head.weights, np.zeros(1)]),
        steps=_STEPS,
    )
    prompt, weights, intercept = parted(found.point, ((dim,), (dim,), (1,)))
    return LinearPrompt(prompt, weights, float(intercept[0]))


def linear_prompt_objective(
    tokens: Array, labels: Array, vector: Array, *, head_ridge: float, prompt_ridge: float
) -> tuple[float, Array]:
    r"""Regularised logistic loss of (q, w, b) and its gradient.

    .. math:: \nabla_q L = \sum g\, X^\top (X w)/T + \lambda_q q, \qquad \nabla_w L = \sum g\, X^\top (X q)/T + \lambda_w w
    """
    n, t, d = tokens.shape
    prompt, head, intercept = parted(vector, ((d,), (d,), (1,)))
    rows = tokens.reshape(n * t, d)
    products = (rows @ np.stack([prompt, head]).T).reshape(n, t, 2)
    loss, slope = logistic(labels, products.prod(axis=2).mean(axis=1) + intercept[0])
    swapped = products[..., ::-1] * (slope / t)[:, None, None]
    by_prompt, by_head = swapped.reshape(n * t, 2).T @ rows
    penalty = (head_ridge * float(head @ head) + prompt_ridge * float(prompt @ prompt)) / 2
    gradient = joined([by_prompt + prompt_ridge * prompt, by_head + head_ridge * head, np.array([slope.sum()])])
    return loss + penalty, gradient
