r"""The strength at which a prompt of given direction serves a head best."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from theory.model import Interval, Prediction
from theory.real._attended import attended_contrast
from theory.real._token_moments import TokenMoments

__all__ = ["optimal_strength"]

Array = NDArray[np.float64]

_LOG_STEP, _RELATIVE = 1e-4, 1e-3  # of log τ at which the search stops, and the error of τ that is stated for it
_SCAN = np.geomspace(1 / 16, 16, 17)  # first look: standard deviations of an irrelevant score


def optimal_strength(moments: TokenMoments, direction: Array, largest: float = math.inf) -> Prediction:
    r"""The multiple τ of a direction at which q = τ · direction makes κ largest.

    .. math:: \tau^* = \arg\max_\tau \kappa(\tau), \qquad \kappa(\tau) = \tfrac12\sqrt{\Delta^\top \Sigma^{-1} \Delta}

    At fixed n and p the expected error is a decreasing function of κ, so τ* is the best strength for every n alike.

    Parameters
    ----------
    moments
        Moments of the tokens.
    direction
        Shape (d,), not zero; the unit of τ is its length.
    largest
        τ is sought up to here.

    Returns
    -------
    Prediction
        `value` is τ*; `details` hold κ there and at the ends of the scan.

    Notes
    -----
    Equation :eq:`eq-real-strength` of docs/real_prediction.md.
    """
    direction = np.asarray(direction, dtype=float)
    largest = float(Interval(0, open_lower=True, closed_at_infinity=True).member("largest", largest))
    unit = 1 / math.sqrt(float(direction @ moments.irrelevant_covariance @ direction))

    def ratio(log_strength: float) -> float:
        return attended_contrast(moments, math.exp(log_strength) * direction).mahalanobis_ratio

    points = np.log(np.minimum(_SCAN * unit, largest))
    values = [ratio(point) for point in points]
    best = int(np.argmax(values))
    low, high = points[max(best - 1, 0)], points[min(best + 1, len(points) - 1)]
    found = minimize_scalar(lambda point: -ratio(point), bounds=(low, high), method="bounded", options={"xatol": _LOG_STEP})
    details = {"kappa": -float(found.fun), "kappa_weakest": values[0], "kappa_strongest": values[-1]}
    regime = "inside the scan" if 0 < best < len(points) - 1 else "at the end of the scan"
    return Prediction(math.exp(found.x), _RELATIVE * math.exp(found.x), "optimal-strength", regime, details)
