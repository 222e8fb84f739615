r"""Interpolation of minimum norm, the squared loss as the ridge vanishes beyond n = p: one linear system."""

from __future__ import annotations

import math

import numpy as np

from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features, Scales

__all__ = ["interpolation"]


def interpolation(law: Features | Scales, gamma: float) -> FixedPoint:
    r"""Limit of the shortest head with all margins 1, p/n → γ > 1.

    .. math::

        \bigl[(\gamma - 1)\Lambda + E[ss^T/c^2] + M\bigr]\,a = E[s/c^2], \qquad
        (\gamma - 1)\,\beta^2 = E[(1 - a^Ts)^2/c^2] + a^TMa,

    Λ the diagonal with 1 for special coordinates that count in the norm, else 0.

    Parameters
    ----------
    law
        Law of (s, c).
    gamma
        γ > 1.

    Notes
    -----
    Equation :eq:`eq-heads-interpolation` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> from theory.head import limit_error
    >>> from scipy.special import ndtr
    >>> bool(np.isclose(ndtr(-1.2 * interpolation(constant_scales(1.2), 1.7).cosine), limit_error(1.2, 1.7), rtol=1e-12))
    True
    """
    features = law.features
    s, inverse = features.special, features.weights / features.noise**2
    matrix = np.diag((gamma - 1) * features.penalised) + (s * inverse) @ s.T + features.gaussian
    special = np.asarray(np.linalg.solve(matrix, s @ inverse), dtype=np.float64)
    residual = float(inverse @ (1 - special @ s) ** 2 + special @ features.gaussian @ special)
    return FixedPoint(special, features.names, math.sqrt(residual / (gamma - 1)), math.inf, 0.0, 0.0, True)
