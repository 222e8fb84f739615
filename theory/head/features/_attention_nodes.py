r"""A positive cubature for the attention, the noise gain and the score noise of one sample, also with noisy relevant tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.head.features._noise_sums import NoiseSums, noise_sums

__all__ = ["AttentionNodes", "attention_nodes"]

Floats = NDArray[np.float64]

_CELL = np.array([0.9, 0.9, 1.3])  # largest widths of a cell, in standard deviations of log odds, log C and B/C
_LONGEST = np.array([0.8, 0.8, 1.3])  # and absolutely
_WARP = 2.0  # standard deviations within which cells are hardly wider than in the middle
_FAINT = 1e-13  # weight of a pair of nodes that no longer counts
_SIMPLEX = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # mean 0, covariance I


@dataclass(frozen=True, eq=False)
class AttentionNodes:
    r"""Nodes of a cubature, with positive weights of sum 1; all of shape (N,).

    Parameters
    ----------
    mass
        A, the attention on relevant tokens.
    gain
        C > 0: given the scores, noise orthogonal to the prompt has the standard deviation σC in every direction.
    drift
        B, the pooled score noise Σ (weight of token t) gₜ.
    """

    mass: Floats
    gain: Floats
    drift: Floats
    weights: Floats


@lru_cache(maxsize=256)
def attention_nodes(
    n_relevant: int, n_irrelevant: int, score: float, score_std: float, relevant_noise: float, resolution: float = 1.0
) -> AttentionNodes:
    r"""Cubature for (A, C, B) given the label.

    With Xₜ = e^{s gₜ} on irrelevant tokens, Xₜ = e^{μ + ϱ s gₜ} on relevant ones, S = Σ Xₜ over all, and ϱₜ = 1 and ϱ there,

    .. math::

        A = \frac1S \sum_{t \in R} X_t, \qquad C^2 = \frac1{S^2} \sum_t \varrho_t^2 X_t^2, \qquad
        B = \frac1S \sum_t \varrho_t g_t X_t .

    Parameters
    ----------
    n_relevant, n_irrelevant
        m >= 1 and m' >= 0, not both free of noise.
    score
        μ, the score of a relevant token without noise.
    score_std
        s >= 0; at s = 0 there is one node.
    relevant_noise
        ϱ >= 0.
    resolution
        Factor on the width of cells.

    Notes
    -----
    Equation :eq:`eq-heads-pooled` of docs/head_convex.md. Relevant tokens without noise add a constant to the sums. With noise
    the two groups are independent; of the product of their cubatures, cells of (log A/(1-A), log C, B/C) keep mean and
    covariance.

    Examples
    --------
    >>> nodes = attention_nodes(6, 58, 3.0, 1.5, 0.0)
    >>> print(f"{nodes.weights @ nodes.mass:.4f}")   # E A
    0.4186
    """
    if score_std == 0:
        return _constant(n_relevant, n_irrelevant, score, relevant_noise)
    if relevant_noise == 0:
        relevant = NoiseSums(np.array([math.log(n_relevant)]), np.zeros(1), np.zeros(1), np.ones(1))
    else:
        relevant = noise_sums(n_relevant, relevant_noise * score_std, 2.0 * resolution)
    if n_irrelevant == 0:
        irrelevant = NoiseSums(np.array([-np.inf]), np.array([-np.inf]), np.zeros(1), np.ones(1))
    else:
        irrelevant = noise_sums(n_irrelevant, score_std, resolution)
    nodes = _joint(relevant, irrelevant, score, relevant_noise)
    return nodes if relevant_noise == 0 or n_irrelevant == 0 else _compressed(nodes, resolution)


def _constant(n_relevant: int, n_irrelevant: int, score: float, relevant_noise: float) -> AttentionNodes:
    log_total = np.logaddexp(math.log(n_relevant) + score, math.log(n_irrelevant) if n_irrelevant else -math.inf)
    squares = n_irrelevant * math.exp(-2 * log_total) + n_relevant * (relevant_noise * math.exp(score - log_total)) ** 2
    mass = np.array([n_relevant * math.exp(score - log_total)])
    return AttentionNodes(mass, np.array([math.sqrt(squares)]), np.zeros(1), np.ones(1))


def _joint(relevant: NoiseSums, irrelevant: NoiseSums, score: float, relevant_noise: float) -> AttentionNodes:
    i, j = (index.ravel() for index in np.indices((len(relevant.weights), len(irrelevant.weights))))
    weights = relevant.weights[i] * irrelevant.weights[j]
    kept = weights > _FAINT
    i, j, weights = i[kept], j[kept], weights[kept] / weights[kept].sum()
    lead = score + relevant.log_total[i]
    log_total = np.logaddexp(lead, irrelevant.log_total[j])
    near = relevant_noise * np.exp(score + relevant.log_squares[i] / 2 - log_total)
    far = np.exp(irrelevant.log_squares[j] / 2 - log_total)
    drift = near * relevant.drift[i] + far * irrelevant.drift[j]
    return AttentionNodes(np.exp(lead - log_total), np.hypot(near, far), drift, weights)


def _compressed(nodes: AttentionNodes, resolution: float) -> AttentionNodes:
    r"""Four nodes per cell, the corners of a simplex with the mean and covariance of the cell."""
    points = np.stack([np.log(nodes.mass) - np.log1p(-nodes.mass), np.log(nodes.gain), nodes.drift / nodes.gain])
    centre = points @ nodes.weights
    deviation = np.sqrt((points - centre[:, None]) ** 2 @ nodes.weights)
    width = resolution * np.minimum(_LONGEST, np.maximum(_CELL * deviation, 1e-9))  # where a coordinate is constant, any width
    reach = _WARP * np.maximum(deviation, 1e-9)[:, None]
    warped = reach * np.arcsinh((points - centre[:, None]) / reach)  # cells widen outwards
    place = np.floor(warped / width[:, None]).astype(np.int64)
    _, cell = np.unique(place, axis=1, return_inverse=True)
    cell = cell.ravel()
    share = np.bincount(cell, nodes.weights)

    def average(values: Floats) -> Floats:
        result: Floats = np.bincount(cell, nodes.weights * values) / share
        return result

    middle = np.stack([average(row) for row in points])
    offset = points - middle[:, cell]
    covariance = np.array([[average(x * y) for y in offset] for x in offset]).transpose(2, 0, 1)
    sizes, axes = np.linalg.eigh(covariance)
    root = (axes * np.sqrt(np.maximum(sizes, 0.0))[:, None, :]) @ axes.transpose(0, 2, 1)
    mirrored = np.where(np.arange(len(share)) % 2, -1.0, 1.0)  # neighbours lean to opposite sides
    odds, log_gain, lead = (middle.T[:, None, :] + mirrored[:, None, None] * (_SIMPLEX @ root)).reshape(-1, 3).T
    gain = np.exp(log_gain)
    return AttentionNodes(1.0 / (1.0 + np.exp(-odds)), gain, lead * gain, np.repeat(share, 4) / 4)
