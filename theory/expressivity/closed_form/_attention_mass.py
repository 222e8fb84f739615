r"""How much attention self-attention can put on relevant tokens that lie on one line with the irrelevant ones."""

import math
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq
from scipy.optimize import brentq, minimize_scalar

from theory.expressivity.finite import exact
from theory.model import Interval, Prediction

__all__ = ["attention_mass", "largest_attention_mass", "self_attention_threshold"]

_TOLERANCE = 1e-10  # what the enclosure of the largest mass asks of its proof first; four times as much after each failure
_BOXES = 4000  # that one proof may look at
_DIGITS = 1e-15  # rounding of a float of order 1
_LARGEST_EXPONENT = 700.0  # e^709 is the largest double
_CURVATURE = 0.09623  # above max |logistic''| = 1/(6√3)


def attention_mass(score: float, zeta: float, size: float) -> float:
    r"""The attention P on relevant tokens u when all irrelevant tokens are v = −Δu.

    .. math::

        P(k) = \zeta\,\sigma(L + k) + (1-\zeta)\,\sigma(L - \Delta k), \qquad
        L = \log\tfrac{\zeta}{1-\zeta},\quad k = (1+\Delta)\, u^\top M u

    Parameters
    ----------
    score
        k, any real number: all that P depends on of the matrix M.
    zeta, size
        ζ in (0, 1) and Δ > 0.

    Notes
    -----
    Equation :eq:`eq-expressivity-mass` of docs/expressivity.md.

    Examples
    --------
    >>> round(attention_mass(0.0, 0.1, 7.0), 12)
    0.1
    """
    return float(_mass(arb(score), _ball(exact(zeta)), _ball(exact(size))))


def largest_attention_mass(*, zeta: float, size: float) -> Prediction:
    r"""The supremum of P over all matrices M, with a proven error.

    Between max(ζ, 1−ζ) and 1 − (1−ζ) min(ζ, 1−ζ), whatever Δ is. Interval branch and bound in k, by

    .. math:: P(k) \le P(c) + |P'(c)|\, r + \tfrac{r^2}{2} \max |P''| \quad (|k - c| \le r).

    Parameters
    ----------
    zeta, size
        ζ in (0, 1) and Δ > 0.

    Returns
    -------
    Prediction

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equations :eq:`eq-expressivity-mass` and :eq:`eq-expressivity-bound` of docs/expressivity.md.

    Examples
    --------
    >>> bound = largest_attention_mass(zeta=0.1, size=9.0)
    >>> 0.9 < bound.value - bound.abs_error < bound.value + bound.abs_error < 0.91
    True
    """
    z, d = _checked(zeta), exact(Interval(0, open_lower=True).member("size", size))
    ends = max(z, 1 - z)
    found = _largest_float(float(z), float(d))
    low = max(float(ends), float(_mass(arb(found), _ball(z), _ball(d))) - _DIGITS)
    high = low + _TOLERANCE
    while not _stays_below(z, d, exact(high)):
        high = low + 4 * (high - low)
    return Prediction(
        (low + high) / 2, (high - low) / 2 + _DIGITS, "attention-mass", "v = −Δu, any matrix M, one head", model_error=0.0
    )


def self_attention_threshold(zeta: float) -> Prediction:
    r"""The size Δ_* from which on the largest attention mass no longer exceeds Δ/(1+Δ).

    .. math::

        \Delta_* = \frac{\zeta}{1-\zeta}\ \Bigl(\zeta \ge \tfrac12\Bigr), \qquad
        \frac{1-\zeta}{\zeta} < \Delta_* < \frac{1}{\zeta(1-\zeta)} - 1\ \Bigl(\zeta < \tfrac12\Bigr):
        \quad \max_k P(k) = \frac{\Delta_*}{1+\Delta_*}

    For Δ below it some matrix keeps the label where u carries it; from Δ_* on none does. The error is proven: at
    value − abs_error some k exceeds the level, at value + abs_error branch and bound shows that none does.

    Parameters
    ----------
    zeta
        ζ in (0, 1).

    Returns
    -------
    Prediction

    Notes
    -----
    Equation :eq:`eq-expressivity-threshold` of docs/expressivity.md.

    Examples
    --------
    >>> self_attention_threshold(0.75).value, round(self_attention_threshold(0.1).value, 6)
    (3.0, 9.34149)
    """
    z = _checked(zeta)
    odds = z / (1 - z)
    if z >= Fraction(1, 2):
        return Prediction(float(odds), _DIGITS * float(odds), "ζ/(1−ζ)", "ζ ≥ 1/2", model_error=0.0)

    def excess(size: float) -> float:
        return attention_mass(_largest_float(float(z), size), zeta, size) - size / (1 + size)

    root = float(brentq(excess, float(1 / odds), float(1 / odds + 1 + odds), xtol=1e-13, rtol=1e-13))
    margin = 1e-9 * root  # asked of the proof first; four times as much after each failure
    while not (_exceeds(z, exact(root - margin)) and _stays_below(z, exact(root + margin), _level(exact(root + margin)))):
        margin *= 4
    return Prediction(root, margin, "max P = Δ/(1+Δ)", "ζ < 1/2", model_error=0.0)


