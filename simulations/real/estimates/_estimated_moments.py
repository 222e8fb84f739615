r"""Moments of relevant and irrelevant tokens, estimated on a pool: plain numbers for whoever predicts from them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulations.real.tasks import RealBatch
from theory.model import ParameterError

__all__ = ["EstimatedMoments", "estimated_moments"]

Array = NDArray[np.float64]


class EstimatedMoments(NamedTuple):
    r"""T, m; moments of relevant tokens for y = ∓1, and of irrelevant ones; π; numbers of observations; shared parts."""

    n_tokens: int
    n_relevant: int
    relevant_means: Array
    relevant_covariances: Array
    irrelevant_mean: Array
    irrelevant_covariance: Array
    label_prior: float
    relevant_counts: tuple[float, float]
    irrelevant_count: float
    relevant_shared: Array | None
    irrelevant_shared: Array | None
    mixed_shared: Array | None


def estimated_moments(batch: RealBatch) -> EstimatedMoments:
    r"""The moments of a pool.

    An item that occurs in many samples is one observation: `irrelevant_count` is a number of different items, and
    `relevant_counts` are numbers of samples with items of their own. Moments of irrelevant tokens weigh an item by its
    occurrences.

    Tokens of different items are dealt independently of each other. Where tokens of a sample show the same item, their covariance
    is estimated: between relevant ones if they show one image, between irrelevant ones if they show one photograph, and then also
    between the two kinds, for a photograph may shine through an image.

    Parameters
    ----------
    batch
        Samples that all have the same number m of relevant tokens.

    Raises
    ------
    ParameterError
        If m differs between samples, no token is irrelevant, or a label has fewer than two samples.
    """
    numbers = np.unique(batch.relevant.sum(axis=1))
    t = batch.relevant.shape[1]
    if len(numbers) != 1 or not 1 <= numbers[0] < t:
        raise ParameterError("relevant", f"the same number, from 1 to {t - 1}, of tokens in every sample", numbers.tolist())
    if min((batch.labels < 0).sum(), (batch.labels > 0).sum()) < 2:
        raise ParameterError("labels", "both, in at least two samples", batch.labels)
    m, kinds = int(numbers[0]), [_Kind.of(batch, batch.relevant), _Kind.of(batch, ~batch.relevant)]
    classes = [kinds[0].where(batch.labels == label) for label in (-1, 1)]
    mean, covariance = kinds[1].moments()
    means, covariances = zip(*(kind.moments() for kind in classes), strict=True)
    shared = [kind.shared() for kind in classes] if kinds[0].is_shared else None
    mixed = [one.covariance(kinds[1].where(batch.labels == label)) for one, label in zip(classes, (-1, 1), strict=True)]
    return EstimatedMoments(
        n_tokens=t,
        n_relevant=m,
        relevant_means=np.array(means),
        relevant_covariances=np.array(covariances),
        irrelevant_mean=mean,
        irrelevant_covariance=covariance,
        label_prior=float((batch.labels > 0).mean()),
        relevant_counts=(classes[0].count, classes[1].count),
        irrelevant_count=float(len(np.unique(kinds[1].items))),
        relevant_shared=None if shared is None else np.array(shared),
        irrelevant_shared=kinds[1].shared() if kinds[1].is_shared else None,
        mixed_shared=np.array(mixed) if kinds[1].is_shared else None,
    )


@dataclass(frozen=True)
class _Kind:
    r"""Tokens of one kind: k of each sample, shape (size, k, d), and their items, shape (size, k)."""

    tokens: Array
    items: NDArray[np.int64]

    @staticmethod
    def of(batch: RealBatch, chosen: NDArray[np.bool_]) -> "_Kind":
        size, d = batch.size, batch.tokens.shape[2]
        return _Kind(batch.tokens[chosen].reshape(size, -1, d), batch.items[chosen].reshape(size, -1))

    def where(self, samples: NDArray[np.bool_]) -> "_Kind":
        return _Kind(self.tokens[samples], self.items[samples])

    @property
    def is_shared(self) -> bool:
        r"""Whether two tokens of a sample show the same item."""
        return bool((np.diff(np.sort(self.items, axis=1), axis=1) == 0).any())

    @property
    def count(self) -> float:
        r"""Samples with items of their own."""
        each = len(np.unique(self.items[0]))
        return len(np.unique(self.items)) / each

    def moments(self) -> tuple[Array, Array]:
        rows = self.tokens.reshape(-1, self.tokens.shape[2])
        return rows.mean(axis=0), np.cov(rows.T)

    def covariance(self, other: "_Kind") -> Array:
        r"""Between a token of this kind and one of another kind of the same sample."""
        one, two = self.tokens.mean(axis=1), other.tokens.mean(axis=1)
        result: Array = (one - one.mean(axis=0)).T @ (two - two.mean(axis=0)) / (len(one) - 1)
        return result

    def shared(self) -> Array:
        r"""Between two tokens of a sample: what the covariance of their sum has beyond k Σ, over k(k - 1)."""
        k = self.tokens.shape[1]
        total = np.cov(self.tokens.sum(axis=1).T)
        return np.asarray((total - k * self.moments()[1]) / (k * (k - 1)), dtype=np.float64)
