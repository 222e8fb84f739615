r"""Self-attention with token noise: its error by quasi-Monte Carlo over the noise, and the best that is found."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, ndtri
from scipy.stats import qmc

from theory.expressivity.noisy_law import NoisySample, noisy_samples
from theory.expressivity.noisy_mean_pooling import best_mean_pooling_error
from theory.model import ContextualModel

__all__ = ["best_self_attention_error", "self_attention_error"]

Array = NDArray[np.float64]

_NUMBERS = 2_000_000  # attention scores held at once
_REPLICATES, _GOLDEN = 8, 0.6180339887498949
_STARTS, _POLISHED, _EVALUATIONS = 64, 3, 220
_FEWEST, _MOST, _WORK = 12, 15, 23  # powers of two: points of the error reported, and attention scores of one of its sets
_SMOOTH = 0.05


def self_attention_error(model: ContextualModel, head: Array, matrix: Array, *, points: int = 1 << 12) -> tuple[float, float]:
    r"""The error of f = 1ᵀ softmax(X M Xᵀ) X w / T, and its standard error: parameters in the plane of q_* and w_*.

    The 2m' noise coordinates go through Sobol points, moved round the unit cube by eight different steps; the spread of the
    eight estimates gives the standard error. It is an estimate of the numerical error, not a bound.

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.
    head, matrix
        w and M along e1 = q_*/Q and e2; shapes (2,) and (2, 2).
    points
        Of each of the eight sets, a power of two.

    Examples
    --------
    Without attention it is mean pooling, here with error Q(0.9):

    >>> model = ContextualModel(n_tokens=6, n_relevant=2, dim=5, signal_norm=0.9, context_norm=2.0)
    >>> error, spread = self_attention_error(model, np.array([0.0, 1.0]), np.zeros((2, 2)), points=512)
    >>> bool(abs(error - 0.18406) < 4 * spread < 0.02)
    True
    """
    samples = noisy_samples(model)
    estimates = []
    for k in range(_REPLICATES):
        noise = _noise(model, points, (k + 1) * _GOLDEN)
        estimates.append(sum(s.weight * float(np.mean(_signed(model, s, head, matrix, noise) <= 0)) for s in samples))
    return float(np.mean(estimates)), float(np.std(estimates, ddof=1) / math.sqrt(_REPLICATES))


def best_self_attention_error(model: ContextualModel) -> tuple[float, float, Array, Array]:
    r"""The smallest error found, its standard error, head and matrix; never worse than mean pooling, which has M = 0.

    Simplex search from the best of many starts on a smoothed error over one set of points; the error reported is that of
    `self_attention_error`, on other points. The head is longer than 2 only if mean pooling with a head out of the plane is
    better.
    """
    samples = noisy_samples(model)
    points = 1 << max(5, min(9, int(math.log2(_NUMBERS / 10 / (model.n_irrelevant + 1) ** 2))))
    noise = _noise(model, points, 0.5)

    def loss(x: Array) -> float:
        total = 0.0
        for s in samples:
            f = _signed(model, s, x[:2], x[2:].reshape(2, 2), noise)
            total += s.weight * float(expit(-f / (_SMOOTH * (np.abs(f).mean() + 1e-300))).mean())
        return total

    draws = 2 * qmc.Sobol(6, scramble=False).random(_STARTS)[2:] - 1
    draws[:, 2:] *= 6 / max(model.noise_std, model.context_norm, model.signal_norm) ** 2
    mean = best_mean_pooling_error(model)
    plain = np.array([float(mean.details["along_context"]), float(mean.details["across"]), 0.0, 0.0, 0.0, 0.0])
    ranked = sorted([plain, *draws], key=loss)[:_POLISHED]
    options = {"maxfev": _EVALUATIONS, "xatol": 1e-4, "fatol": 1e-6}
    found = min((minimize(loss, x, method="Nelder-Mead", options=options).x for x in ranked), key=loss)
    head, matrix = found[:2] / np.linalg.norm(found[:2]), found[2:].reshape(2, 2)
    log_points = min(_MOST, max(_FEWEST, _WORK - math.ceil(2 * math.log2(model.n_irrelevant + 1))))
    error, spread = self_attention_error(model, head, matrix, points=1 << log_points)
    if error + 3 * spread < mean.value:
        return error, spread, head, matrix
    out = np.array([float(mean.details[name]) for name in ("along_context", "across", "orthogonal")])
    return mean.value, mean.abs_error, out[: model.dim], np.zeros((2, 2))


def _noise(model: ContextualModel, points: int, step: float) -> Array:
    r"""Noise of the irrelevant tokens in the plane, shape (points, m', 2)."""
    cube = qmc.Sobol(2 * model.n_irrelevant, scramble=False).random(points)
    moved = (cube + 0.5 / points + step * np.arange(1, cube.shape[1] + 1)) % 1.0
    normal: Array = model.noise_std * ndtri(np.clip(moved, 1e-12, 1 - 1e-12))
    return normal.reshape(points, model.n_irrelevant, 2)


def _signed(model: ContextualModel, sample: NoisySample, head: Array, matrix: Array, noise: Array) -> Array:
    r"""T y f at every point of the noise, shape (points,)."""
    step = max(1, _NUMBERS // (noise.shape[1] + 1) ** 2)
    parts = [_scores(model, sample, head, matrix, noise[k : k + step]) for k in range(0, len(noise), step)]
    return np.concatenate(parts) * sample.label


def _scores(model: ContextualModel, sample: NoisySample, head: Array, matrix: Array, noise: Array) -> Array:
    u, tokens = sample.relevant, sample.irrelevant + noise
    rows = np.concatenate([np.broadcast_to(u, (len(tokens), 1, 2)), tokens], axis=1)
    scores = np.einsum("nte,nse->nts", rows @ matrix, rows)
    scores[:, :, 0] += math.log(model.n_relevant)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    outputs = np.einsum("nts,ns->nt", weights, rows @ head) / weights.sum(axis=2)
    total: Array = model.n_relevant * outputs[:, 0] + outputs[:, 1:].sum(axis=1)
    return total
