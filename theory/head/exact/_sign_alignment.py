r"""One coordinate: a trained head can only point along w* or against it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

__all__ = ["SignAlignment"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SignAlignment:
    r"""Law of the sign of ŵ ~ N(μ, 1): every rule of this package reduces to it at p = 1.

    Parameters
    ----------
    mean
        μ = √n κ.
    """

    mean: float

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        right, wrong = function(np.array([1.0, -1.0]))
        return float(ndtr(self.mean) * right + ndtr(-self.mean) * wrong)

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 2) -> float:
        right, wrong = log_function(np.array([1.0, -1.0]))
        return float(np.logaddexp(log_ndtr(self.mean) + right, log_ndtr(-self.mean) + wrong))

    def log_error(self, kappa: float) -> tuple[float, float] | None:
        return None

    def survival(self, cosine: float) -> float:
        return float(ndtr(self.mean))

    def density(self, cosine: float) -> float:
        return 0.0

    @property
    def weak_signal(self) -> float:
        return math.inf

    @property
    def dim(self) -> int:
        return 1
