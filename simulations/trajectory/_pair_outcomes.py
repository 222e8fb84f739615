r"""What a trained pair (q, w) does on new data: attention on relevant tokens, error of sign f, cosines."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.tokens import directions, labels
from simulations.trajectory._pooled_steps import attention_scales, token_means
from theory.model import ContextualModel

__all__ = ["cosines", "debiased", "mean_pooling_errors", "outcomes"]

Array = NDArray[np.float64]


def cosines(vectors: Array, target: Array) -> Array:
    r"""Cosine of every row with the target, 0 for a zero row; shape (size,)."""
    length = np.linalg.norm(vectors, axis=1) * np.linalg.norm(target)
    result: Array = np.divide(vectors @ target, length, out=np.zeros(len(vectors)), where=length > 0)
    return result


def debiased(model: ContextualModel, heads: Array) -> Array:
    r"""The heads without their coordinate along q_*: what q_* adds to f whatever the label is removed."""
    result = heads.copy()
    result[:, 0] = 0.0  # `directions` puts q_* along the first axis
    return result


def outcomes(
    model: ContextualModel, prompts: Array, heads: Array, *, rng: np.random.Generator, n_test: int = 1
) -> tuple[Array, Array]:
    r"""(attention on relevant tokens, error of sign f), averages over n_test new samples for each row.

    Given the label, the shift and the noise scores f is Gaussian, so that the error is a normal tail probability.

    Parameters
    ----------
    model
        The law of the data.
    prompts, heads
        q and w, shape (size, d); the prompt may be zero.
    rng
        Source of randomness.
    n_test
        New samples for each row.

    Returns
    -------
    tuple of array
        Shapes (size,) and (size,).
    """
    mass, error = np.zeros((2, len(prompts)))
    for row, (q, w) in enumerate(zip(prompts, heads, strict=True)):
        length = float(np.linalg.norm(q))
        unit = q / length if length > 0 else np.eye(model.dim)[0]
        y = labels(model, rng=rng, shape=n_test)
        u, v = token_means(model, y, rng)
        A, B, C = attention_scales(model, (u - v) @ q[:2], length, rng)
        across = float(np.linalg.norm(w - (w @ unit) * unit))
        margin = y * (A * (u @ w[:2]) + (1 - A) * (v @ w[:2]) + model.noise_std * B * (w @ unit))
        deviation = model.noise_std * C * across
        sure = np.where(margin > 0, np.inf, np.where(margin < 0, -np.inf, 0.0))
        tails = ndtr(-np.divide(margin, deviation, out=sure, where=deviation > 0))
        mass[row], error[row] = A.mean(), tails.mean()
    return mass, error


def mean_pooling_errors(model: ContextualModel, heads: Array) -> Array:
    r"""Error of sign wᵀx̄ under the zero prompt given every head, shape (size,): given y, wᵀx̄ is Gaussian; core model."""
    context, signal = directions(model)
    zeta = model.relevant_fraction
    deviation = model.noise_std * np.sqrt((1 - zeta) / model.n_tokens) * np.linalg.norm(heads, axis=1)
    result = np.zeros(len(heads))
    for y, prior in ((1.0, model.label_prior), (-1.0, 1 - model.label_prior)):
        result += prior * ndtr(-y * zeta * (heads @ (context + y * signal)) / deviation)
    return result
