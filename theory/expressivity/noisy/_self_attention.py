r"""Self-attention with token noise: its error for given parameters, by quasi-Monte Carlo over the noise."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri
from scipy.stats import qmc

from theory.expressivity.noisy._noisy_samples import noisy_samples
from theory.model import ContextualModel, Interval, ParameterError

__all__ = ["NoisyRows", "noisy_rows", "self_attention_error"]

Array = NDArray[np.float64]

_NUMBERS = 2_000_000  # attention scores held at once
_REPLICATES, _GOLDEN = 8, 0.6180339887498949  # sets of points; the golden ratio, whose multiples lie apart modulo 1
_INSIDE = 1e-12  # of the ends of the cube, where quantiles are infinite


@dataclass(frozen=True)
class NoisyRows:
    r"""Samples of all values of (δ, y), the relevant tokens of each as one.

    Parameters
    ----------
    tokens
        Coordinates of the relevant and the irrelevant tokens, shape (k, 1 + m', size).
    others
        Inner products of what lies outside the first k coordinates, shape (1 + m', 1 + m', size); None where it is not asked for.
    labels, weights
        Shape (size,).
    n_relevant
        m.
    """

    tokens: Array
    others: Array | None
    labels: Array
    weights: Array
    n_relevant: int

    def attention(self, matrix: Array, across: float) -> Array:
        r"""The attention of each row (first axis) on the m relevant tokens together, and on each other token."""
        scores: Array = np.einsum("jsn,jtn->stn", np.tensordot(matrix, self.tokens, axes=(0, 0)), self.tokens)
        if across and self.others is not None:
            scores += across * self.others
        scores[:, 0] += math.log(self.n_relevant)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def forward(self, head: Array, matrix: Array, across: float) -> tuple[Array, Array, Array]:
        r"""Attention, the values ⟨w, x⟩ of the tokens, and the output of each row."""
        attention, values = self.attention(matrix, across), np.tensordot(head, self.tokens, axes=(0, 0))
        return attention, values, np.einsum("stn,tn->sn", attention, values)

    def output(self, head: Array, matrix: Array, across: float) -> Array:
        r"""T y f, shape (size,)."""
        rows = self.forward(head, matrix, across)[2]
        signed: Array = self.labels * (self.n_relevant * rows[0] + rows[1:].sum(axis=0))
        return signed


def self_attention_error(
    model: ContextualModel, head: Array, matrix: Array, across: float = 0.0, *, points: int = 1 << 12
) -> tuple[float, float]:
    r"""The error of f = 1ᵀ softmax(X M Xᵀ) X w / T, and its standard error.

    The noise coordinates go through Sobol points, moved round the unit cube by eight different steps; the spread of the
    eight estimates gives the standard error. It is an estimate of the numerical error, not a bound.

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.
    head, matrix
        w and M along e1 = q_*/Q, e2 in the plane of q_* and w_*, and further coordinates e3, … if they are longer;
        shapes (k,) and (k, k), 2 <= k <= d.
    across
        λ: M is λ times the identity on all coordinates but the first k.
    points
        Of each of the eight sets, a power of two.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain, or the noise has more coordinates than Sobol points.

    Examples
    --------
    Without attention it is mean pooling, here with error Q(0.9):

    >>> model = ContextualModel(n_tokens=6, n_relevant=2, dim=5, signal_norm=0.9, context_norm=2.0)
    >>> error, spread = self_attention_error(model, np.array([0.0, 1.0]), np.zeros((2, 2)), points=512)
    >>> bool(abs(error - 0.18406) < 4 * spread < 0.02)
    True
    """
    Interval(2, model.dim, integer=True).member("head", len(head))
    estimates = []
    for k in range(_REPLICATES):
        wrong = 0.0
        for rows in noisy_rows(model, len(head), points, (k + 1) * _GOLDEN, others=across != 0):
            wrong += float(rows.weights @ (rows.output(head, matrix, across) <= 0))
        estimates.append(wrong)
    return float(np.mean(estimates)), float(np.std(estimates, ddof=1) / math.sqrt(_REPLICATES))


def noisy_rows(model: ContextualModel, k: int, points: int, step: float, *, others: bool) -> Iterator[NoisyRows]:
    r"""All values of (δ, y) with the same Sobol points for the noise, in parts of a bounded size."""
    free, samples = model.n_irrelevant, noisy_samples(model)
    known, hidden = _noise(model, k, points, step, others=others)
    size = max(1, _NUMBERS // (free + 1) ** 2)
    for start in range(0, points, size):
        part = known[:, :, start : start + size]
        inner = None
        if others:
            inner = np.zeros((free + 1, free + 1, part.shape[2]))
            by_point = np.ascontiguousarray(hidden[:, :, start : start + size].transpose(2, 1, 0))
            inner[1:, 1:] = (by_point @ by_point.transpose(0, 2, 1)).transpose(1, 2, 0)
        for s in samples:
            tokens = np.zeros((k, free + 1, part.shape[2]))
            tokens[:2] = s.irrelevant[:, None, None]
            tokens[:2, 0] = s.relevant[:, None]
            tokens[:, 1:] += part
            shape = part.shape[2]
            yield NoisyRows(tokens, inner, np.full(shape, s.label), np.full(shape, s.weight / points), model.n_relevant)


def _noise(model: ContextualModel, k: int, points: int, step: float, *, others: bool) -> tuple[Array, Array]:
    r"""Noise of the irrelevant tokens in the first k coordinates, shape (k, m', points), and in as many others as are needed.

    If there are more than m' others, they are rotated so that the i-th token has i coordinates, the last a χ (Bartlett).
    """
    free, left = model.n_irrelevant, model.dim - k if others else 0
    kept = min(free, left)
    if (k + kept) * free > qmc.Sobol.MAXDIM:
        raise ParameterError("n_tokens", f"such that {k + kept} (T - m) <= {qmc.Sobol.MAXDIM}", model.n_tokens)
    cube = qmc.Sobol((k + kept) * free, scramble=False).random(points)
    moved = np.clip((cube + 0.5 / points + step * np.arange(1, cube.shape[1] + 1)) % 1.0, _INSIDE, 1 - _INSIDE)
    normal = np.ascontiguousarray(ndtri(moved).T).reshape(k + kept, free, points)
    if kept < left:
        uniform = moved.T.reshape(k + kept, free, points)
        for i in range(free):
            normal[k + i, i] = np.sqrt(2 * gammaincinv((left - i) / 2, uniform[k + i, i]))
            normal[k + i, :i] = 0.0
    normal *= model.noise_std
    return normal[:k], normal[k:]
