r"""Contextual tokens in the shape of a real task: what is planted is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real import RealBatch, RealSplit
from simulations.real.task import PARTS
from simulations.tokens import tokens
from theory.model import ContextualModel
from theory.real import TokenMoments

SIZES = {"development": 200, "test": 600, "pool": 400}


@dataclass(frozen=True)
class Synthetic:
    r"""A task with tokens of the contextual model; every token is an item of its own."""

    model: ContextualModel
    largest_train: int = 5000

    @property
    def name(self) -> str:
        return f"synthetic {self.model}"

    @property
    def n_tokens(self) -> int:
        return self.model.n_tokens

    @property
    def n_relevant(self) -> int:
        return self.model.n_relevant

    @property
    def dim(self) -> int:
        return self.model.dim

    def split(self, n_train: int, *, rng: np.random.Generator) -> RealSplit:
        first, parts = 0, {}
        for part in PARTS:
            batch = tokens(self.model, rng=rng, size=n_train if part == "train" else SIZES[part])
            items = first + np.arange(batch.relevant.size).reshape(batch.relevant.shape)
            first = int(items[-1, -1]) + 1
            parts[part] = RealBatch(batch.tokens, batch.labels, batch.relevant, items)
        return RealSplit(**parts)


def noisy_moments(rng: np.random.Generator, *, n_tokens: int, n_relevant: int, dim: int) -> TokenMoments:
    r"""Generic moments: three different covariances, means in general position, unequal priors."""

    def covariance() -> NDArray[np.float64]:
        root = rng.standard_normal((dim, 2 * dim)) / np.sqrt(2 * dim)
        return root @ root.T + 0.2 * np.eye(dim)

    context, signal = rng.standard_normal((2, dim)) / np.sqrt(dim)
    return TokenMoments(
        n_tokens,
        n_relevant,
        np.array([1.6 * context - 0.9 * signal, 1.6 * context + 0.9 * signal]),
        np.array([covariance(), covariance()]),
        0.3 * rng.standard_normal(dim),
        1.4 * covariance(),
        0.4,
    )


def gaussian_batch(moments: TokenMoments, *, rng: np.random.Generator, size: int) -> RealBatch:
    r"""Gaussian tokens with given moments."""
    y = np.where(rng.random(size) < moments.label_prior, 1, -1)
    shape = (size, moments.n_tokens)
    relevant = rng.permuted(np.broadcast_to(np.arange(moments.n_tokens) < moments.n_relevant, shape), axis=1)
    normal = rng.standard_normal((*shape, moments.dim))
    X = moments.irrelevant_mean + normal @ np.linalg.cholesky(moments.irrelevant_covariance).T
    for index, label in enumerate((-1, 1)):
        chosen = relevant & (y == label)[:, None]
        root = np.linalg.cholesky(moments.relevant_covariances[index])
        X[chosen] = moments.relevant_means[index] + normal[chosen] @ root.T
    return RealBatch(X, y.astype(float), relevant, np.arange(relevant.size).reshape(shape))
