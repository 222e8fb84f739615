r"""The stationarity conditions of the min-max problem for a trained head, with their Jacobian."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.convex._losses import Loss
from theory.head.convex._margin_moments import MarginMoments, margin_moments
from theory.head.features import Features

__all__ = ["EXACT", "TOLERANCE", "Equations", "Point"]

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
r"""Largest relative residual of a solution."""

EXACT = 1e-13
r"""Residual below which rounding rules."""

_LOG_ZERO = -700.0  # residual where the loss pulls at no sample: a number, and far from 0


@dataclass(frozen=True, eq=False)
class Point:
    r"""A state (a, log β, log η), shape (k + 2,), with the moments and residuals there."""

    state: Floats
    moments: MarginMoments
    residuals: Floats

    @property
    def residual(self) -> float:
        r"""The largest."""
        return float(np.abs(self.residuals).max())

    @property
    def special(self) -> Floats:
        r"""a."""
        return self.state[:-2]

    @property
    def across(self) -> float:
        r"""β."""
        return math.exp(self.state[-2])

    @property
    def step(self) -> float:
        r"""η."""
        return math.exp(self.state[-1])


@dataclass(frozen=True, eq=False)
class Equations:
    r"""The equations of `fixed_point` in coordinates of length 1.

    Parameters
    ----------
    features, loss, gamma
        Law of (s, c), ℓ, γ.
    shares
        λⱼ/λ for penalised special coordinates, shape (k,); for the others what they are held with on the way.
    """

    features: Features
    loss: Loss
    gamma: float
    shares: Floats

    def ridges(self, ridge: float, held: float) -> Floats:
        r"""λⱼ at the ridge λ, where coordinates that it does not count are held with another one."""
        return self.shares * np.where(self.features.penalised, ridge, held)

    def at(self, state: Floats, ridge: float, held: float) -> Point:
        r"""Moments and residuals at a state."""
        a, beta, eta, gamma = state[:-2], math.exp(state[-2]), math.exp(state[-1]), self.gamma
        m = margin_moments(self.features, self.loss, a, beta, eta)
        r, turned = self.features.spread(a, beta), self.features.gaussian @ a
        energy = eta**2 * m.energy / (gamma * beta**2)
        free = gamma - ridge * eta
        # E[1 - v'] = η E[cZψ]/r by Stein's identity: no derivative of v' is needed for the Jacobian
        share = (eta * m.push / r - free) / gamma
        pulls = (eta * m.pull + free * turned + self.ridges(ridge, held) * eta * a) / (gamma * r)
        return Point(state, m, np.append(pulls, [math.log(energy) if energy > 0 else _LOG_ZERO, share]))

    def jacobian(self, point: Point, ridge: float, held: float) -> Floats:
        r"""Derivatives of the residuals in (a, log β, log η), the scale r of the first k held fixed."""
        a, beta, eta, m, gamma = point.special, point.across, point.step, point.moments, self.gamma
        gaussian, ridges = self.features.gaussian, self.ridges(ridge, held)
        r, turned = self.features.spread(a, beta), gaussian @ a
        lean, rise, stein = turned / r, beta**2 / r, m.push / r  # dr/da, dr/dlog β
        energy = 2 * np.concatenate([m.coupling + lean * m.coupling_z, [rise * m.coupling_z, -eta * m.coupling_step]]) / m.energy
        energy[-2:] += (-2.0, 2.0)
        by_step = eta * stein - eta**2 * m.coupling_z / r + ridge * eta
        share = np.concatenate([eta * (m.twist + lean * (m.give - stein)) / r, [eta * rise * (m.give - stein) / r, by_step]])
        pulls = np.column_stack(
            [
                eta * (m.stiffness + np.outer(m.twist, lean)) + (gamma - ridge * eta) * gaussian + np.diag(ridges * eta),
                eta * m.twist * rise,
                eta * m.pull - eta**2 * m.coupling - ridge * eta * turned + ridges * eta * a,
            ]
        )
        return np.vstack([pulls / (gamma * r), energy, share / gamma])
