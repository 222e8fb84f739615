r"""The residual -∂ℓ/∂f of a loss, and the polynomials of f that stand for it where only moments of f are known."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from theory.model import Choice
from theory.numerics import normal_rule

__all__ = ["LOSSES", "RESIDUALS", "residual_polynomials"]

Floats = NDArray[np.float64]

LOSSES = Choice(("squared", "logistic"))

RESIDUALS: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"squared": lambda y, f: y - f, "logistic": lambda y, f: y * expit(-y * f)}
)

_NODES = 24  # of projections of the logistic residual: off by 1e-9 at f ~ N(1, 1), 7e-6 at N(3, 4) (against 80)
_LEAST_VARIANCE = 1e-12  # of f: at a zero head it is 0, and the projection divides by its root
_HERMITE = np.array([[1.0, 0, -1, 0], [0, 1, 0, -3], [0, 0, 1, 0], [0, 0, 0, 1]])
r"""Columns: the Hermite polynomials 1, z, z² - 1, z³ - 3z in powers of z."""


def residual_polynomials(loss: str, label: float, mean: ArrayLike, variance: ArrayLike, degree: int = 3) -> tuple[Floats, Floats]:
    r"""Coefficients of the cubic that stands for e = -∂ℓ/∂f, and of the quadratic that stands for e².

    The projections in L² of the normal law with the mean and the variance of f. For the squared loss they are e = y - f and
    e² = 1 - 2yf + f² themselves.

    Parameters
    ----------
    loss
        "squared" or "logistic".
    label
        y.
    mean, variance
        Of f given the label, shape (P,).
    degree
        Largest degree that is kept, 1 to 3.

    Returns
    -------
    tuple of array
        Coefficients of 1, f, f², f³, shape (4, P), and of 1, f, f², shape (3, P).

    Examples
    --------
    >>> cubic, quadratic = residual_polynomials("squared", -1.0, [0.3], [0.2])
    >>> cubic.ravel().round(9) + 0.0, quadratic.ravel().round(9)
    (array([-1., -1.,  0.,  0.]), array([1., 2., 1.]))
    """
    centre, spread = np.asarray(mean, dtype=float), np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
    z, weights = normal_rule(_NODES)
    values = RESIDUALS[loss](np.asarray(label), centre + spread * z[:, None])
    square_degree = min(2, degree)
    return (
        _in_powers(values, 3, centre, spread, z, weights, degree),
        _in_powers(values**2, 2, centre, spread, z, weights, square_degree),
    )


def _in_powers(values: Floats, degree: int, centre: Floats, spread: Floats, z: Floats, weights: Floats, kept: int) -> Floats:
    r"""Projection on polynomials of (f - centre)/spread up to a degree, written in powers of f up to another."""
    hermite = np.polynomial.hermite_e.hermevander(z, degree)
    norms = hermite**2 * weights[:, None]
    projected = (hermite * weights[:, None] / norms.sum(axis=0)).T @ values
    projected[kept + 1 :] = 0.0
    standard = _HERMITE[: degree + 1, : degree + 1] @ projected
    result: Floats = np.zeros_like(standard)
    shift = np.zeros((degree + 1, *centre.shape))
    shift[0] = 1.0  # coefficients of ((f - centre)/spread)^k, k = 0
    for k in range(degree + 1):
        result += standard[k] * shift
        raised = np.roll(shift, 1, axis=0)
        raised[0] = 0.0
        shift = (raised - centre * shift) / spread
    return result
