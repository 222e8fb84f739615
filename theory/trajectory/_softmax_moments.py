r"""Joint moments of attention, score-weighted noise and noise gain under any prompt, at finite T."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Powers", "softmax_moments"]

Floats = NDArray[np.float64]
Powers = tuple[int, int, int]

_REACH = 8.5  # standard deviations of a score: 2e-17 lies beyond
_SCORE_STEP = 0.33  # in g, over s where s > 1: by itself it costs the Gaussian weight e^{-2π²/0.33²} = e^-181
_SCALE_STEP = 0.22  # in log λ, analytic within π/2: e^{-π²/0.22} = e^-45 is lost; measured with both: 2e-12, 2e-9 at 1.5 times
_LARGEST_LOG = 50.0  # of λX: its fourth power is still a double
_LARGEST_LOG_ALPHA = 7.0  # of λa: e^{-e^7} is 0 in double precision


def softmax_moments(
    log_a: Sequence[float], n_irrelevant: int, score_std: float, powers: Sequence[Powers], *, step: float = 1.0
) -> Floats:
    r"""E A^i B^j C^{2k} for several powers (i, j, k) and several scores of the relevant tokens.

    .. math::

        A = \frac aS, \quad B = \frac{\sum_t g_t X_t}{S}, \quad C^2 = \frac{\sum_t X_t^2}{S^2}, \quad
        S = a + \sum_{t \le m'} X_t, \quad X_t = e^{s g_t}

    Since 1/S^N = ∫ λ^{N-1} e^{-λS} dλ/Γ(N), the expectation factorises over tokens. The product of the j sums Σ g X and the k
    sums Σ X² is a sum over set partitions of its j + k factors: factors in one block fall on the same token.

    Parameters
    ----------
    log_a
        log m + (score of a relevant token), shape (K,).
    n_irrelevant
        m' >= 0.
    score_std
        s = σ|q| >= 0.
    powers
        The triples (i, j, k).
    step
        Factor on the steps of the two trapezoidal rules.

    Returns
    -------
    ndarray
        Shape (len(powers), K).

    Notes
    -----
    Equation :eq:`eq-trajectory-partitions` of docs/trajectory.md.

    Examples
    --------
    >>> softmax_moments([np.log(8) + 1.1 * 1.3], 32, 1.1 * 0.7, [(1, 0, 0), (0, 0, 1)]).round(7).ravel()
    array([0.4405539, 0.0170173])
    """
    centre = np.asarray(log_a, dtype=float)
    if n_irrelevant == 0:
        return np.array([np.full(centre.shape, float(j == 0 and k == 0)) for _, j, k in powers])
    u = _scale_grid(centre, n_irrelevant, score_std, _SCALE_STEP * step)
    spacing = min(_SCORE_STEP, _SCORE_STEP / max(score_std, 1e-9)) * step  # 1e-9: s may be 0
    g = spacing * np.arange(-math.ceil(_REACH / spacing), math.ceil(_REACH / spacing) + 1)
    density = np.exp(-(g**2) / 2) * spacing / math.sqrt(2 * math.pi)
    scaled = np.exp(np.minimum(u[:, None] + score_std * g, _LARGEST_LOG))  # λX; its kernel e^{-λX} is 0 long before
    kernel = np.exp(-scaled)
    log_mean = np.log1p(-np.minimum(-np.expm1(-scaled) @ density, 1 - 1e-16))  # just below 1: a finite logarithm
    blocks = sorted({block for _, j, k in powers for _, kinds in _partitions(j, k) for block in kinds})
    damped = {p: kernel * scaled**p for p in {p for p, _ in blocks}}
    token = {(p, q): damped[p] @ (density * g**q) for p, q in blocks}
    log_alpha = u[:, None] + centre
    damping = np.exp(-np.exp(np.minimum(log_alpha, _LARGEST_LOG_ALPHA)))
    result = np.empty((len(powers), len(centre)))
    for row, (i, j, k) in enumerate(powers):
        if i + j + k == 0:
            result[row] = 1.0
            continue
        total = np.zeros(len(u))
        for count, kinds in _partitions(j, k):
            if len(kinds) <= n_irrelevant:
                product = np.prod([token[kind] for kind in kinds], axis=0)
                total += count * math.perm(n_irrelevant, len(kinds)) * product * np.exp((n_irrelevant - len(kinds)) * log_mean)
        weight = np.exp(i * np.minimum(log_alpha, _LARGEST_LOG_ALPHA)) * damping
        result[row] = _SCALE_STEP * step * (total @ weight) / math.gamma(i + j + 2 * k)
    return result


def _scale_grid(log_a: Floats, n_irrelevant: int, score_std: float, step: float) -> Floats:
    r"""A grid of log λ outside which λ S is below e^{-32} or above e⁵."""
    log_m = math.log(n_irrelevant)
    bulk = max(float(log_a.max()), log_m + min(score_std**2 / 2, score_std * math.sqrt(2 * log_m)))
    high = 5.0 - min(max(float(log_a.min()), -_REACH * score_std), float(log_a.max()))
    return np.arange(-(bulk + 8 * score_std + 32.0), high + step, step)


@cache
def _partitions(scores: int, gains: int) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    r"""Set partitions of `scores` factors g X and `gains` factors X², grouped: (how many, blocks as (power of X, power of g)).

    >>> _partitions(2, 0)
    ((1, ((2, 2),)), (1, ((1, 1), (1, 1))))
    """
    factors = [(1, 1)] * scores + [(2, 0)] * gains
    states: Counter[tuple[tuple[int, int], ...]] = Counter({(): 1})
    for p, q in factors:
        grown: Counter[tuple[tuple[int, int], ...]] = Counter()
        for kinds, count in states.items():
            for index, (a, b) in enumerate(kinds):
                joined = (*kinds[:index], (a + p, b + q), *kinds[index + 1 :])
                grown[tuple(sorted(joined))] += count
            grown[tuple(sorted((*kinds, (p, q))))] += count
        states = grown
    return tuple((count, kinds) for kinds, count in states.items())