def _level(size: Fraction) -> Fraction:
    return size / (1 + size)


def _exceeds(zeta: Fraction, size: Fraction) -> bool:
    score = arb(_largest_float(float(zeta), float(size)))
    return bool(_mass(score, _ball(zeta), _ball(size)) > _ball(_level(size)))


def _stays_below(zeta: Fraction, size: Fraction, level: Fraction) -> bool:
    r"""Whether P < level for every k, proven; False may also mean that it takes too many boxes."""
    z, d, top = _ball(zeta), _ball(size), _ball(level)
    reach = _reach(zeta, size, level)
    curvature = _CURVATURE * float(zeta + (1 - zeta) * size**2)
    boxes, bias, rest = [(-reach, reach)], _bias(z), 1 - z
    for _ in range(_BOXES):
        if not boxes:
            return True
        low, high = boxes.pop()
        centre, radius = (low + high) / 2, (high - low) / 2 * (1 + 1e-12)  # outward: both are rounded
        if z * _logistic(bias + high) + rest * _logistic(bias - d * low) < top:
            continue
        first, second = _logistic(bias + centre), _logistic(bias - d * centre)
        slope = z * first * (1 - first) - rest * d * second * (1 - second)
        if z * first + rest * second + abs(slope) * radius + arb(curvature) * radius * radius / 2 < top:
            continue
        boxes += [(low, centre), (centre, high)]
    return False


def _reach(zeta: Fraction, size: Fraction, level: Fraction) -> float:
    r"""A K such that |k| > K gives P < level, since one term is then near its limit and the other below its own."""
    z, d, top = _ball(zeta), _ball(size), _ball(level)
    reach = 8.0  # doubled until it is proven
    while not (z * _logistic(_bias(z) - reach) + 1 - z < top and z + (1 - z) * _logistic(_bias(z) - d * reach) < top):
        reach *= 2
    return reach


def _largest_float(zeta: float, size: float) -> float:
    r"""Where P is largest, in floating point; no proof rests on it."""
    bias = math.log(zeta / (1 - zeta))

    def loss(k: float) -> float:
        return zeta * _tail(bias + k) + (1 - zeta) * _tail(bias - size * k)

    # sizes from 0.01 to 20,000 over 1 + Δ, each a quarter larger than the one before, of both signs
    grid = [s * 1.25**j / (1 + size) for j in range(-20, 45) for s in (-1, 1)]
    best = min(grid, key=loss)
    ends = sorted((best / 1.25, best * 1.25))
    return float(minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-10 * abs(best)}).x)


def _tail(x: float) -> float:
    return 1 / (1 + math.exp(x)) if x < _LARGEST_EXPONENT else 0.0


def _mass(k: Any, z: Any, d: Any) -> Any:
    return z * _logistic(_bias(z) + k) + (1 - z) * _logistic(_bias(z) - d * k)


def _logistic(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


def _bias(z: Any) -> Any:
    return (z / (1 - z)).log()


def _ball(number: Fraction) -> Any:
    ctx.prec = 128  # bits: far more than the tolerance asks for
    return arb(fmpq(number.numerator, number.denominator))


def _checked(zeta: float) -> Fraction:
    Interval(0, 1, open_lower=True, open_upper=True).member("zeta", zeta)
    return exact(zeta)
