r"""The law of the noise gain for a few noise tokens: quadrature over scores, the last of them in closed form."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["few_tokens_gain_below"]

Real = NDArray[np.float64]

_REACH = 8.3  # scores beyond have probability 1e-16
_PIECE = 4.2  # longest piece of a score's range
_NODES = {2: 60, 3: 44, 4: 30}  # on a piece, by number of tokens; half as many again change 1e-14 at two, 1e-12 at three
_FAR = 40.0  # scores of the last token, in closed form, beyond which Φ is 0 or 1
_ROUNDING = 1e-14  # of the sum


def few_tokens_gain_below(log_a: float, n_terms: int, score_std: float, gain: float) -> tuple[float, float]:
    r"""`P(C² < x)` for `C² = Σ X_t²/(a + Σ X_t)²`, `X_t = e^{s g_t}`, t = 1, …, m', m' ≤ 4.

    Tokens are added one by one. With `S₁, S₂` the sums so far and r tokens still to come, `y = S₁²/S₂` can grow by at most r
    (Cauchy and Schwarz), so that `C² < x` remains possible where `y > 1/x − r`: an interval of each score between roots of

    .. math:: (S_1 + X)^2 = \kappa\,(S_2 + X^2), \qquad \kappa = \tfrac1x - r .

    The last token's interval has the probability `Φ(log r₊/s) − Φ(log r₋/s)`; the others are integrated by the
    double exponential rule on pieces that end where some κ is met, since there the integrand is not smooth.

    Parameters
    ----------
    log_a
        log a.
    n_terms
        m' in {1, 2, 3, 4}; two seconds at 4.
    score_std
        s > 0.
    gain
        x in (0, 1).

    Returns
    -------
    value, error
        The probability, and an estimate of its absolute error.

    Notes
    -----
    Equation :eq:`eq-context-few-tokens` of docs/context.md.

    Examples
    --------
    One token: `C = X/(a + X)`.

    >>> value, _ = few_tokens_gain_below(0.7, 1, 0.9, 0.36)
    >>> bool(np.isclose(value, ndtr((0.7 + math.log(0.6 / 0.4)) / 0.9), rtol=1e-14, atol=0))
    True
    """
    start = np.array([math.exp(log_a)]), np.array([0.0])
    if n_terms == 1:
        value = float(_last(*start, score_std, 1.0 / gain)[0])
        return value, 1e-15
    coarse, fine = (float(_below(*start, n_terms, score_std, gain, n)[0]) for n in (_NODES[n_terms], 3 * _NODES[n_terms] // 2))
    return fine, abs(fine - coarse) + _ROUNDING


def _below(total: Real, squares: Real, left: int, s: float, gain: float, nodes: int) -> Real:
    """`P(C² < x)` given the sums so far, shape (n,), with `left` tokens to come."""
    if left == 1:
        return _last(total, squares, s, 1.0 / gain)
    pairs = [_roots(total, squares, 1.0 / gain - r, s, _REACH) for r in range(left)]
    low, high = pairs[-1]
    fixed = [np.full_like(low, g) for g in np.arange(-_REACH, _REACH, _PIECE)]
    cuts = np.sort(np.clip([g for pair in pairs for g in pair] + fixed, low, np.maximum(low, high)), axis=0)
    share, weight = _double_exponential(nodes)
    result = np.zeros_like(low)
    for begin, end in itertools.pairwise(cuts):
        kept = end > begin
        if not np.any(kept):
            continue
        length = (end - begin)[kept, None]
        score = begin[kept, None] + length * share
        density = length * weight * np.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
        x = np.exp(s * score)
        sums = (total[kept, None] + x).ravel(), (squares[kept, None] + x * x).ravel()
        result[kept] += (density * _below(*sums, left - 1, s, gain, nodes).reshape(x.shape)).sum(axis=1)
    return result


def _last(total: Real, squares: Real, s: float, kappa: float) -> Real:
    low, high = _roots(total, squares, kappa, s, _FAR)
    result: Real = np.maximum(ndtr(high) - ndtr(low), 0.0)
    return result


def _roots(total: Real, squares: Real, kappa: float, s: float, reach: float) -> tuple[Real, Real]:
    """The scores between which `(S₁ + X)² > κ(S₂ + X²)`, within the reach; equal where there are none."""
    lead, rest = kappa - 1.0, kappa * squares - total**2
    discriminant = total**2 - lead * rest
    q = total + np.sqrt(np.maximum(discriminant, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(rest > 0.0, np.log(rest / q) / s, -reach)
        low = np.clip(low, -reach, reach)
        if lead <= 0.0:
            return low, np.full_like(low, reach)
        high = np.clip(np.log(q / lead) / s, -reach, reach)
    return low, np.where(discriminant > 0.0, high, low)


def _double_exponential(nodes: int) -> tuple[Real, Real]:
    """Nodes and weights of the tanh-sinh rule on (0, 1)."""
    t = np.linspace(-3.0, 3.0, nodes)  # at ±3 the weights are 1e-12 of the largest
    inner = 0.5 * math.pi * np.sinh(t)
    weight = 0.25 * math.pi * np.cosh(t) / np.cosh(inner) ** 2 * (t[1] - t[0])
    return 0.5 * (1.0 + np.tanh(inner)), weight
