r"""Contextual tokens in the shape of a real task: what is planted is known."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulations.real import PARTS, RealBatch, RealSplit
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


def sharing_moments(rng: np.random.Generator, moments: TokenMoments) -> TokenMoments:
    r"""The same with parts that tokens of a sample share: K and L from one covariance of both shared parts for each label."""
    d = moments.dim
    roots = rng.standard_normal((2, 2 * d, 4 * d)) / np.sqrt(4 * d)
    roots[1, d:] = roots[0, d:]  # what irrelevant tokens share does not depend on the label
    joint = roots @ roots.swapaxes(1, 2)
    return replace(
        moments,
        relevant_covariances=moments.relevant_covariances + joint[:, :d, :d],
        irrelevant_covariance=moments.irrelevant_covariance + joint[0, d:, d:],
        relevant_shared=joint[:, :d, :d],
        irrelevant_shared=joint[0, d:, d:],
        mixed_shared=joint[:, :d, d:],
    )


def gaussian_batch(moments: TokenMoments, *, rng: np.random.Generator, size: int) -> RealBatch:
    r"""Gaussian tokens with given moments; tokens of a sample that share a part show the same item."""
    y = np.where(rng.random(size) < moments.label_prior, 1, -1)
    shape, d = (size, moments.n_tokens), moments.dim
    relevant = rng.permuted(np.broadcast_to(np.arange(moments.n_tokens) < moments.n_relevant, shape), axis=1)
    normal, common = rng.standard_normal((*shape, d)), rng.standard_normal((size, 2 * d))
    X = np.empty((*shape, d))
    for index, label in enumerate((-1, 1)):
        shared, shared_0, mixed = moments.shared(index)
        values, vectors = np.linalg.eigh(np.block([[shared, mixed], [mixed.T, shared_0]]))
        root, root_0 = (
            np.linalg.cholesky(covariance)
            for covariance in (moments.relevant_covariances[index] - shared, moments.irrelevant_covariance - shared_0)
        )
        chosen = y == label
        parts = common[chosen] @ (vectors * np.sqrt(np.maximum(values, 0))).T
        one = moments.relevant_means[index] + parts[:, None, :d] + normal[chosen] @ root.T
        other = moments.irrelevant_mean + parts[:, None, d:] + normal[chosen] @ root_0.T
        X[chosen] = np.where(relevant[chosen][..., None], one, other)
    items = np.arange(relevant.size).reshape(shape)
    if moments.relevant_shared is not None:
        items = 2 * np.arange(size)[:, None] + relevant
    return RealBatch(X, y.astype(float), relevant, items)


def product_rule(m: int, k: int, gap: float, v: float, v0: float, order: int = 40) -> tuple[NDArray, NDArray, NDArray]:
    r"""(U, G_R, G_I), (C_R, C_I) and weights at the nodes of a Gauss–Hermite product rule: the second route."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    z = np.array(list(itertools.product(nodes, repeat=m + k)))
    weight = np.prod(np.array(list(itertools.product(weights / weights.sum(), repeat=m + k))), axis=1)
    scores = z * np.r_[[v] * m, [v0] * k] + np.r_[[gap] * m, [0.0] * k]
    a = np.exp(scores - scores.max(axis=1, keepdims=True))
    a /= a.sum(axis=1, keepdims=True)
    sums = np.stack([a[:, :m].sum(axis=1), (a * z)[:, :m].sum(axis=1), (a * z)[:, m:].sum(axis=1)])
    return sums, np.stack([(a**2)[:, :m].sum(axis=1), (a**2)[:, m:].sum(axis=1)]), weight


@dataclass(frozen=True, eq=False)
class GaussianTask:
    r"""A task with Gaussian tokens of given moments."""

    moments: TokenMoments
    name: str = "gaussian tokens"
    largest_train: int = 5000

    @property
    def n_tokens(self) -> int:
        return self.moments.n_tokens

    @property
    def n_relevant(self) -> int:
        return self.moments.n_relevant

    @property
    def dim(self) -> int:
        return self.moments.dim

    def split(self, n_train: int, *, rng: np.random.Generator) -> RealSplit:
        first, parts = 0, {}
        for part in PARTS:
            batch = gaussian_batch(self.moments, rng=rng, size=n_train if part == "train" else SIZES[part])
            parts[part] = replace(batch, items=batch.items + first)
            first += batch.items.max() + 1
        return RealSplit(**parts)


MOMENTS = noisy_moments(np.random.default_rng(8), n_tokens=5, n_relevant=2, dim=6)
SHARING = sharing_moments(np.random.default_rng(9), MOMENTS)
PROMPT = np.linalg.solve(MOMENTS.irrelevant_covariance, MOMENTS.relevant_means.mean(axis=0) - MOMENTS.irrelevant_mean)
