r"""The error of given parameters where inversion integrals are too slow: the noise scores of new samples as more coordinates."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from theory.numerics import SHIFTS
from theory.trajectory._decision import Decision

__all__ = ["sampled_errors"]

Floats = NDArray[np.float64]

_SAMPLES = 4
_NUMBERS = 1 << 21
_LARGEST_LOG = 600.0
_INSIDE = 1e-15


def sampled_errors(decision: Decision, n_irrelevant: int, *, per_lattice: int) -> Floats:
    r"""P(error) of every pair and kind of sample given the noise scores of a few new samples, shape (P, K).

    .. math::

        P(\text{error} \mid g) = \Phi\Bigl(-\frac{e^{\log a}\,\text{margin} + \sum_t e^{s g_t}(b + g_t\cos\theta)}
            {\sin\theta\, (\sum_t e^{2 s g_t})^{1/2}}\Bigr)

    The scores are those of a shifted Kronecker sequence, multiples of √prime, the same for equal places of the lattices. The mean
    over the pairs of one lattice has no bias; its error shows in the spread over the shifted ones.
    """
    size = len(decision.score_std)
    result = np.empty(decision.margin.shape)
    block = max(1, _NUMBERS // (_SAMPLES * n_irrelevant))
    for start in range(0, size, block):
        part = np.arange(start, min(start + block, size))
        scores = _scores(part % per_lattice, part // per_lattice % SHIFTS, n_irrelevant)
        result[part] = _tails(decision, part, scores)
    return result


def _tails(decision: Decision, part: NDArray[np.int64], scores: Floats) -> Floats:
    r"""The mean of the conditional probability over the samples, shape (len(part), K); scores (len(part), R, m')."""
    exponents = decision.score_std[part, None, None] * scores
    top = exponents.max(axis=2)
    weights = np.exp(exponents - top[:, :, None])
    total, moment, spread = weights.sum(axis=2), (weights * scores).sum(axis=2), np.sqrt((weights**2).sum(axis=2))
    columns = []
    for kind in range(decision.margin.shape[1]):
        cosine = decision.cosine[part, kind, None]
        lead = np.exp(np.minimum(decision.log_attention[part, kind, None] - top, _LARGEST_LOG))
        mean = lead * decision.margin[part, kind, None] + decision.offset[part, kind, None] * total + cosine * moment
        deviation = np.sqrt(np.maximum(1 - cosine**2, _INSIDE)) * spread
        columns.append(ndtr(-mean / deviation).mean(axis=1))
    return np.stack(columns, axis=1)


def _scores(places: NDArray[np.int64], lattices: NDArray[np.int64], n_irrelevant: int) -> Floats:
    r"""Standard normal scores of R samples for each place of each lattice, shape (len(places), R, m')."""
    roots = np.sqrt(_primes(n_irrelevant))
    index = _SAMPLES * places[:, None] + np.arange(_SAMPLES) + 1.0
    shifts = roots * np.sqrt(2.0) * (lattices[:, None] + 0.5)
    uniforms = (index[:, :, None] * roots + shifts[:, None, :]) % 1.0
    normal: Floats = ndtri(_INSIDE + (1 - 2 * _INSIDE) * uniforms)
    return normal


def _primes(count: int) -> Floats:
    r"""The first primes."""
    limit = int(count * (np.log(count + 2) + np.log(np.log(count + 3) + 1) + 2)) + 10
    sieve = np.ones(limit, dtype=bool)
    sieve[:2] = False
    for k in range(2, int(np.sqrt(limit)) + 1):
        sieve[k * k :: k] &= not sieve[k]
    return np.flatnonzero(sieve)[:count].astype(float)
