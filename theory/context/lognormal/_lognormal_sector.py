r"""The Laplace transform of the lognormal at complex arguments, up to the cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

from theory.numerics import complex_exp, complex_expm1

__all__ = ["sector_transform"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_STEP = 0.12  # of the rule over v, for broad laws; two thirds of it change 5e-15
_NORMAL_REACH = 9.5  # standard deviations beyond which a normal variable has probability 2e-21
_BISECTIONS = 40  # of the ends of the rule: 12 digits
_CAP = 600.0  # of exponents; reached only where e^{−qc} makes the value irrelevant
_LIGHT = -2.3  # log λ below which L − 1 is integrated rather than L


def sector_transform(log_rate: Real, gap: Real, log_std: float, step: float = 1.0, *, whole: bool = False) -> Complex:
    r"""`L(λ e^{−iφ}) − 1` at `φ = π − gap`, `L(λ) = E exp(−λ e^y)`, y normal with mean 0 and standard deviation S.

    The line of integration is moved to the valley `y = t + iη` on which the modulus is least at each t,

    .. math:: \lambda S^2 e^{t} = \frac{\eta}{\sin(\varphi - \eta)}, \qquad \eta = \frac{\varphi}{1 + e^{-v}},

    which passes through the saddle point `y e^{−y} = −λS² e^{−iφ}`; the trapezoidal rule runs over v.

    Parameters
    ----------
    log_rate
        log λ, shape (n,).
    gap
        Angle to the cut, in (0, π), shape (n,).
    log_std
        S > 0.
    step
        Factor on the step of the rule.
    whole
        Return L rather than L − 1, to relative accuracy where L is small.

    Returns
    -------
    ndarray
        Complex, shape (n,); relative accuracy also where it is small.

    Notes
    -----
    Equation :eq:`eq-context-valley` of docs/context.md.
    """
    log_x = log_rate + 2.0 * np.log(log_std)
    angle = np.pi - gap
    reach = _NORMAL_REACH * log_std
    saddle = -lambertw(np.exp(np.minimum(log_x, 300.0) - 1j * angle)).real
    # the modulus is e^{−(t²−η²)/2S²}, and η is small at the reach if λS²e^t < e^{−3.5} there; L − 1 peaks up to S² higher
    far = np.where(log_x > -3.5 - reach, np.hypot(reach, angle), reach) + np.clip(-log_x, 0.0, log_std**2)
    top = np.maximum(saddle, 0.0) + far
    low = _valley_parameter(np.minimum(saddle, 0.0) - reach, log_x, gap)
    high = _valley_parameter(top, log_x, gap)
    # narrow laws need a step in units of S
    count = int(np.ceil(np.max(high - low) / (step * min(_STEP, 0.28 * log_std)))) + 1
    v = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, count)
    log_share = -np.logaddexp(0.0, -v)  # log(η/φ)
    rest = angle[:, None] * np.exp(-np.minimum(np.logaddexp(0.0, v), _CAP))  # φ − η
    eta = angle[:, None] * np.exp(log_share)
    sine = _sine(rest, eta, gap[:, None])
    y = log_share + np.log(angle)[:, None] - np.log(sine) - log_x[:, None] + 1j * eta
    y_rate = rest / angle[:, None] * (1.0 + eta * (np.cos(rest) / sine + 1j))
    power = np.minimum(y.real + log_rate[:, None], _CAP)
    exponent = -complex_exp(power + 1j * (y.imag - angle[:, None]))
    gauss = -0.5 * (y / log_std) ** 2
    small = np.abs(exponent) < 0.5
    bounded = np.where(small, exponent, 0.0)
    power = exponent + gauss
    kernel = complex_exp(np.minimum(power.real, _CAP) + 1j * power.imag)
    light = (log_rate < _LIGHT)[:, None]
    weight = complex_exp(gauss)
    change = np.where(light, np.where(small, complex_expm1(bounded) * weight, kernel - weight), kernel)
    widths = (high - low) / (count - 1)
    result: Complex = widths * (change * y_rate).sum(axis=1) / (np.sqrt(2.0 * np.pi) * log_std)
    if whole:
        return np.where(light[:, 0], 1.0 + result, result)
    return np.where(light[:, 0], result, result - 1.0)


def _sine(rest: Real, eta: Real, gap: Real) -> Real:
    """`sin(φ − η)`, from whichever of φ − η and gap + η is small."""
    sine: Real = np.sin(np.where(rest < 1.0, rest, gap + eta))
    return np.maximum(sine, 1e-300)  # no division by 0


def _valley_parameter(t: Real, log_x: Real, gap: Real) -> Real:
    """The v at which the valley passes t: by bisection; t increases with v."""
    angle = np.pi - gap
    low = np.minimum(t + log_x + np.log(np.sin(gap)) - np.log(angle), t + log_x) - 4.0
    high = np.maximum(t + log_x, 0.0) + 8.0 + np.log(angle / np.sin(gap))
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        rest = angle * np.exp(-np.logaddexp(0.0, middle))
        log_eta = np.log(angle) - np.logaddexp(0.0, -middle)
        reached = log_eta - np.log(_sine(rest, np.exp(log_eta), gap)) - log_x > t
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return 0.5 * (low + high)
