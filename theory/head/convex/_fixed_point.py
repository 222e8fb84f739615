r"""Where a ridge-regularised convex loss points for n, p → ∞: k + 2 equations, followed from a heavy ridge to the wanted one."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from theory.head.convex._losses import Loss
from theory.head.convex._saddle_equations import EXACT, TOLERANCE, Equations, Point
from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features, Scales

__all__ = ["fixed_point", "polished"]

Floats = NDArray[np.float64]

_NEWTON_STEPS = 12  # at one ridge: 8 were needed at the most on a grid of losses, γ and λ; if they fail the stride is shortened
_HALVINGS = 6  # of a step that raises the residual
_STRIDES = 40  # from the heavy ridge to the wanted one: 10 at the most on that grid
_LONGEST_STEP = 2.0  # of log β, log η, and of a in units of its length: farther off the equations are not linear
_FIRST_STRIDE = -3.0  # change of log λ that is tried first; then adapted
_HEAVY = 10.0  # times 1 + γ + Σ 1/shares: a ridge so heavy that v(x) = x is a good start
_LONGEST_FORECAST = 3.0  # change of log β and log η up to which an extrapolation is believed
_ON_THE_WAY = 1e-5  # residual that is good enough between a heavy ridge and the wanted one
_NO_RIDGE = 1e-4  # of the mean squared noise: from here λ = 0 is one step away


def fixed_point(law: Features | Scales, loss: Loss, gamma: float, ridge: float, guess: FixedPoint | None = None) -> FixedPoint:
    r"""Limit of argmin (1/n) Σ ℓ(wᵀuᵢ) + λ|w|²/2 for features u with k special coordinates s and Gaussian others, p/n → γ.

    With x = aᵀs + c r Z, r² = aᵀMa + β², v = v(x) the proximal point of step ηc², ψ = (x - v)/(ηc²) = ℓ'(v), and λⱼ = λ for
    special coordinates that the ridge counts, else 0,

    .. math::

        \gamma\beta^2 = \eta^2\,E[c^2\psi^2], \qquad \gamma - \lambda\eta = E[1 - v'(x)], \qquad
        \eta\,E[s_j\psi] + (\gamma - \lambda\eta)(Ma)_j + \lambda_j\eta\,a_j = 0.

    Parameters
    ----------
    law
        Law of (s, c).
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
    Equation :eq:`eq-heads-fixed-point` of docs/head_convex.md, the stationary point of :eq:`eq-heads-saddle` (convex Gaussian
    min-max theorem). For λ > 0 the solution exists, is unique, and moves smoothly with λ. As λ → ∞ it is known; Newton's method
    follows it from there, in steps of log λ that shrink where it does not converge. What the ridge does not count is first
    penalised like the rest, and then released in the same way.

    Examples
    --------
    >>> from theory.head import Hinge
    >>> from theory.head import constant_scales
    >>> point = fixed_point(constant_scales(1.2), Hinge(), 0.4, 0.1)
    >>> point.converged, round(point.cosine, 6)
    (True, 0.744722)
    """
    equations, lengths, unit = _scaled(law.features, loss, gamma)
    target = ridge / unit**2
    point = None
    if guess is not None:
        point = _solved(equations, _state(guess, lengths, unit), target, 0.0)
    if point is None or point.residual > TOLERANCE:
        point = _from_heavy_ridge(equations, target)
    return _unscaled(point, law.features, lengths, unit)


def polished(law: Features | Scales, loss: Loss, gamma: float, ridge: float, near: FixedPoint) -> FixedPoint:
    r"""Newton's method from a nearby point alone; for losses such as max-margin that no heavy ridge leads to."""
    equations, lengths, unit = _scaled(law.features, loss, gamma)
    point = _solved(equations, _state(near, lengths, unit), ridge / unit**2, 0.0)
    return _unscaled(point, law.features, lengths, unit)


def _scaled(features: Features, loss: Loss, gamma: float) -> tuple[Equations, Floats, float]:
    r"""The equations in units in which every coordinate has length 1."""
    unit = math.sqrt(float(features.weights @ features.noise**2))
    lengths = features.lengths
    return Equations(features.rescaled(lengths, unit), loss, gamma, (unit / lengths) ** 2), lengths, unit


def _state(point: FixedPoint, lengths: Floats, unit: float) -> Floats:
    return np.append(point.special * lengths, [math.log(point.across * unit), math.log(point.step * unit**2)])


def _unscaled(point: Point, features: Features, lengths: Floats, unit: float) -> FixedPoint:
    return FixedPoint(
        special=point.special / lengths,
        names=features.names,
        across=point.across / unit,
        step=point.step / unit**2,
        loss=point.moments.loss,
        residual=point.residual,
        converged=point.residual < TOLERANCE,
    )


def _solved(equations: Equations, state: Floats, ridge: float, held: float, accuracy: float = EXACT) -> Point:
    r"""Newton's method with halved steps; returns its best point, converged or not."""
    point = equations.at(state, ridge, held)
    for _ in range(_NEWTON_STEPS):
        if point.residual < accuracy or point.moments.energy == 0:
            break
        try:
            change = -np.linalg.solve(equations.jacobian(point, ridge, held), point.residuals)
        except np.linalg.LinAlgError:
            break
        length = math.hypot(float(np.linalg.norm(point.special)), point.across)
        change *= min(1.0, _LONGEST_STEP / max(float(np.abs(change[-2:]).max()), float(np.abs(change[:-2]).max()) / length))
        better = _halved(equations, point, np.asarray(change, dtype=np.float64), ridge, held)
        if better is None:
            break
        point = better
    return point


def _halved(equations: Equations, point: Point, change: Floats, ridge: float, held: float) -> Point | None:
    for _ in range(_HALVINGS):
        trial = equations.at(point.state + change, ridge, held)
        if trial.residual < point.residual:
            return trial
        change = change / 2
    return None


def _from_heavy_ridge(equations: Equations, target: float) -> Point:
    r"""The solution at λ = target, followed from the heavy ridge, where v(x) = x and ψ = ℓ'(0)."""
    gamma, features = equations.gamma, equations.features
    slope = -float(equations.loss.slope(np.zeros(1))[0])
    ridge = max(target, _HEAVY * (1.0 + gamma + float(np.sum(1.0 / equations.shares))))
    ridges = equations.ridges(ridge, ridge)
    special = slope * (features.special @ features.weights) / ridges
    across = slope * math.sqrt(gamma) / ridge
    state = np.append(special, [math.log(across), math.log(gamma / ridge)])
    start = _solved(equations, state, ridge, ridge, _ON_THE_WAY if ridge > target else EXACT)
    point = _followed(equations, start, ridge, target, lambda knob: (knob, knob))
    if features.penalised.all() or target == 0 or point.residual > _ON_THE_WAY:
        return point
    return _followed(equations, point, target, 0.0, lambda knob: (target, knob))


def _followed(
    equations: Equations, point: Point, begin: float, end: float, ridges: Callable[[float], tuple[float, float]]
) -> Point:
    r"""The solution as a knob is turned from `begin` down to `end`, in steps of its logarithm that adapt."""
    knob, speed = begin, _FIRST_STRIDE
    previous: tuple[float, Floats] | None = None
    for _ in range(_STRIDES):
        if point.residual > _ON_THE_WAY or knob <= end:
            break
        goal = max(end, knob * math.exp(speed))
        if end == 0 and goal < _NO_RIDGE * min(1.0, begin):
            goal = 0.0
        accuracy = EXACT if goal <= end else _ON_THE_WAY
        trial = _solved(equations, _predicted(point, knob, previous, goal), *ridges(goal), accuracy)
        if trial.residual < _ON_THE_WAY:
            previous, point, knob, speed = (knob, point.state), trial, goal, speed * 1.5
        else:
            speed /= 3.0
    return point if knob <= end or point.residual > _ON_THE_WAY else equations.at(point.state, *ridges(end))


def _predicted(point: Point, knob: float, previous: tuple[float, Floats] | None, goal: float) -> Floats:
    r"""Linear extrapolation of the state in the logarithm of the knob."""
    if goal == 0 or previous is None:
        return point.state
    secant = (point.state - previous[1]) / math.log(knob / previous[0])
    change: Floats = secant * math.log(goal / knob)
    return point.state + change * min(1.0, _LONGEST_FORECAST / max(float(np.abs(change[-2:]).max()), 1e-300))
