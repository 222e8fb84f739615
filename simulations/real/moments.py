r"""Moments of relevant and irrelevant tokens, estimated on a pool: plain numbers for whoever predicts from them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulations.real.task import RealBatch
from theory.model import ParameterError

__all__ = ["EstimatedMoments", "estimated_moments"]

Array = NDArray[np.float64]


class EstimatedMoments(NamedTuple):
    r"""T, m; means and covariances of relevant tokens for y = ∓1, and of irrelevant ones; π; numbers of different items."""

    n_tokens: int
    n_relevant: int
    relevant_means: Array
    relevant_covariances: Array
    irrelevant_mean: Array
    irrelevant_covariance: Array
    label_prior: float
    relevant_counts: tuple[float, float]
    irrelevant_count: float


def estimated_moments(batch: RealBatch) -> EstimatedMoments:
    r"""The moments of a pool.

    An item that occurs in many samples is one observation: `counts` are numbers of different items, and moments of irrelevant
    tokens weigh an item by its occurrences.

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
    labels = np.broadcast_to(batch.labels[:, None], batch.relevant.shape)
    means, covariances, counts = [], [], []
    for label in (-1, 1):
        chosen = batch.relevant & (labels == label)
        mean, covariance, count = _moments(batch, chosen)
        means.append(mean)
        covariances.append(covariance)
        counts.append(count)
    irrelevant = _moments(batch, ~batch.relevant)
    prior = float((batch.labels > 0).mean())
    return EstimatedMoments(
        t, int(numbers[0]), np.array(means), np.array(covariances), *irrelevant[:2], prior, (counts[0], counts[1]), irrelevant[2]
    )


def _moments(batch: RealBatch, chosen: NDArray[np.bool_]) -> tuple[Array, Array, float]:
    rows = batch.tokens[chosen]
    if len(rows) < 2:
        raise ParameterError("labels", "both, in at least two samples", batch.labels)
    return rows.mean(axis=0), np.cov(rows.T), float(len(np.unique(batch.items[chosen])))
