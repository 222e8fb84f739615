r"""Softmax self-attention f = 1ᵀ softmax_rows(X M Xᵀ) X w/T + b: with a fixed M, and with every parameter trained."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._learner_protocol import Lesson, Setting
from simulations.real.learners._logistic_loss import logistic
from simulations.real.learners._minimum import minimum
from simulations.real.learners._packed_parameters import joined, parted
from simulations.real.learners._pooled_heads import logistic_head
from simulations.real.learners._prompt_tuning import mean_pooling_head
from simulations.real.tasks import RealBatch

__all__ = ["SelfAttention", "fine_tuning", "self_attention", "self_attention_objective"]

Array = NDArray[np.float64]

_STEPS = 80  # of the descent, each over all pairs of tokens; running out of them regularises


@dataclass(frozen=True)
class SelfAttention:
    r"""M, w and b."""

    matrix: Array
    head: Array
    intercept: float

    def scores(self, batch: RealBatch) -> Array:
        attended = self.attention(batch)
        result: Array = (attended * (batch.tokens @ self.head)).sum(axis=1) + self.intercept
        return result

    def attention(self, batch: RealBatch) -> Array:
        r"""What a token receives, averaged over the rows."""
        received: Array = _rows(batch.tokens, self.matrix).mean(axis=1)
        return received


def self_attention(lesson: Lesson, setting: Setting) -> SelfAttention:
    r"""M = s I/(d v) stays, v the token variance and s = `second`; the head is trained with ridge `first`."""
    train = lesson.train
    dim = train.tokens.shape[2]
    matrix = setting.second / (dim * lesson.token_variance) * np.eye(dim)
    received = _rows(train.tokens, matrix).mean(axis=1)
    head = logistic_head((received[:, None, :] @ train.tokens)[:, 0], train.labels, setting.first)
    return SelfAttention(matrix, head.weights, head.intercept)


def fine_tuning(lesson: Lesson, setting: Setting) -> SelfAttention:
    r"""All of M, w and b trained, from M = 0 and the head of mean pooling; ridges `first` on w and `second` on M."""
    train, unit = lesson.train, lesson.token_variance
    dim = train.tokens.shape[2]
    head = mean_pooling_head(lesson)
    found = minimum(
        lambda vector: self_attention_objective(
            train.tokens, train.labels, vector, head_ridge=setting.first * unit, matrix_ridge=setting.second * unit**2
        ),
        joined([np.zeros((dim, dim)), head.weights, np.array([head.intercept])]),
        steps=_STEPS,
    )
    matrix, weights, intercept = parted(found.point, ((dim, dim), (dim,), (1,)))
    return SelfAttention(matrix, weights, float(intercept[0]))


def self_attention_objective(
    tokens: Array, labels: Array, vector: Array, *, head_ridge: float, matrix_ridge: float
) -> tuple[float, Array]:
    r"""Regularised logistic loss of (M, w, b) and its gradient.

    With P = softmax_rows(X M Xᵀ), v = X w and g = ∂ mean ℓ/∂f

    .. math::

        \nabla_M L = \sum \tfrac gT\, X^\top \bigl(P \odot (1 v^\top - (P v) 1^\top)\bigr) X + \lambda_M M, \qquad
        \nabla_w L = \sum \tfrac gT\, X^\top P^\top 1 + \lambda_w w .
    """
    n, t, d = tokens.shape
    matrix, head, intercept = parted(vector, ((d, d), (d,), (1,)))
    rows = tokens.reshape(n * t, d)
    attended = _rows(tokens, matrix)
    values = (rows @ head).reshape(n, t)
    outputs = (attended @ values[..., None])[..., 0]
    loss, slope = logistic(labels, outputs.mean(axis=1) + intercept[0])
    received = attended.sum(axis=1) * (slope / t)[:, None]
    pulls = attended * (values[:, None, :] - outputs[..., None]) * (slope / t)[:, None, None]
    by_matrix = rows.T @ (pulls @ tokens).reshape(n * t, d)
    by_head = received.ravel() @ rows
    penalty = (head_ridge * float(head @ head) + matrix_ridge * float((matrix**2).sum())) / 2
    gradient = joined([by_matrix + matrix_ridge * matrix, by_head + head_ridge * head, np.array([slope.sum()])])
    return loss + penalty, gradient


def _rows(tokens: Array, matrix: Array) -> Array:
    r"""softmax_rows(X M Xᵀ), shape (n, T, T)."""
    n, t, d = tokens.shape
    scores = (tokens.reshape(n * t, d) @ matrix).reshape(n, t, d) @ tokens.transpose(0, 2, 1)
    weights: Array = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights
