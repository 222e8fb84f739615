r"""What a solution of the fixed-point equations says of the trained head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FixedPoint"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FixedPoint:
    r"""The head ŵ = (a, βθ) in the limit: a in the special coordinates, β across them.

    Parameters
    ----------
    special
        a, shape (k,), in units of 1/(length of a pooled feature).
    names
        Names of the special coordinates.
    across
        β, in the same units.
    step
        η: the margin of a training sample is v(x) with step ηc², x the margin of a fresh one.
    loss
        Mean training loss E ℓ(v), without the ridge term.
    residual
        Largest relative residual of the equations.
    converged
        Whether the residual is below 1e-9. The problem is convex: then this is the solution, and there is no other.
    """

    special: Floats
    names: tuple[str, ...]
    across: float
    step: float
    loss: float
    residual: float
    converged: bool

    @property
    def along(self) -> float:
        r"""α, along the part of w* orthogonal to q*."""
        return float(self.special[self.names.index("signal")])

    @property
    def cosine(self) -> float:
        r"""Cosine of the angle between ŵ, without its intercept, and the part of w* orthogonal to q*."""
        slopes = [value for name, value in zip(self.names, self.special, strict=True) if name != "intercept"]
        return self.along / math.hypot(*slopes, self.across)
