r"""Where a ridge-regularised convex loss points for n, p → ∞: three equations, followed from a heavy ridge to the wanted one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.heads.losses import Loss
from theory.heads.margin_moments import MarginMoments, margin_moments
from theory.heads.scales import Scales

__all__ = ["FixedPoint", "fixed_point"]

Floats = NDArray[np.float64]

_TOLERANCE = 1e-9  # largest relative residual of the three equations
_EXACT = 1e-13
_NEWTON_STEPS = 12
_HALVINGS = 6
_EVALUATIONS = 400


@dataclass(frozen=True)
class FixedPoint:
    r"""The head ŵ = (α, βθ) in the limit: α along w*, β orthogonal to it.

    Attributes
    ----------
    along, across
        α and β, in units of 1/(length of a pooled feature).
    step
        η: the margin of a training sample is v(x) with step ηc², x the margin of a fresh one.
    loss
        Mean training loss E ℓ(v), without the ridge term.
    residual
        Largest relative residual of the three equations.
    converged
        Whether the residual is below 1e-9. The problem is convex: then this is the solution, and there is no other.
    """

    along: float
    across: float
    step: float
    loss: float
    residual: float
    converged: bool

    @property
    def cosine(self) -> float:
        r"""α/√(α² + β²), the cosine of the angle between ŵ and w*."""
        return self.along / math.hypot(self.along, self.across)


def fixed_point(scales: Scales, loss: Loss, gamma: float, ridge: float, guess: FixedPoint | None = None) -> FixedPoint:
    r"""Limit of argmin (1/n) Σ ℓ(wᵀuᵢ) + λ|w|²/2 for u = a e₁ + c h, h ~ N(0, I_p), p/n → γ.

    With x = αa + c√(α²+β²) Z, v = v(x) the proximal point of step ηc², and ψ = (x - v)/(ηc²) = ℓ'(v),

    .. math::

        \gamma\beta^2 = \eta^2\,E[c^2\psi^2], \qquad \gamma - \lambda\eta = E[1 - v'(x)], \qquad
        \gamma\alpha = -\eta\,E[a\psi].

    Parameters
    ----------
    scales
        Law of (a, c).
    loss
        ℓ, finite at 0 and decreasing there (max-margin has its own routine).
    gamma
        γ > 0.
    ridge
        λ >= 0; λ = 0 only where a minimiser exists: data not separable, or, for the squared loss, γ < 1.
    guess
        A nearby solution, for instance at coarser scales.

    Returns
    -------
    FixedPoint
        Non-convergence is said by `converged`.

    Notes
    -----
    Derived in docs/heads.md (convex Gaussian min-max theorem). For λ > 0 the solution exists, is unique, and moves smoothly
    with λ. As λ → ∞ it is known; Newton's method follows it from there, in steps of λ that shrink where it does not converge.

    Examples
    --------
    >>> from theory.heads.losses import Hinge
    >>> from theory.heads.scales import constant_scales
    >>> point = fixed_point(constant_scales(1.2), Hinge(), 0.4, 0.1)
    >>> point.converged, round(point.cosine, 6)
    (True, 0.744722)
    """
    unit = math.sqrt(scales.mean(scales.noise**2))
    system = _System(Scales(scales.signal / unit, scales.noise / unit, scales.weights), loss, gamma)
    target = ridge / unit**2
    point = None
    if guess is not None:
        near = np.array([guess.along * unit, math.log(guess.across * unit), math.log(guess.step * unit**2)])
        point = system.solved(near, target)
    if point is None or point.residual > _TOLERANCE:
        point = _followed(system, target)
    along, across, step = point.along, point.across, point.step
    return FixedPoint(
        along / unit, across / unit, step / unit**2, point.moments.loss, point.residual, point.residual < _TOLERANCE
    )


@dataclass(frozen=True)
class _Point:
    state: Floats  # (α, log β, log η)
    moments: MarginMoments
    equations: Floats
    residual: float

    @property
    def along(self) -> float:
        return float(self.state[0])

    @property
    def across(self) -> float:
        return math.exp(self.state[1])

    @property
    def step(self) -> float:
        return math.exp(self.state[2])


@dataclass(frozen=True)
class _System:
    scales: Scales
    loss: Loss
    gamma: float

    def at(self, state: Floats, ridge: float) -> _Point:
        alpha, beta, eta = float(state[0]), math.exp(state[1]), math.exp(state[2])
        m = margin_moments(self.scales, self.loss, alpha, beta, eta)
        r, gamma = math.hypot(alpha, beta), self.gamma
        energy = eta**2 * m.energy / (gamma * beta**2)
        equations = np.array(
            [
                math.log(energy) if energy > 0 else -700.0,
                # E[1 - v'] = η E[cZψ]/r by Stein's identity: no derivative of v' is needed for the Jacobian
                (eta * m.force[1] / r - gamma + ridge * eta) / gamma,
                (gamma * alpha + eta * m.force[0]) / (gamma * r),
            ]
        )
        return _Point(state, m, equations, float(np.abs(equations).max()))

    def jacobian(self, point: _Point, ridge: float) -> Floats:
        r"""Derivatives of the equations in (α, log β, log η), the scale r of the third held fixed."""
        alpha, beta, eta, m, gamma = point.along, point.across, point.step, point.moments, self.gamma
        r = math.hypot(alpha, beta)
        cosine, sine = alpha / r, beta / r
        aa, az, zz = m.curvature
        k0, k1, k2 = m.coupling
        stein = m.force[1] / r
        energy = np.array([2 * (k0 + cosine * k1), 2 * sine * k1 * beta, -2 * k2 * eta]) / m.energy + np.array([0.0, -2.0, 2.0])
        share = np.array(
            [
                eta * ((az + cosine * zz) - stein * cosine) / r,
                eta * (sine * zz - stein * sine) / r * beta,
                eta * stein - eta**2 * k1 / r + ridge * eta,
            ]
        )
        pull = np.array([gamma + eta * (aa + cosine * az), eta * sine * az * beta, eta * m.force[0] - eta**2 * k0])
        return np.stack([energy, share / gamma, pull / (gamma * r)])

    def solved(self, state: Floats, ridge: float) -> _Point:
        r"""Newton's method with halved steps; returns its best point, converged or not."""
        point = self.at(state, ridge)
        for _ in range(_NEWTON_STEPS):
            if point.residual < _EXACT or point.moments.energy == 0:
                break
            try:
                change = -np.linalg.solve(self.jacobian(point, ridge), point.equations)
            except np.linalg.LinAlgError:
                break
            length = math.hypot(point.along, point.across)
            change *= min(1.0, 2.0 / max(float(np.abs(change[1:]).max()), abs(float(change[0])) / length))
            better = self._halved(point, change, ridge)
            if better is None:
                break
            point = better
        return point

    def _halved(self, point: _Point, change: NDArray[np.floating], ridge: float) -> _Point | None:
        for _ in range(_HALVINGS):
            trial = self.at(np.asarray(point.state + change, dtype=np.float64), ridge)
            if trial.residual < point.residual:
                return trial
            change = change / 2
        return None


def _followed(system: _System, target: float) -> _Point:
    r"""The solution at λ = target, followed from the heavy ridge, where v(x) = x and ψ = ℓ'(0)."""
    scales, gamma = system.scales, system.gamma
    slope = -float(system.loss.slope(np.zeros(1))[0])
    ridge = max(target, 10.0 * (1.0 + gamma + scales.mean(scales.signal**2)))
    along, across = slope * scales.mean(scales.signal) / ridge, slope * math.sqrt(gamma) / ridge
    state = np.array([along, math.log(across), math.log(gamma / ridge)])
    point = system.solved(state, ridge)
    speed = -3.0
    previous: tuple[float, Floats] | None = None
    for _ in range(_EVALUATIONS // _NEWTON_STEPS):
        if point.residual > _TOLERANCE or ridge <= target:
            break
        goal = max(target, ridge * math.exp(speed)) if target > 0 else ridge * math.exp(speed)
        last = target == 0 and goal < _NO_RIDGE
        goal = 0.0 if last else goal
        trial = system.solved(_predicted(point, ridge, previous, goal), goal)
        if trial.residual < _TOLERANCE:
            previous, point, ridge, speed = (ridge, point.state), trial, goal, speed * 1.5
            if last:
                return point
        else:
            speed /= 3.0
    return point if ridge <= target or point.residual > _TOLERANCE else system.at(point.state, target)


_NO_RIDGE = 1e-4  # of the mean squared noise: from here λ = 0 is one step away


def _predicted(point: _Point, ridge: float, previous: tuple[float, Floats] | None, goal: float) -> Floats:
    r"""Linear extrapolation of the state in log λ; at first η ~ 1/λ alone."""
    if goal == 0:
        return point.state
    reach = math.log(goal / ridge)
    if previous is None:
        return point.state
    secant = (point.state - previous[1]) / math.log(ridge / previous[0])
    change: Floats = secant * reach
    return point.state + change * min(1.0, 3.0 / float(np.abs(change[1:]).max()))
