r"""Alignment laws: the law of cos∠(ŵ, w*), the only random thing in the test error of a trained head."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Alignment"]

Floats = NDArray[np.float64]


class Alignment(Protocol):
    r"""The law of the cosine of the angle between a trained head and w*."""

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        r"""E f(cos) by a tensor rule with `order` nodes per scalar; f maps arrays to arrays of the same shape."""

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 48) -> float:
        r"""log E f(cos) for a positive monotone f given by its logarithm: relative accuracy however small the result."""

    def log_error(self, kappa: float) -> tuple[float, float] | None:
        r"""log E Q(κ cos) where the signal is strong, and a bound on its error; `None` where no route is known."""
        ...

    def survival(self, cosine: float) -> float:
        r"""P(cos >= x) for x in (-1, 1)."""

    def density(self, cosine: float) -> float:
        r"""Density of the cosine at x in (-1, 1)."""

    @property
    def dim(self) -> int:
        r"""p, the number of coordinates."""
        ...

    @property
    def weak_signal(self) -> float:
        r"""κ up to which `expectation` is the route to the expected error: beyond, the scales of its integrands lie apart."""
