r"""Error of a learnt direction by the law of real margins instead of Gaussian ones."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.exact import LeastSquaresAlignment
from theory.model import Interval, ParameterError, Prediction

__all__ = ["Margins", "error_of_margins"]

Array = NDArray[np.float64]

_GRID = 201  # angles between which the error is interpolated
_INTERPOLATED = 1e-4  # stated error of that; 6e-6 against 2001 angles (500 margins, κ = 0.2 … 3)
_SMALLEST = 1e-12  # at θ = 0 the sign of the margin decides
_ORDERS = (40, 52)  # nodes of each integral over the angle, for the check and for the estimate


@dataclass(frozen=True, eq=False)
class Margins:
    r"""Samples as a head sees them: along the direction that least squares has for n → ∞, and across it.

    In coordinates that make the covariance within classes the identity, centred half way between the classes:

    Parameters
    ----------
    along
        y xᵀe, with e the unit vector of that direction, shape (N,). Gaussian classes: N(κ, 1).
    across
        Length of the rest, less its class mean, over √(p - 1), shape (N,). Gaussian classes: χ_{p-1}/√(p-1), about 1.

    Raises
    ------
    ParameterError
        If shapes differ or a length is negative.
    """

    along: Array
    across: Array

    def __post_init__(self) -> None:
        if np.ndim(self.along) != 1 or np.shape(self.along) != np.shape(self.across) or not len(self.along):
            raise ParameterError("across", f"of shape {np.shape(self.along)}, not empty", np.shape(self.across))
        if not (np.asarray(self.across) >= 0).all():
            raise ParameterError("across", "lengths >= 0", float(np.min(self.across)))

    def shaped(self, kappa: float) -> "Margins":
        r"""The same shape with mean κ and variance 1 along, mean square 1 across.

        Location and scale of margins along an *estimated* direction are biased by its noise, which the exact law counts already;
        only their shape is news.
        """
        along, across = np.asarray(self.along), np.asarray(self.across)
        return Margins(kappa + (along - along.mean()) / along.std(), across / np.sqrt((across**2).mean()))

    def error(self, cosine: Array) -> Array:
        r"""Share of samples on the wrong side of a direction at angle θ from e whose rest is random.

        .. math:: \operatorname{mean}_i\; Q\Bigl(\frac{\cos\theta\; a_i}{\sin\theta\; c_i}\Bigr)
        """
        c = np.asarray(cosine)[..., None]
        spread = np.maximum(np.sqrt(np.maximum(1 - c * c, 0.0)) * self.across, _SMALLEST)
        result: Array = ndtr(-c * self.along / spread).mean(axis=-1)
        return result


def error_of_margins(kappa: float, n_samples: int, dim: int, margins: Margins) -> Prediction:
    r"""Expected error of least squares with an intercept, its direction by the Gaussian law and the margins by real samples.

    .. math:: \mathrm E_\theta\, \operatorname{mean}_i\; Q\Bigl(\frac{\cos\theta\; a_i}{\sin\theta\; c_i}\Bigr)

    with cos θ from the exact law at (κ, n, p), balanced classes, and margins of the given shape with mean κ and variance 1. The
    part of a test sample across, seen along a random direction, is a sum over p - 1 coordinates: normal with its own length c_i.

    Parameters
    ----------
    kappa
        κ >= 0.
    n_samples, dim
        n >= p + 1 and p >= 2.
    margins
        From samples that had no part in finding e.

    Returns
    -------
    Prediction
        `details["gaussian"]` is the value for Gaussian margins. The difference is what the shape of real margins costs or saves.

    Notes
    -----
    Equation :eq:`eq-real-conditional` of docs/real_prediction.md.
    """
    kappa = float(Interval(0).member("kappa", kappa))
    p = int(Interval(2, integer=True).member("dim", dim))
    n = int(Interval(p + 1, integer=True).member("n_samples", n_samples))
    law = LeastSquaresAlignment(math.sqrt(n) * kappa, n - p, p)
    angles = np.linspace(0.0, np.pi, _GRID)
    errors = margins.shaped(kappa).error(np.cos(angles))
    rough, fine = (law.expectation(lambda cosine: np.interp(np.arccos(cosine), angles, errors), order) for order in _ORDERS)
    gaussian = law.expectation(lambda cosine: ndtr(-kappa * cosine), _ORDERS[1])
    return Prediction(fine, abs(fine - rough) + _INTERPOLATED, "conditional", "margins of real samples", {"gaussian": gaussian})
