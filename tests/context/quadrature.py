r"""The second route for few noise tokens: plain quadrature over their scores, sharing nothing with the transforms."""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

__all__ = ["expectation"]


def expectation(
    f: Callable[[Array, Array], Array], n_irrelevant: int, score_std: float, *, log_a: float, reach: float, step: float
) -> float:
    r"""`E f(S, S₂)`, S = a + Σ X_t, S₂ = Σ X_t², by the trapezoidal rule over every score in `[−reach, reach]`."""
    g = np.arange(-reach, reach + step, step)
    weight = np.exp(-0.5 * g * g) * step / np.sqrt(2.0 * np.pi)
    x = np.exp(score_std * g)
    total = 0.0
    for index in itertools.product(range(len(g)), repeat=n_irrelevant - 1):
        fixed = x[list(index)]
        s = np.exp(log_a) + fixed.sum() + x
        s2 = (fixed**2).sum() + x * x
        total += float(np.prod(weight[list(index)])) * float(weight @ f(s, s2))
    return total
