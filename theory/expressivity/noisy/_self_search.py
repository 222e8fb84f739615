r"""Self-attention with token noise: descent from many starts, which need not stay in the plane of q_* and w_*."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import qmc
from threadpoolctl import threadpool_limits

from theory.expressivity.noisy._mean_pooling import best_mean_pooling_error, mean_pooling_head
from theory.expressivity.noisy._noise_carrier import noise_carrier
from theory.expressivity.noisy._noisy_samples import noisy_samples
from theory.expressivity.noisy._self_attention import NoisyRows, noisy_rows, self_attention_error
from theory.model import ContextualModel

__all__ = ["best_self_attention_error"]

Array = NDArray[np.float64]
Parameters = tuple[Array, Array, float]

_DRAWS, _STEPS = 1024, 40  # effort: draws that are screened, and steps of each descent
_FEWEST, _MOST, _EFFORT = 6, 24, 2_500_000  # starts that are improved, and attention scores of all of them at one step
_SCREEN, _TRAIN, _JUDGE = (13, 5, 0.5), (16, 7, 0.3), (18, 7, 0.7)  # sets of points: log₂ of scores, of fewest points; step
_WORK = 23  # log₂ of the scores of a set that gives the error
_SOFTNESS, _KEPT = (0.5, 0.2, 0.07), (0.4, 0.7, 1.0)  # of the smoothed error in units of mean |f|; shares that go on


def best_self_attention_error(model: ContextualModel) -> tuple[float, float, Parameters]:
    r"""The smallest error found, its standard error, and (w, M, λ) as `self_attention_error` takes them.

    Head and matrix have three coordinates, two in the plane of q_* and w_* and one outside (d >= 3); M is λ times the identity
    on all others. The best of many draws, and constructions in closed form, are improved by descent on a smoothed error that
    grows sharper; other points choose among them, and still others give the error that is reported. It is never worse than that
    of mean pooling.
    """
    k = min(model.dim, 3)
    mean = best_mean_pooling_error(model)
    pooling = np.array(mean_pooling_head(mean, k)), np.zeros((k, k)), 0.0
    with threadpool_limits(1):  # its products are small: threads cost five times what they save
        screen, train, judge = (_rows(model, k, *which) for which in (_SCREEN, _TRAIN, _JUDGE))
        built, drawn = [np.r_[w, M.ravel(), across] for w, M, across in (pooling, *_constructions(model))], _draws(model, k)
        starts = min(_MOST, max(_FEWEST, _EFFORT // (train.tokens[0].size * train.tokens.shape[1])))
        ranked = sorted(drawn, key=lambda x: _loss(x, k, screen, _SOFTNESS[0])[0])[:starts]
        found = _descended([*built, *ranked], k, train)
        best = min([*built, *found], key=lambda x: _error(x, k, judge))
        free = model.n_irrelevant
        error, spread = self_attention_error(model, *_split(best, k), points=_power(_WORK, (free + 1) ** 2, 12, 15))
    if error + 3 * spread < mean.value:
        return error, spread, _split(best, k)
    return mean.value, mean.abs_error, pooling


def _rows(model: ContextualModel, k: int, work: int, fewest: int, step: float) -> NoisyRows:
    r"""All values of (δ, y) in one set."""
    samples = len(noisy_samples(model))
    points = _power(work, (model.n_irrelevant + 1) ** 2 * samples, fewest, 13)
    parts = list(noisy_rows(model, k, points, step, others=model.dim > k))
    others = None if parts[0].others is None else np.concatenate([p.others for p in parts if p.others is not None], axis=2)
    tokens = np.concatenate([p.tokens for p in parts], axis=2)
    labels, weights = (np.concatenate([getattr(p, name) for p in parts]) for name in ("labels", "weights"))
    return NoisyRows(tokens, others, labels, weights, model.n_relevant)


def _power(log_work: int, cost: int, least: int, most: int) -> int:
    return 1 << min(most, max(least, log_work - math.ceil(math.log2(cost))))


def _split(x: Array, k: int) -> Parameters:
    return x[:k] / np.linalg.norm(x[:k]), x[k:-1].reshape(k, k), float(x[-1])


def _error(x: Array, k: int, rows: NoisyRows) -> float:
    return float(rows.weights @ (rows.output(*_split(x, k)) <= 0))


def _constructions(model: ContextualModel) -> list[Parameters]:
    r"""The noise carrier; the same with the signal in place of noise; both with rows that attend to themselves."""
    if model.dim < 3 or model.signal_norm == 0 or abs(model.correlation) == 1:
        return []
    head, matrix = noise_carrier(model)
    towards, opposite, signal = matrix[1, 2], matrix[2, 2], np.eye(3)[1]
    built = [(head, matrix, 0.0), (signal, np.diag([0.0, towards, opposite]), opposite)]
    if model.dim > 3:
        built += [(head, towards * np.outer(signal, np.eye(3)[2]), -opposite), (signal, np.diag([0, towards, 0]), -opposite)]
    return built


def _draws(model: ContextualModel, k: int) -> list[Array]:
    r"""Heads, matrices of full rank or rank one, and λ, of sizes from far below to far above that of one score."""
    scale = max(model.noise_std, model.context_norm, model.signal_norm) ** 2
    draws = []
    for i, u in enumerate(qmc.Sobol(k * k + 3 * k + 2, scramble=False).random(_DRAWS)[1:]):
        x = 2 * u - 1
        head, left, right, matrix = np.split(x[:-2], [k, 2 * k, 3 * k])
        size = 10 ** (1.3 * x[-2] + 0.7) / scale  # from 0.25 to 100 in units of one score
        full = matrix if i % 2 else np.outer(left, right).ravel()
        draws.append(np.r_[head, size * full, size * x[-1] * (model.dim > k and i % 4 < 2)])
    return draws


def _descended(starts: list[Array], k: int, rows: NoisyRows) -> list[Array]:
    r"""The starts improved; before each sharper error only the better ones are kept."""
    options = {"maxiter": _STEPS}
    for softness, share in zip(_SOFTNESS, _KEPT, strict=True):
        found = [minimize(_loss, x, args=(k, rows, softness), jac=True, method="L-BFGS-B", options=options) for x in starts]
        found.sort(key=lambda result: float(result.fun))
        starts = [result.x for result in found[: max(1, round(share * len(found)))]]
    return starts


def _loss(x: Array, k: int, rows: NoisyRows, softness: float) -> tuple[float, Array]:
    r"""Σ P σ(−yf/s), s the softness times the mean of |f|, and its gradient."""
    head, matrix, across = x[:k], x[k:-1].reshape(k, k), float(x[-1])
    attention, values, outputs = rows.forward(head, matrix, across)
    count = np.r_[float(rows.n_relevant), np.ones(len(outputs) - 1)]
    signed = rows.labels * (count @ outputs)
    scale = softness * float(np.abs(signed).mean()) + 1e-300
    chance = expit(-signed / scale)
    steep = rows.weights * chance * (1 - chance) / scale
    slope = rows.labels * (softness * float(steep @ signed) / scale * np.sign(signed) / len(signed) - steep)
    pull = attention * (count[:, None] * slope)[:, None]
    by_value = pull.sum(axis=0)
    pull *= values - outputs[:, None]
    by_row = np.einsum("stn,jtn->jsn", pull, rows.tokens)
    by_matrix = np.tensordot(rows.tokens, by_row, axes=([1, 2], [1, 2]))
    by_across = float(np.vdot(pull, rows.others)) if rows.others is not None else 0.0
    by_head = np.tensordot(rows.tokens, by_value, axes=([1, 2], [0, 1]))
    return float(rows.weights @ chance), np.r_[by_head, by_matrix.ravel(), by_across]
