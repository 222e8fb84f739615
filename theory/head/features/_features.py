r"""The law of one training feature: a few special coordinates, and Gaussian ones without end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["COORDINATES", "Features", "Scales", "constant_scales"]

Floats = NDArray[np.float64]

COORDINATES = ("context", "signal", "lateral", "intercept")
r"""Names of special coordinates: along q*, along the part of w* orthogonal to it, along the rest of the prompt, the constant."""


@dataclass(frozen=True, eq=False)
class Features:
    r"""Positive cubature for the law of a folded feature u = y x = (s + c G, c h), h standard normal, G ~ N(0, M) of k entries.

    The margin of the head (a, βθ), |θ| = 1, is aᵀs + c √(aᵀMa + β²) Z: Gaussian noise in the special coordinates needs no nodes.

    Parameters
    ----------
    special
        s, shape (k, N): any joint law with c.
    noise
        c > 0, shape (N,).
    weights
        Positive, sum 1, shape (N,).
    gaussian
        M, positive semidefinite, shape (k, k).
    penalised
        Which special coordinates the ridge counts, shape (k,).
    names
        Their names, among `COORDINATES`.
    label
        y at every node, shape (N,), or `None` where both labels have the same folded law.

    Examples
    --------
    >>> both = np.array([1.0, -1.0])     # constant scales, an intercept, 30 % of the labels negative
    >>> law = Features(np.stack([0.8 + 0 * both, both]), np.ones(2), np.array([0.7, 0.3]), np.diag([1.0, 0.0]),
    ...                np.array([True, False]), ("signal", "intercept"))
    >>> law.lengths.round(6)
    array([1.280625, 1.      ])
    """

    special: Floats
    noise: Floats
    weights: Floats
    gaussian: Floats
    penalised: NDArray[np.bool_]
    names: tuple[str, ...]
    label: Floats | None = None

    @property
    def features(self) -> Features:
        r"""Itself."""
        return self

    @property
    def lengths(self) -> Floats:
        r"""Root mean squares of the special coordinates, shape (k,)."""
        gaussian: Floats = np.diag(self.gaussian) * float(self.weights @ self.noise**2)
        squares: Floats = self.special**2 @ self.weights
        return np.asarray(np.sqrt(squares + gaussian), dtype=np.float64)

    def spread(self, special: Floats, across: float) -> float:
        r"""√(aᵀMa + β²), the standard deviation of a margin in units of c."""
        return float(np.sqrt(max(float(special @ self.gaussian @ special), 0.0) + across**2))

    def rescaled(self, lengths: Floats, unit: float) -> Features:
        r"""The same features in coordinates sⱼ/lengthⱼ, and c/unit."""
        gaussian = self.gaussian / np.outer(lengths, lengths) * unit**2
        return replace(self, special=self.special / lengths[:, None], noise=self.noise / unit, gaussian=gaussian)


@dataclass(frozen=True, eq=False)
class Scales:
    r"""Features with one special coordinate, the signal: u = a e₁ + c h, h ~ N(0, I_p).

    Parameters
    ----------
    signal
        a = AW, shape (N,).
    noise
        c = σC > 0, shape (N,).
    weights
        Positive, sum 1, shape (N,).
    """

    signal: Floats
    noise: Floats
    weights: Floats

    @property
    def features(self) -> Features:
        r"""The same law in general form."""
        return Features(self.signal[None, :], self.noise, self.weights, np.ones((1, 1)), np.ones(1, dtype=bool), ("signal",))

    @property
    def ratio(self) -> Floats:
        r"""κ = AW/(σC), the signal-to-noise ratio of a sample."""
        return self.signal / self.noise

    def mean(self, values: Floats) -> float:
        r"""E f(A, C) from the values of f at the nodes."""
        return float(self.weights @ values)


def constant_scales(kappa: float, noise: float = 1.0) -> Scales:
    r"""One node: every sample has signal-to-noise ratio κ.

    >>> float(constant_scales(1.3, 0.5).signal[0])
    0.65
    """
    return Scales(np.array([kappa * noise]), np.array([noise]), np.ones(1))
