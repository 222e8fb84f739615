r"""A positive cubature for the joint law of Σ Xₜ, Σ Xₜ² and Σ gₜXₜ, Xₜ = e^{s gₜ}: doubling with matched moments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.numerics import bounded_gauss_rule, two_point_rule

__all__ = ["NoiseSums", "noise_sums"]

Floats = NDArray[np.float64]

_REACH = 6.8  # scores beyond have probability 1e-11
_DROP = 1e-12  # share of a cell that no longer counts
_CELL = 0.5  # largest width of a cell, in standard deviations of log y
_LONGEST_CELL = 0.25  # largest width of a cell, in log y
_STEP, _LOG_STEP = 0.4, 0.4  # of the rule for one token: largest in g, and in log y = 2 s g
_LIGHT = 2.0  # standard deviations below the mean of log y, from where cells widen
_WIDENING = 4.0  # depth below, in log y, over which they become twice as wide
_FAINT = 1e-14  # weight of a node that is left out


@dataclass(frozen=True, eq=False)
class NoiseSums:
    r"""Nodes of a cubature for (log Σ Xₜ, log Σ Xₜ², Σ gₜXₜ/√ΣXₜ²), with positive weights of sum 1; shapes (N,)."""

    log_total: Floats
    log_squares: Floats
    drift: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class _Law:
    r"""Atoms log y of the law of Y = Σ Xₜ², each with moments of T = Σ Xₜ/√Y and V = Σ gₜXₜ/√Y given Y = y.

    `mean` and `moments` are the mean of T and its central moments 2 … 5; `drift` the mean of V, cov(T, V) and var(V).
    """

    log_y: Floats
    weights: Floats
    mean: Floats
    moments: Floats
    drift: Floats


@lru_cache(maxsize=256)
def noise_sums(count: int, score_std: float, resolution: float = 1.0) -> NoiseSums:
    r"""Cubature for the sums over m' tokens Xₜ = e^{s gₜ}, gₜ independent standard normal.

    The law of Y = Σ Xₜ² is carried as atoms on log y, and the law of T = Σ Xₜ/√Y, which lies in [1, √m'], by its first
    five moments given Y. V = Σ gₜXₜ/√Y is nearly a function of the two; its mean, its variance and its covariance with T
    are carried. Sums of independent groups of tokens add Y exactly and the cumulants of Σ Xₜ and Σ gₜXₜ exactly. After each
    doubling, atoms in a cell of log y are replaced by two with the same first three moments of log y, and with the
    regressions of the moments of T and V on log y kept. At the end each atom becomes three nodes by the Gauss rule of the
    conditional moments of T, with values of V that keep its mean, its variance and its covariance with T.

    Parameters
    ----------
    count
        m' >= 1.
    score_std
        s > 0.
    resolution
        Factor on the width of cells: 2 gives the coarser rule used to estimate errors.

    Returns
    -------
    NoiseSums
        Cost and number of nodes grow like log m'.

    Notes
    -----
    Equation :eq:`eq-heads-sums` of docs/head_convex.md.

    Examples
    --------
    >>> sums = noise_sums(30, 0.8)
    >>> exact = 30 * np.exp(0.8**2 / 2)
    >>> bool(abs(sums.weights @ np.exp(sums.log_total) / exact - 1) < 1e-4)
    True
    """
    one = _one_token(score_std, resolution)
    total: _Law | None = None
    power, rest = one, count
    while rest:
        if rest & 1:
            total = power if total is None else _sum(total, power, resolution)
        rest >>= 1
        if rest:
            power = _sum(power, power, resolution)
    assert total is not None
    return _nodes(total if count == 1 else _compressed(total, 2.0 * resolution))


def _one_token(score_std: float, resolution: float) -> _Law:
    step = resolution * min(_STEP, 0.5 * _LOG_STEP / score_std)
    half = int(np.ceil(_REACH / step))
    g = step * np.arange(-half, half + 1)
    weights = np.exp(-0.5 * g * g)
    log_y = np.asarray(2.0 * score_std * g, dtype=np.float64)
    drift = np.stack([g, 0.0 * g, 0.0 * g])
    return _Law(log_y, weights / weights.sum(), np.ones_like(g), np.zeros((4, g.size)), drift)


def _sum(first: _Law, second: _Law, resolution: float) -> _Law:
    r"""The law of the sums over two independent groups."""
    if first is second:
        i, j = np.triu_indices(len(first.weights))
        weights = first.weights[i] * first.weights[j] * np.where(i == j, 1.0, 2.0)
    else:
        i, j = (index.ravel() for index in np.indices((len(first.weights), len(second.weights))))
        weights = first.weights[i] * second.weights[j]
    kept = weights > 1e-3 * _DROP / len(weights) ** 0.5  # all pairs that are left out together weigh less than a cell that counts
    i, j = i[kept], j[kept]
    log_y = np.logaddexp(first.log_y[i], second.log_y[j])
    share_1, share_2 = np.exp((first.log_y[i] - log_y) / 2), np.exp((second.log_y[j] - log_y) / 2)
    orders = np.arange(2, 6)[:, None]
    cumulants = share_1**orders * _cumulants(first.moments)[:, i] + share_2**orders * _cumulants(second.moments)[:, j]
    mean = share_1 * first.mean[i] + share_2 * second.mean[j]
    orders = np.array([[1], [2], [2]])
    drift = share_1**orders * first.drift[:, i] + share_2**orders * second.drift[:, j]
    return _compressed(_Law(log_y, weights[kept], mean, _central_moments(cumulants), drift), resolution)


def _cumulants(moments: Floats) -> Floats:
    r"""Cumulants 2 … 5 from central moments 2 … 5."""
    m2, m3, m4, m5 = moments
    return np.stack([m2, m3, m4 - 3.0 * m2**2, m5 - 10.0 * m3 * m2])


def _central_moments(cumulants: Floats) -> Floats:
    k2, k3, k4, k5 = cumulants
    return np.stack([k2, k3, k4 + 3.0 * k2**2, k5 + 10.0 * k3 * k2])


def _compressed(law: _Law, resolution: float) -> _Law:
    r"""At most two atoms per cell of log y, with the moments that `noise_sums` describes."""
    cell, share = _cells(law.log_y, law.weights, resolution)
    alive = share > _DROP
    kept = alive[cell]
    index = (np.cumsum(alive) - 1)[cell[kept]]
    mass, w, log_y, mean = share[alive], law.weights[kept], law.log_y[kept], law.mean[kept]

    def average(values: Floats) -> Floats:
        result: Floats = np.bincount(index, w * values, len(mass)) / mass
        return result

    def regression(values: Floats) -> tuple[Floats, Floats]:
        return average(values), _ratio(average(offset * values), spread)

    centre = average(log_y)
    offset = log_y - centre[index]
    spread = average(offset**2)
    middle, slope = regression(mean)
    rest = mean - middle[index] - slope[index] * offset
    m2, m3, m4, m5 = law.moments[:, kept]
    shifted = (
        m2 + rest**2,
        m3 + rest * (3.0 * m2 + rest**2),
        m4 + rest * (4.0 * m3 + rest * (6.0 * m2 + rest**2)),
        m5 + rest * (5.0 * m4 + rest * (10.0 * m3 + rest * (10.0 * m2 + rest**2))),
    )
    levels, slopes = (np.stack(part) for part in zip(*map(regression, shifted), strict=True))
    lead, covariance, variance = law.drift[:, kept]
    lead_middle, lead_slope = regression(lead)
    lead_rest = lead - lead_middle[index] - lead_slope[index] * offset
    second = tuple(map(regression, (covariance + rest * lead_rest, variance + lead_rest**2)))
    low, high, weight = two_point_rule(spread, average(offset**3))
    positive = (levels[0] + slopes[0] * low > 0) & (levels[0] + slopes[0] * high > 0)
    slopes = np.where(positive, slopes, 0.0)  # variances stay positive
    sides = ((low, weight), (high, 1.0 - weight))
    return _Law(
        np.concatenate([centre + x for x, _ in sides]),
        np.concatenate([mass * q for _, q in sides]) / mass.sum(),
        np.concatenate([middle + slope * x for x, _ in sides]),
        np.concatenate([levels + slopes * x for x, _ in sides], axis=1),
        np.concatenate([np.stack([a + b * x for a, b in ((lead_middle, lead_slope), *second)]) for x, _ in sides], axis=1),
    )


def _cells(log_y: Floats, weights: Floats, resolution: float) -> tuple[NDArray[np.intp], Floats]:
    r"""Cell of every atom and mass of every cell; cells widen towards small y, which no sum notices."""
    centre = float(weights @ log_y)
    deviation = float(np.sqrt(weights @ (log_y - centre) ** 2))
    width = resolution * min(_LONGEST_CELL, _CELL * deviation)
    offset = log_y - centre
    depth = np.maximum(-offset - _LIGHT * deviation, 0.0)
    beyond = _WIDENING * np.log1p(depth / _WIDENING)
    place = np.floor((np.maximum(offset, -_LIGHT * deviation) - beyond) / width).astype(np.intp)
    cell = place - place.min()
    return cell, np.bincount(cell, weights).astype(np.float64)


def _nodes(law: _Law) -> NoiseSums:
    ratio, share = bounded_gauss_rule(law.mean, law.moments, 1.0)
    drift = _drift_nodes(ratio, share, law.drift)
    weights = (law.weights * share).ravel()
    log_total = (np.log(ratio) + law.log_y / 2).ravel()
    log_squares = np.broadcast_to(law.log_y, ratio.shape).ravel()
    kept = weights > _FAINT
    return NoiseSums(log_total[kept], log_squares[kept], drift.ravel()[kept], weights[kept] / weights[kept].sum())


def _drift_nodes(ratio: Floats, share: Floats, drift: Floats) -> Floats:
    r"""Values of V at the nodes of T: linear in T, and the rest of its variance along the second orthogonal polynomial."""
    mean, covariance, variance = drift
    offset = ratio - (share * ratio).sum(axis=0)
    spread = (share * offset**2).sum(axis=0)
    slope = _ratio(covariance, spread)
    square = offset**2 - spread - _ratio((share * offset**3).sum(axis=0), spread) * offset
    size = (share * square**2).sum(axis=0)
    rest = np.maximum(variance - slope**2 * spread, 0.0)
    result: Floats = mean + slope * offset + np.sqrt(_ratio(rest, size)) * square
    return result


def _ratio(values: Floats, spread: Floats) -> Floats:
    return np.divide(values, spread, out=np.zeros_like(values), where=spread > 1e-24)  # a variance below it is rounding
