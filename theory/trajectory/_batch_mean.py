r"""The law of the mean of y (ζu + (1-ζ)v) over a batch, on which w₁ rests: counts of labels and shifts, as weighted points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binom

from theory.model import BoxShift, ContextualModel
from theory.numerics import SHIFTS, lattice_points
from theory.trajectory._sample_atoms import sample_atoms

__all__ = ["BatchMeans", "batch_means"]

Floats = NDArray[np.float64]

_LARGEST = 100_000
_NEGLIGIBLE = 1e-18
_REACH = 9.5  # standard deviations of a binomial count beyond which nothing is left
_CORNISH_FISHER = 1e6
_LATTICE = 4096
_LARGEST_LATTICE_KINDS = 14


@dataclass(frozen=True)
class BatchMeans:
    r"""Points of the plane and their probabilities.

    Parameters
    ----------
    points, weights
        Shapes (N, 2) and (N,).
    missing
        Bound on the probability that the points leave out.
    copies
        1 if they are all counts; else of how many shifted lattices they are made, one after the other.
    """

    points: Floats
    weights: Floats
    missing: float
    copies: int

    def expectation(self, values: Floats) -> tuple[float, float]:
        r"""E of a function between -1 and 1, given at the points, and a bound on its numerical error."""
        parts = (self.weights * values).reshape(self.copies, -1).sum(axis=1) * self.copies
        error = 4 * float(parts.std(ddof=1)) / float(np.sqrt(self.copies)) if self.copies > 1 else 0.0
        return float(parts.mean()), error + self.missing


def batch_means(model: ContextualModel, n_samples: float, kept: Floats) -> BatchMeans | None:
    r"""The exact law of the mean of n independent y (ζu + (1-ζ)v), coordinates times `kept`.

    With N_k the multinomial numbers of samples of each kind (label, shift),

    .. math:: \bar a = \frac1n \sum_k N_k a_k, \qquad a_k = y_k (\zeta u_k + (1-\zeta) v_k).

    Kinds of equal a_k are one. Up to 10⁵ counts are enumerated, those of probability below 1e-18 left out; else the counts are
    drawn one after the other by inverse binomial laws at the points of shifted lattices.

    Returns
    -------
    BatchMeans or None
        None for a uniform box, and for more than 15 kinds of samples whose counts are too many: no exact law is known here.
    """
    atoms = sample_atoms(model)
    if isinstance(model.shift, BoxShift):
        return None
    vectors, kinds = np.unique((kept * atoms.label[:, None] * atoms.pooled).round(14), axis=0, return_inverse=True)
    probability = np.bincount(kinds.ravel(), atoms.probability)
    if np.isinf(n_samples):
        return BatchMeans((probability @ vectors)[None], np.ones(1), 0.0, 1)
    order = np.argsort(-probability)
    vectors, probability, n = vectors[order], probability[order] / probability.sum(), int(n_samples)
    counted = _counts(n, probability)
    if counted is not None:
        counts, weights = counted
        return BatchMeans(counts @ vectors / n, weights, max(1.0 - float(weights.sum()), 0.0) + 1e-15, 1)
    if len(probability) - 1 > _LARGEST_LATTICE_KINDS:
        return None
    counts = _drawn_counts(n, probability)
    return BatchMeans(counts @ vectors / n, np.full(len(counts), 1 / len(counts)), 0.0, SHIFTS)


def _counts(n: int, probability: Floats) -> tuple[Floats, Floats] | None:
    r"""All multinomial counts that matter, shape (N, K), and their probabilities; None if there are too many."""
    counts, left, logs = np.zeros((1, 0)), np.array([n]), np.zeros(1)
    for kind, p in enumerate(probability[:-1]):
        share = min(float(p / probability[kind:].sum()), 1.0)
        reach = _REACH * np.sqrt(left * share * (1 - share)) + 2 * _REACH
        low, high = np.maximum(np.floor(left * share - reach), 0), np.minimum(np.ceil(left * share + reach), left)
        widths = (high - low + 1).astype(int)
        if widths.sum() > 4 * _LARGEST:
            return None
        row = np.repeat(np.arange(len(left)), widths)
        own = low[row] + np.arange(len(row)) - np.repeat(np.cumsum(widths) - widths, widths)
        logs = logs[row] + binom.logpmf(own, left[row], share)
        kept = logs > np.log(_NEGLIGIBLE)
        counts, left, logs = np.column_stack([counts[row], own])[kept], (left[row] - own)[kept], logs[kept]
        if len(logs) > _LARGEST:
            return None
    return np.column_stack([counts, left]), np.exp(logs)


def _drawn_counts(n: int, probability: Floats) -> Floats:
    uniforms = lattice_points(_LATTICE)
    left, columns = np.full(uniforms.shape[1], float(n)), []
    for kind, p in enumerate(probability[:-1]):
        columns.append(_binomial_quantiles(uniforms[kind], left, min(float(p / probability[kind:].sum()), 1.0)))
        left = left - columns[-1]
    return np.column_stack([*columns, left])


def _binomial_quantiles(uniforms: Floats, n: Floats, p: float) -> Floats:
    r"""Inverse binomial laws; beyond 10⁶ samples by two terms of Cornish and Fisher, wrong by less than one count."""
    if n.max() < _CORNISH_FISHER:
        return np.where(n > 0, binom.ppf(uniforms, n, p), 0.0)
    z = ndtri(uniforms)
    result: Floats = np.clip(np.round(n * p + np.sqrt(n * p * (1 - p)) * z + (1 - 2 * p) * (z * z - 1) / 6), 0.0, n)
    return result
