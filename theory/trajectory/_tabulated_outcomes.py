r"""Attention and error of many given parameters at once: exact functions of few scalars, tabulated once and interpolated.

Both depend on the dimension only through the scalars of `Decision`: neither the table nor a look-up costs more at d = 10⁵.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel
from theory.numerics import ChebyshevTable, tabulated
from theory.trajectory._decision import Decision, typical_sums
from theory.trajectory._pooled_error import Budget, score_sum_distribution
from theory.trajectory._softmax_moments import Powers, softmax_moments

__all__ = ["LEAST_TABLE_ANGLE", "angle_loss", "direct_errors", "interpolated_errors", "moment_values"]

Floats = NDArray[np.float64]

_MOMENT_TOLERANCE = 1e-6  # of the highest Chebyshev coefficients: what `trajectory` adds to its error for them
_MOMENT_ORDERS = (8, 24)  # nodes of s and of log a to start with; `tabulated` adds more where the tolerance asks for them
_TABLE_TOLERANCE = 1e-3  # change at which the quadratures of tabulated values stop: about 2e-5 is left
_ORDERS, _SHIFTED_ORDERS, _SMALL_ORDERS = (8, 10, 1, 48), (6, 8, 4, 48), (6, 7, 1, 40)
r"""Nodes of (s, θ, b, x): steering needs about 1e-4, and without a shift b is 0."""
_MANY = 1 << 12  # values for which the larger table pays
_FAR_SCORE = 5.5  # scores beyond it have probability 4e-8 a token
_LEAST_ANGLE = 2e-3  # twice the least sine that `score_sum_distribution` takes
_DIRECT = 24  # values that cost about as much one by one as a table does (even at 16 for one moment)
LEAST_TABLE_ANGLE, _ANGLE_LOSS = 0.15, 0.01  # an error changes by less between angles 0 and 0.15: it is even and smooth


def moment_values(model: ContextualModel, log_a: Floats, score_std: Floats, powers: Sequence[Powers]) -> Floats:
    r"""E A^i B^j C^{2k} of `softmax_moments` for arrays of one shape; shape (len(powers), *log_a.shape).

    A few are computed one by one, many from a table over (log a, s).
    """
    a, s, rest = log_a.ravel(), score_std.ravel(), model.n_irrelevant
    if len(a) <= _DIRECT:
        direct = [softmax_moments([x], rest, float(t), powers, step=1.5)[:, 0] for x, t in zip(a, s, strict=True)]
        return np.array(direct).T.reshape(len(powers), *log_a.shape)
    reach = 14.0 + 4 * float(s.max())  # beyond it attention is 0 or 1 to six digits
    points = np.stack([np.log1p(s), np.clip(a - typical_sums(rest, s)[0], -reach, reach)], axis=1)

    def values_at(nodes: list[Floats]) -> Floats:
        spreads = np.expm1(nodes[0])
        rows = zip(spreads, typical_sums(rest, spreads)[0], strict=True)
        return np.array([softmax_moments(nodes[1] + level, rest, float(s), powers, step=1.5).T for s, level in rows])

    table = tabulated(values_at, points.min(axis=0), points.max(axis=0), _MOMENT_ORDERS, tolerance=_MOMENT_TOLERANCE)
    return table(points).T.reshape(len(powers), *log_a.shape)


def direct_errors(
    model: ContextualModel, decision: Decision, *, least_angle: float = _LEAST_ANGLE, budget: Budget | None = None
) -> Floats:
    r"""P(error) of every pair and every kind of sample, shape (P, K), each by its own inversion integral.

    A smaller angle between head and prompt counts as `least_angle`: the integral takes ever longer there.
    """
    s, angle, b, x, mirrored = _folded(decision, least_angle)
    below = np.empty(len(x))
    for index in range(len(x)):
        cosine, spread = float(np.cos(angle[index])), float(s[index])
        below[index] = score_sum_distribution(x[index], model.n_irrelevant, spread, cosine, offset=float(b[index]), budget=budget)
    return np.where(mirrored, 1 - below, below).reshape(decision.margin.shape)


def interpolated_errors(model: ContextualModel, decision: Decision, *, budget: Budget | None = None) -> Floats:
    r"""The same from a table over (s, θ, b, x): accurate to about 1e-4 where s is moderate, less where one token dominates.

    Its mean over many parameters is to be corrected by the mean of `direct_errors` over a few of them.
    """
    s, angle, b, x, mirrored = _folded(decision, LEAST_TABLE_ANGLE)
    count = model.n_irrelevant
    reach = _reach(count, float(s.max()), float(np.abs(b).max()))
    coordinate = np.clip(_coordinate(count, x, s, angle, b), -reach, reach)
    points = np.stack([np.log1p(s), angle, b, coordinate], axis=1)
    lower, upper = points.min(axis=0), points.max(axis=0)
    orders = _SHIFTED_ORDERS if upper[2] > lower[2] else _ORDERS if len(x) >= _MANY else _SMALL_ORDERS
    nodes = [ChebyshevTable.nodes(*axis) for axis in zip(orders, lower, upper, strict=True)]
    grid = np.empty(orders)
    for i, j, k in np.ndindex(*orders[:3]):
        spread, theta, offset = float(np.expm1(nodes[0][i])), float(nodes[1][j]), float(nodes[2][k])
        thresholds = _threshold(count, nodes[3], np.array(spread), np.array(theta), np.array(offset))
        grid[i, j, k] = score_sum_distribution(
            thresholds, count, spread, float(np.cos(theta)), offset=offset, tolerance=_TABLE_TOLERANCE, budget=budget
        )
    below = np.clip(ChebyshevTable(grid, lower, upper)(points), 0.0, 1.0)
    return np.where(mirrored, 1 - below, below).reshape(decision.margin.shape)


def angle_loss(decision: Decision) -> float:
    r"""Bound on the mean change of the error where smaller angles count as `LEAST_TABLE_ANGLE`."""
    return _ANGLE_LOSS * float(np.mean(np.abs(decision.cosine) > np.cos(LEAST_TABLE_ANGLE)))


def _folded(decision: Decision, least: float) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    r"""(s, θ, b, x, mirrored) of all pairs and kinds, flat: P(N < x) = 1 - P(N < -x) for π - θ and -b, so that θ <= π/2."""
    s = np.broadcast_to(decision.score_std[:, None], decision.margin.shape).ravel()
    angle = np.clip(np.arccos(np.clip(decision.cosine, -1.0, 1.0)), least, np.pi - least).ravel()
    mirrored = angle > np.pi / 2
    sign = np.where(mirrored, -1.0, 1.0)
    angle = np.where(mirrored, np.pi - angle, angle)
    return s, angle, sign * decision.offset.ravel(), sign * decision.threshold.ravel(), mirrored


def _centre_and_scale(count: int, s: Floats, angle: Floats, b: Floats) -> tuple[Floats, Floats]:
    r"""Typical size of the sum that decides, divided by its typical spread, and the logarithm of that spread."""
    log_sum, log_spread = typical_sums(count, s)
    top = np.sqrt(2 * np.log(count + 1))
    weighted = b + np.cos(angle) * top * np.tanh(s / top)  # mean of b + g cosθ under weights e^{sg}, then under e^{2sg}
    squared = b + np.cos(angle) * top * np.tanh(2 * s / top)
    log_spread = log_spread + np.log1p(squared**2) / 2
    return weighted * np.exp(log_sum - log_spread), log_spread


def _coordinate(count: int, x: Floats, s: Floats, angle: Floats, b: Floats) -> Floats:
    r"""asinh of the threshold in units of the spread, from the centre: the distribution is smooth in it at every s."""
    centre, log_spread = _centre_and_scale(count, s, angle, b)
    with np.errstate(divide="ignore"):
        scaled = np.sign(x) * np.exp(np.log(np.abs(x)) - log_spread)
    result: Floats = np.arcsinh(scaled - centre)
    return result


def _threshold(count: int, coordinate: Floats, s: Floats, angle: Floats, b: Floats) -> Floats:
    centre, log_spread = _centre_and_scale(count, s, angle, b)
    result: Floats = (np.sinh(coordinate) + centre) * np.exp(log_spread)
    return result


def _reach(count: int, s: float, b: float) -> float:
    r"""Coordinates beyond which the distribution function is 0 or 1 to six digits: one far score, or many."""
    spread = float(typical_sums(count, np.array(s))[1])
    many = float(np.arcsinh(7.0 * (1 + b)))  # seven spreads: 1e-12 of a normal law
    return max(many, _FAR_SCORE * s + float(np.log(2 * (_FAR_SCORE + b))) - spread)
