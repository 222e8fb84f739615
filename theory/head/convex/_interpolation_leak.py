r"""What mirrored coordinates cost an interpolating head at finite n: weights of order 1/√n that the limit does not know."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features

__all__ = ["interpolation_leak"]

Floats = NDArray[np.float64]

_ROOT_TWO_PI = np.sqrt(2 * np.pi)  # of the normal density


def interpolation_leak(features: Features, head: FixedPoint, gamma: float, n_samples: int) -> float:
    r"""Leading change, relative and of order 1/n, of the error of minimum-norm interpolation by mirrored coordinates.

    Where labels are mirrored, the coordinates t along q* and the rest of the prompt, and the constant, are odd: their limiting
    weights vanish. Their weights ω at finite n have the covariance Ω, and the head (α, R) without them moves by (δα, δR²),

    .. math::

        \Omega = J^{-1}\,\frac{E[tt^T((1-\alpha a)^2 + c^2R^2)/c^4]}{n(\gamma-1)^2}\,J^{-1}, \quad
        J = \Lambda + G, \quad G = \frac{E[tt^T/c^2] + M}{\gamma-1},

    .. math::

        \delta\alpha = -\operatorname{tr} J^{-1}\frac{E[tt^T(1-\alpha a)a/c^4]}{n(\gamma-1)(\gamma+E[a^2/c^2])}, \qquad
        \delta R^2 = -\operatorname{tr}\Omega(2\Lambda + G - M).

    Parameters
    ----------
    features
        Law of (a, t, c), with M = 1 for the signal.
    head
        The interpolating head without the odd coordinates.
    gamma
        γ > 1, of the coordinates that are not odd.
    n_samples
        n.

    Returns
    -------
    float
        (error with the odd coordinates)/(error without) - 1.

    Notes
    -----
    Equations :eq:`eq-heads-leak` and :eq:`eq-heads-turn` of docs/head_convex.md.
    """
    odd = np.array([name != "signal" for name in features.names])
    a, t, c, w = features.special[~odd][0], features.special[odd], features.noise, features.weights
    gaussian, penalty = features.gaussian[np.ix_(odd, odd)], np.diag(features.penalised[odd].astype(float))
    alpha, square, excess = head.along, head.along**2 + head.across**2, gamma - 1.0

    def second(values: Floats) -> Floats:
        return np.asarray((t * (w * values)) @ t.T, dtype=np.float64)

    pull = (second(1 / c**2) + gaussian) / excess
    inverse = np.linalg.inv(penalty + pull)
    spread = second(((1 - alpha * a) ** 2 + c**2 * square) / c**4) / (n_samples * excess**2)
    omega = inverse @ spread @ inverse
    energy = float(w @ (a / c) ** 2)
    shift = -float(np.trace(inverse @ second((1 - alpha * a) * a / c**4))) / (n_samples * excess * (gamma + energy))
    stretch = -float(np.trace(omega @ (2 * penalty + pull - gaussian)))
    root = np.sqrt(square)
    margin = alpha * a / (c * root)
    density = np.exp(-margin * margin / 2) / _ROOT_TWO_PI
    error = float(w @ ndtr(-margin))
    spill = 0.5 * float((w * margin * density / (c**2 * square)) @ np.einsum("in,ij,jn->n", t, omega, t))
    turn = -float(w @ (density * a / c)) * (shift / root - alpha * stretch / (2 * root**3))
    return float((spill + turn) / error)
