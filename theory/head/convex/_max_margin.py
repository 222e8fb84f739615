r"""The max-margin head for n, p → ∞: two nested roots with one special coordinate, else the limit of the hinge loss."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from theory.head.convex._fixed_point import fixed_point, polished
from theory.head.convex._losses import HardMargin, Hinge
from theory.head.convex._saddle_equations import TOLERANCE
from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features, Scales
from theory.head.separability import positive_part_moments, separability_threshold
from theory.numerics import bounded_minimum, bracketed_root

__all__ = ["max_margin"]

Floats = NDArray[np.float64]

_ANGLE_TOLERANCE = 1e-10  # asked of the search for a minimum; what it leaves, `stationary` takes out
_SMALL_RIDGES = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)  # of the mean squared noise


def max_margin(law: Features | Scales, gamma: float) -> FixedPoint | None:
    r"""Limit of the shortest head with all margins at least 1; `None` where data are not separable.

    The heads that satisfy the limiting constraint form a convex set,

    .. math:: E[(1 - a^Ts - c\sqrt{a^TMa+\beta^2}\,Z)_+^2/c^2] \le \gamma\beta^2,

    and the head is its point nearest to 0. With the signal alone and M = 1: in the direction (cos φ, sin φ) the constraint
    first holds at the length r(φ), the root of an increasing function of 1/r; since the set is convex, r(φ) falls and then
    rises. In general the hinge loss with a small ridge leads there, and the equations of `fixed_point` with the proximal
    operator max(x, 1), whose solution does not depend on the ridge, prove it.

    Parameters
    ----------
    law
        Law of (s, c).
    gamma
        γ > 0.

    Returns
    -------
    FixedPoint or None
        With `loss` 0, `step` for λ = 1, and the relative slope of the margin in φ as `residual`. The margin of the data is
        1/√(α²+β²).

    Notes
    -----
    Equation :eq:`eq-heads-max-margin` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> head = max_margin(constant_scales(1.2), 0.9)
    >>> round(head.cosine, 6), head.converged, max_margin(constant_scales(1.2), 0.2)
    (0.596839, True, None)
    """
    features = law.features
    threshold, s = separability_threshold(features)
    if gamma <= threshold:
        return None
    if features.names == ("signal",) and features.gaussian[0, 0] == 1 and np.all(features.special >= 0):
        return _nested(Scales(features.special[0], features.noise, features.weights), gamma, s)
    return _from_hinge(features, gamma)


def _from_hinge(features: Features, gamma: float) -> FixedPoint:
    unit = float(features.weights @ features.noise**2)
    head: FixedPoint | None = None
    for ridge in _SMALL_RIDGES:
        near = fixed_point(features, Hinge(), gamma, ridge * unit, head)
        head = polished(features, HardMargin(), gamma, ridge * unit, near)
        if head.converged:
            return head
        head = near
    assert head is not None
    return replace(head, converged=False)


def _nested(scales: Scales, gamma: float, s: float) -> FixedPoint:
    unit = math.sqrt(scales.mean(scales.noise**2))
    problem = _Problem(scales, gamma, unit)
    feasible = math.atan2(1.0, s)  # the direction that separates with most to spare
    low = _edge(problem, feasible, 0.0)
    high = _edge(problem, feasible, math.pi)
    best = bounded_minimum(lambda phi: -problem.margin(phi), low, high, xatol=_ANGLE_TOLERANCE)
    phi = problem.stationary(float(best.x), low, high)
    margin = problem.margin(phi)
    along, across = math.cos(phi) * unit / margin, math.sin(phi) * unit / margin
    share = problem.moments(phi, margin)[0]
    residual = problem.slope(phi)  # relative, like the residuals of `fixed_point`
    step = gamma - float(scales.weights @ share)
    special = np.array([along / unit**2])
    return FixedPoint(special, ("signal",), across / unit**2, step, 0.0, abs(residual), abs(residual) < TOLERANCE)


class _Problem:
    r"""Margins M = unit/r of heads in the direction φ."""

    def __init__(self, scales: Scales, gamma: float, unit: float) -> None:
        self.kappa, self.weights, self.inverse = scales.ratio, scales.weights, unit / scales.noise
        self.gamma = gamma

    def moments(self, phi: float, margin: float) -> tuple[Floats, Floats, Floats]:
        return positive_part_moments(margin * self.inverse - math.cos(phi) * self.kappa)

    def excess(self, phi: float, margin: float) -> float:
        r"""E[(M/c - κ cos φ + Z)₊²] - γ sin²φ: the constraint asks for <= 0; increasing in M."""
        return float(self.weights @ self.moments(phi, margin)[2]) - self.gamma * math.sin(phi) ** 2

    def margin(self, phi: float) -> float:
        r"""The largest margin in the direction φ; 0 where it does not separate."""
        if self.excess(phi, 0.0) >= 0:
            return 0.0
        high = 1.0
        while self.excess(phi, high) < 0:
            high *= 2.0
        return bracketed_root(lambda margin: self.excess(phi, margin), 0.0, high, xtol=1e-15, rtol=1e-14)  # rounding

    def slope(self, phi: float) -> float:
        r"""Half the derivative of `excess` in φ at fixed margin, which vanishes where the margin is largest; relative to γ."""
        margin = self.margin(phi)
        first = self.moments(phi, margin)[1]
        pull = float(self.weights @ (self.kappa * first))
        return math.sin(phi) * (pull - self.gamma * math.cos(phi)) / self.gamma

    def stationary(self, phi: float, low: float, high: float) -> float:
        r"""The root of `slope` next to a nearly optimal φ: a minimum is flat, its slope is not."""
        for width in (1e-6, 1e-4, 1e-2):  # a minimum is found to about the square root of rounding
            left, right = max(low, phi - width), min(high, phi + width)
            if self.margin(left) > 0 and self.margin(right) > 0 and self.slope(left) * self.slope(right) < 0:
                return bracketed_root(self.slope, left, right, xtol=1e-15, rtol=1e-15)
        return phi


def _edge(problem: _Problem, inside: float, outside: float) -> float:
    r"""Where directions between a separating one and 0 or π cease to separate."""
    if problem.excess(outside, 0.0) < 0:
        return outside
    return bracketed_root(lambda phi: problem.excess(phi, 0.0), inside, outside, xtol=1e-14)
