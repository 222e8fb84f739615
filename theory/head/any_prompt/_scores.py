r"""Attention and noise gain under prompts of any strength: nodes whose 1 - A keeps its digits where attention saturates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from theory.head.any_prompt._points import Points
from theory.head.features import attention_nodes

__all__ = ["HEAVIEST_CUBATURE", "Attention", "attention_cubature", "attention_sample"]

Floats = NDArray[np.float64]

HEAVIEST_CUBATURE = 6.0
r"""Standard deviation of scores up to which the cubature of `theory.head.features` is used."""

_LARGEST = 40
r"""Order statistics of the scores that are drawn one by one; the rest is replaced by its mean given the smallest of these."""


@dataclass(frozen=True, eq=False)
class Attention:
    r"""Nodes for (A, 1 - A, C, B) of one sample, weights of sum 1; all of shape (N,)."""

    mass: Floats
    rest: Floats
    gain: Floats
    drift: Floats
    weights: Floats


def attention_cubature(
    n_relevant: int, n_irrelevant: int, score: float, score_std: float, relevant_noise: float, resolution: float
) -> Attention:
    r"""The nodes of `theory.head.features.attention_nodes`."""
    nodes = attention_nodes(n_relevant, n_irrelevant, score, score_std, relevant_noise, resolution)
    return Attention(nodes.mass, np.maximum(1 - nodes.mass, 0.0), nodes.gain, nodes.drift, nodes.weights)


def attention_sample(
    n_relevant: int, n_irrelevant: int, score: float, score_std: float, relevant_noise: float, points: Points
) -> Attention:
    r"""Equally weighted nodes from the points, for scores of any standard deviation.

    With u₁ > u₂ > … uniform order statistics, log uⱼ is a sum of independent exponential variables; the largest scores are drawn
    so, and the sum over the others is replaced by its mean given the smallest of them.

    Examples
    --------
    >>> nodes = attention_sample(3, 14, 1.2 * 20, 20.0, 0.0, Points(1024, 0))
    >>> bool(np.all(nodes.gain > 0)), bool(np.allclose(nodes.mass + nodes.rest, 1))
    (True, True)
    """
    peak, total, squares, drift = _sums(n_irrelevant, score_std, points)
    if relevant_noise > 0:
        own, sum_1, sum_2, sum_g = _sums(n_relevant, relevant_noise * score_std, points)
    else:
        own, sum_1, sum_2, sum_g = np.zeros(1), np.array([float(n_relevant)]), np.zeros(1), np.zeros(1)
    near, far = score + own, peak  # logarithms of the largest weights of either kind
    top = np.maximum(near, far)
    near, far = np.exp(near - top), np.exp(far - top)
    whole = near * sum_1 + far * total
    gain = np.hypot(relevant_noise * near * np.sqrt(sum_2), far * np.sqrt(squares)) / whole
    moment = (relevant_noise * near * sum_g + far * drift) / whole
    return Attention(near * sum_1 / whole, far * total / whole, gain, moment, np.full(points.count, 1 / points.count))


def _sums(count: int, score_std: float, points: Points) -> tuple[Floats, Floats, Floats, Floats]:
    r"""s·max g, and the sums of e^{s(g - max)}, its square and g e^{s(g - max)}."""
    if count == 0:
        zero = np.zeros(points.count)
        return np.full(points.count, -np.inf), zero, zero, zero
    drawn = min(count, _LARGEST)
    gaps = -np.log(points.uniform(drawn)) / (count - np.arange(drawn))
    upper = -np.expm1(-np.cumsum(gaps, axis=1))  # P(g > gⱼ)
    g = -ndtri(np.clip(upper, 1e-300, 1 - 1e-16))
    relative = np.exp(score_std * (g - g[:, :1]))
    sums = [relative.sum(axis=1), (relative**2).sum(axis=1), (g * relative).sum(axis=1)]
    if count > drawn:
        means = _tail_means(score_std, g[:, -1], g[:, 0])
        sums = [part + (count - drawn) * mean for part, mean in zip(sums, means, strict=True)]
    return score_std * g[:, 0], sums[0], sums[1], sums[2]


def _tail_means(s: float, below: Floats, peak: Floats) -> tuple[Floats, Floats, Floats]:
    r"""Means of e^{s(g - peak)}, its square and g e^{s(g - peak)} given g < below."""
    log_share = log_ndtr(below)
    first = np.exp(s * s / 2 - s * peak + log_ndtr(below - s) - log_share)
    second = np.exp(2 * s * s - 2 * s * peak + log_ndtr(below - 2 * s) - log_share)
    edge = np.exp(s * (below - peak) - below**2 / 2 - log_share) / math.sqrt(2 * math.pi)
    return first, second, s * first - edge
