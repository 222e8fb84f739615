r"""Learners whose attention is fixed before the head is trained: mean pooling, oracle, random prompt, known prompt."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._learner_protocol import Lesson, Setting
from simulations.real.learners._pooled_heads import Head, least_squares_head, logistic_head
from simulations.real.tasks import RealBatch

__all__ = ["Pooled", "head_tuning", "known_prompt", "mean_pooling", "on_features", "oracle", "softmax", "uniform"]

Array = NDArray[np.float64]
Weights = Callable[[RealBatch], Array]

_RANDOM_PROMPT = 8  # seed of the direction: the same for every sample size and setting
r"""Seed of the random prompt: one direction for everybody, not drawn anew."""


@dataclass(frozen=True)
class Pooled:
    r"""A head on Xᵀa, where the weights a follow from the sample alone."""

    weights: Weights
    head: Head

    def scores(self, batch: RealBatch) -> Array:
        return self.head.scores(on_features(self.weights, batch))

    def attention(self, batch: RealBatch) -> Array | None:
        weights: Array = self.weights(batch)
        return weights


def on_features(weights: Weights, batch: RealBatch) -> Array:
    r"""The pooled features Xᵀa, shape (size, d)."""
    result: Array = (weights(batch)[:, None, :] @ batch.tokens)[:, 0]
    return result


def mean_pooling(lesson: Lesson, setting: Setting) -> Pooled:
    r"""f = wᵀXᵀ1/T + b; w by logistic regression with ridge `first`, by least squares if that is 0."""
    return _trained(uniform, lesson, setting.first)


def oracle(lesson: Lesson, setting: Setting) -> Pooled:
    r"""Mean over the relevant tokens only: it is told which they are."""
    return _trained(_relevant, lesson, setting.first)


def head_tuning(lesson: Lesson, setting: Setting) -> Pooled:
    r"""A random prompt that stays, of strength `second`; only the head is trained.

    The strength is the standard deviation of the scores of a training token.
    """
    direction = np.random.default_rng(_RANDOM_PROMPT).standard_normal(lesson.train.tokens.shape[2])
    return _trained(softmax(setting.second * direction / (lesson.train.tokens @ direction).std()), lesson, setting.first)


def known_prompt(lesson: Lesson, setting: Setting) -> Pooled:
    r"""The prompt that relevance labels of the pool give, times `second`; the head is trained (ridge `first`).

    With one relevant token per sample, strength 1 makes attention the posterior of where that token is.
    """
    return _trained(softmax(setting.second * lesson.pool.relevance_direction), lesson, setting.first)


def softmax(prompt: Array) -> Weights:
    r"""The weights softmax(X q)."""

    def weights(batch: RealBatch) -> Array:
        scores = batch.tokens @ prompt
        result: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
        result /= result.sum(axis=1, keepdims=True)
        return result

    return weights


def _trained(weights: Weights, lesson: Lesson, ridge: float) -> Pooled:
    features, labels = on_features(weights, lesson.train), lesson.train.labels
    head = logistic_head(features, labels, ridge) if ridge > 0 else least_squares_head(features, labels)
    return Pooled(weights, head)


def uniform(batch: RealBatch) -> Array:
    r"""The weights 1/T of mean pooling."""
    return np.full(batch.relevant.shape, 1 / batch.relevant.shape[1])


def _relevant(batch: RealBatch) -> Array:
    result: Array = batch.relevant / batch.relevant.sum(axis=1, keepdims=True)
    return result
