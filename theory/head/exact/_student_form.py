r"""Least squares through Student's t: a second, independent route to the expected error."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ive, stdtr

from theory.model import Interval
from theory.numerics import probability_rule

__all__ = ["student_expected_error"]

Floats = NDArray[np.float64]

_ORDER = 56  # nodes of each rule: within 1e-13 at n = 30, p = 10, and 2e-9 at n = 300, p = 60
_DEVIATIONS = 12  # a length this far from its centre has probability below 1e-30


def student_expected_error(kappa: float, n_samples: int, dim: int) -> float:
    r"""Expected test error of least squares without intercept, n >= p, through three scalars.

    .. math::

        \mathrm{E}\,\text{error} = P\bigl(t_k > \sqrt k\,\cot\angle(X_1, X_2)\bigr), \qquad k = n - p + 1,

    X₁ ~ N(√n κ e₁, I_p) and X₂ ~ N(κ e₁, I_p) independent. Rotated so that only one vector is off-centre, with lengths r₁, r₂
    (χ_p noncentral with √(n+1) κ, and χ_p) and an angle φ of density ∝ sin^{p-2} φ between them,

    .. math::

        \cot\angle(X_1, X_2) = \frac{\sqrt n\,(r_1/r_2 - r_2/r_1) + (n - 1)\cos\varphi}{(n + 1)\sin\varphi}.

    Parameters
    ----------
    kappa
        κ > 0.
    n_samples, dim
        n >= p, 10 <= p <= 100: below, the rule converges slowly around X₁ = 0; above, the Bessel function of order p/2 - 1
        in the density of r₁ underflows.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-head-student` of docs/head.md. `expected_error` is the route to use: this one checks it.

    Examples
    --------
    >>> round(student_expected_error(1.2, 30, 10), 10)
    0.1839439882
    """
    kappa = float(Interval(0, open_lower=True).member("kappa", kappa))
    p = int(Interval(10, 100, integer=True).member("dim", dim))
    n = int(Interval(p, integer=True).member("n_samples", n_samples))
    k, mean = n - p + 1, np.sqrt(n + 1) * kappa

    def log_noncentral(r: Floats) -> Floats:
        result: Floats = p / 2 * np.log(r) - (r - mean) ** 2 / 2 + np.log(ive(p / 2 - 1, mean * r))
        return result

    def log_central(r: Floats) -> Floats:
        result: Floats = (p - 1) * np.log(r) - r * r / 2
        return result

    far = _DEVIATIONS + np.sqrt(p)
    first, first_weights = probability_rule(log_noncentral, max(0.0, mean - _DEVIATIONS), mean + far, _ORDER)
    second, second_weights = probability_rule(log_central, 0.0, far, _ORDER)
    angle, angle_weights = probability_rule(lambda phi: (p - 2) * np.log(np.sin(phi)), 0.0, np.pi, _ORDER)
    ratio = first[:, None] / second
    weights = first_weights[:, None] * second_weights
    drift = np.sqrt(n) * (ratio - 1 / ratio)
    cotangent = (drift[..., None] + (n - 1) * np.cos(angle)) / ((n + 1) * np.sin(angle))
    tails = stdtr(k, -np.sqrt(k) * cotangent)
    return float(np.tensordot(weights, tails @ angle_weights))
