r"""When training data can be separated, for n, p → ∞: the threshold of p/n."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.features import Features, Scales
from theory.numerics import bracketed_root

__all__ = ["positive_part_moments", "separability_threshold", "separating_direction"]

Floats = NDArray[np.float64]

_ROOT_TWO_PI = math.sqrt(2 * math.pi)  # of the normal density
_STEPS = 100  # of Newton's method at the most
_CONVERGED = 1e-14  # relative fall of the value that is rounding
_RIDGE = 1e-13  # of the trace of the Hessian, added where it is singular
_UNDERFLOW, _ENDLESS = 1e-290, 1e12  # a value that is nearly 0, and a minimiser that runs to infinity: there the search ends
_ARMIJO = 1e-4  # share of the predicted fall that a step must attain
_LONGEST_STEP = 2.0  # in units of 1 + |a|


def positive_part_moments(shift: Floats) -> tuple[Floats, Floats, Floats]:
    r"""P(x + Z > 0), E(x + Z)₊ and E(x + Z)₊² for Z standard normal.

    >>> [float(m) for m in positive_part_moments(np.array(0.0))]   # 1/2, 1/√(2π), 1/2
    [0.5, 0.3989422804014327, 0.5]
    """
    share = ndtr(shift)
    density = np.exp(-shift * shift / 2) / _ROOT_TWO_PI
    first = np.maximum(shift * share + density, 0.0)  # rounding only: both are positive
    second = np.maximum(shift * first + share, 0.0)
    return share, first, second


def separability_threshold(law: Features | Scales) -> tuple[float, float]:
    r"""The share p/n of coordinates above which a separating head exists, with probability tending to 1.

    .. math:: \gamma_* = \min_{a \in R^k} E\Bigl[\Bigl(\sqrt{1 + a^TMa}\,Z - \frac{a^Ts}{c}\Bigr)_+^2\Bigr]

    Parameters
    ----------
    law
        Law of (s, c); only their ratio matters.

    Returns
    -------
    threshold, s
        γ* in [0, 1/2], and the component of the minimiser a along the signal.

    Notes
    -----
    Equation :eq:`eq-heads-threshold` of docs/head_convex.md. The expectation is convex in a. With one coordinate its derivative
    has one root, else Newton's method with halved steps descends from a = 0.

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> threshold, _ = separability_threshold(constant_scales(1.0))
    >>> print(f"{threshold:.4f}")
    0.2703
    """
    features = law.features
    if features.names == ("signal",) and features.gaussian[0, 0] > 0 and np.all(features.special >= 0):
        scale = math.sqrt(float(features.gaussian[0, 0]))
        threshold, s = _along_the_signal(features.special[0] / (features.noise * scale), features.weights)
        return threshold, s / scale
    threshold, direction = separating_direction(features)
    return threshold, float(direction[features.names.index("signal")])


def _along_the_signal(kappa: Floats, weights: Floats) -> tuple[float, float]:
    if not np.any(kappa > 0):
        return 0.5, 0.0

    def slope(s: float) -> float:
        root = math.hypot(1.0, s)
        share, first, _ = positive_part_moments(-s * kappa / root)
        # d/ds of E(root Z - s κ)₊² / 2 = E[(root Z - sκ)₊ (s Z/root - κ)], with E[(Z + x)₊ Z] = P(Z + x > 0)
        return float(weights @ (s * share - root * kappa * first))

    high = 1.0
    while slope(high) < 0:
        high *= 2.0
        if high > 1e150:  # the expectation underflows before its derivative turns: the signal is overwhelming
            return 0.0, high
    s = bracketed_root(slope, 0.0, high, xtol=1e-14, rtol=1e-14)  # rounding
    value = (1 + s * s) * float(weights @ positive_part_moments(-s * kappa / math.hypot(1.0, s))[2])
    return value, s


def separating_direction(law: Features | Scales) -> tuple[float, Floats]:
    r"""The threshold with the minimiser a, for any number of special coordinates.

    >>> from theory.head import constant_scales
    >>> threshold, a = separating_direction(constant_scales(1.0))
    >>> print(f"{threshold:.4f}")
    0.2703
    """
    features = law.features
    lengths = features.lengths / math.sqrt(float(features.weights @ features.noise**2))
    problem = _Separation(features.rescaled(lengths, 1.0))
    a = np.zeros(len(lengths))
    value, gradient, hessian = problem.derivatives(a)
    for _ in range(_STEPS):
        # in units of the value: where the threshold is tiny, so are the derivatives
        ridge = _RIDGE * float(np.trace(hessian)) + 1e-300
        change = -np.linalg.solve(hessian + ridge * np.eye(len(a)), gradient)
        change *= min(1.0, _LONGEST_STEP * (1.0 + float(np.linalg.norm(a))) / max(float(np.linalg.norm(change)), 1e-300))
        fall = -float(gradient @ change)
        if fall < _CONVERGED * value or value < _UNDERFLOW or np.linalg.norm(a) > _ENDLESS:
            break
        while problem.value(a + change) > value - _ARMIJO * fall and np.linalg.norm(change) > 1e-15:
            change, fall = change / 2, fall / 2
        a = a + change
        value, gradient, hessian = problem.derivatives(a)
    return value, a / lengths


class _Separation:
    r"""The convex function of `separability_threshold`, with half its derivatives."""

    def __init__(self, features: Features) -> None:
        self.kappa, self.weights, self.gaussian = features.special / features.noise, features.weights, features.gaussian

    def value(self, a: Floats) -> float:
        root = math.sqrt(1.0 + float(a @ self.gaussian @ a))
        return root**2 * float(self.weights @ positive_part_moments(-(a @ self.kappa) / root)[2])

    def derivatives(self, a: Floats) -> tuple[float, Floats, Floats]:
        turned = self.gaussian @ a
        root = math.sqrt(1.0 + float(a @ turned))
        shift = -(a @ self.kappa) / root
        share, first, second = positive_part_moments(shift)
        w, kappa = self.weights, self.kappa
        gradient = turned * float(w @ share) - root * kappa @ (w * first)
        bend = -(kappa / root + np.outer(turned, shift) / root**2)  # d shift/da
        density = np.exp(-shift * shift / 2) / _ROOT_TWO_PI
        hessian = self.gaussian * float(w @ share) + np.outer(turned, bend @ (w * density))
        hessian -= np.outer(kappa @ (w * first), turned) / root + root * (kappa * (w * share)) @ bend.T
        return root**2 * float(w @ second), gradient, hessian
