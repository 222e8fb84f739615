r"""Prompts that are trained: together with the head, several of them, or alone with a frozen head."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._learner_protocol import Lesson, Setting
from simulations.real.learners._minimum import minimum
from simulations.real.learners._packed_parameters import joined, parted
from simulations.real.learners._pooled_heads import Head, logistic_head
from simulations.real.learners._prompt_objective import Prompts, prompt_objective
from simulations.real.tasks import RealBatch

__all__ = ["Prompted", "frozen_head_objective", "joint_prompts", "mean_pooling_head", "prompt_tuning"]

Array = NDArray[np.float64]

_STEPS = 150  # of the descent; running out of them regularises
_FIRST_RIDGE = 0.1  # of the head of mean pooling that training starts from: in the middle of the ridges that are tried
_SPREAD = 0.1  # of a coordinate of several prompts at the start, in units of the tokens: small, but not equal
_START = 2  # seed of those prompts: the same for every sample size and setting


@dataclass(frozen=True)
class Prompted:
    r"""Prompt-attention that was trained."""

    model: Prompts

    def scores(self, batch: RealBatch) -> Array:
        return self.model.scores(batch.tokens)

    def attention(self, batch: RealBatch) -> Array | None:
        r"""The mean over the prompts."""
        mean: Array = self.model.attention(batch.tokens).mean(axis=2)
        return mean


def joint_prompts(n_prompts: int) -> Callable[[Lesson, Setting], Prompted]:
    r"""f = Σ_k w_kᵀXᵀ softmax(X q_k) + b, everything trained; ridges `first` on heads and `second` on prompts.

    The start is mean pooling: its head, shared out, and prompts zero (one), or small and different (several).
    """

    def fit(lesson: Lesson, setting: Setting) -> Prompted:
        train, unit = lesson.train, lesson.token_variance
        dim = train.tokens.shape[2]
        head = mean_pooling_head(lesson)
        heads = np.repeat(head.weights[None] / n_prompts, n_prompts, axis=0)
        prompts = np.zeros((n_prompts, dim))
        if n_prompts > 1:
            prompts = np.random.default_rng(_START).standard_normal((n_prompts, dim)) * _SPREAD / np.sqrt(unit)
        found = minimum(
            lambda vector: prompt_objective(
                train.tokens,
                train.labels,
                vector,
                n_prompts=n_prompts,
                head_ridge=setting.first * unit,
                prompt_ridge=setting.second * unit,
            ),
            joined([prompts, heads, np.array([head.intercept])]),
            steps=_STEPS,
        )
        prompts, heads, intercept = parted(found.point, ((n_prompts, dim), (n_prompts, dim), (1,)))
        return Prompted(Prompts(prompts, heads, float(intercept[0])))

    return fit


def prompt_tuning(lesson: Lesson, setting: Setting) -> Prompted:
    r"""The head of mean pooling stays (ridge `first`), up to a gain; prompt, gain and intercept are trained (ridge `second`)."""
    train, unit = lesson.train, lesson.token_variance
    frozen = mean_pooling_head(lesson, setting.first)
    dim = train.tokens.shape[2]
    found = minimum(
        lambda vector: frozen_head_objective(train.tokens, train.labels, vector, frozen.weights, setting.second * unit),
        joined([np.zeros(dim), np.ones(1), np.array([frozen.intercept])]),
        steps=_STEPS,
    )
    prompt, gain, intercept = parted(found.point, ((1, dim), (1,), (1,)))
    return Prompted(Prompts(prompt, gain[0] * frozen.weights[None], float(intercept[0])))


def frozen_head_objective(tokens: Array, labels: Array, vector: Array, head: Array, prompt_ridge: float) -> tuple[float, Array]:
    r"""Objective of (q, g, b) for f = g wᵀXᵀ softmax(X q) + b with a given w, and its gradient by the chain rule."""
    prompt, gain, intercept = parted(vector, ((head.size,), (1,), (1,)))
    full = joined([prompt, gain[0] * head, intercept])
    value, gradient = prompt_objective(tokens, labels, full, n_prompts=1, head_ridge=0.0, prompt_ridge=prompt_ridge)
    by_prompt, by_head, by_intercept = parted(gradient, ((head.size,), (head.size,), (1,)))
    return value, joined([by_prompt, np.array([by_head @ head]), by_intercept])


def mean_pooling_head(lesson: Lesson, ridge: float = _FIRST_RIDGE) -> Head:
    r"""The head of mean pooling on the training samples."""
    return logistic_head(lesson.train.tokens.mean(axis=1), lesson.train.labels, ridge)
