r"""The sign of a pooled feature: one inversion integral for weights and noise that share their scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.model import ParameterError
from theory.numerics import complex_expm1, log_power

__all__ = ["TokenGroup", "negative_probability"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_REACH = 9.2  # scores beyond have probability 4e-20
_NATS = 32.0  # a strip of half-width d leaves an error of e^{−32} at the step 2πd/32
_SMALL = 1e-17  # distance of the integrand from 1 at which a ray begins
_DEAD = 36.0  # nats below 1 at which it ends, e^{−36} = 2e-16
_LARGEST = 3.0  # log of the largest integrand that is accepted: the digits that are lost
_WIDEST = math.pi / 8  # turn of a ray; at twice as much e^{−ω²β²X²/2} would not decay
_CAP = 690.0  # of exponents, short of overflow
_STEP = 0.35  # of the rule over g where scores hardly spread
_HALVINGS = 6  # of the turn, before the integral is given up
# Nats by which a kernel is 1 (its exponent below e^{−40}) or 0 (itself below e^{−40}), and reach of the smooth step
_FAINT, _LARGE, _STEP_WIDTH = 40.0, 40.0, 9.0
_BLOCK = 512  # values of ω at once
_SCAN = (60.0, 12.0, 0.5)  # nats of log ω around the largest weight that are scanned, those for each s, and the step


@dataclass(frozen=True)
class TokenGroup:
    r"""`n` tokens, each of which adds `e^{l + s g} (μ + α g + β h)`, g and h independent standard normal.

    Parameters
    ----------
    count
        n ≥ 0.
    log_weight
        l.
    score_std
        s ≥ 0.
    mean, slant, spread
        μ, α, and β ≥ 0.
    """

    count: int
    log_weight: float
    score_std: float
    mean: float
    slant: float
    spread: float

    @property
    def expectation(self) -> float:
        """`n e^{l + s²/2} (μ + α s)`."""
        log_size = min(self.log_weight + 0.5 * self.score_std**2, _CAP)
        return self.count * math.exp(log_size) * (self.mean + self.slant * self.score_std)


def negative_probability(groups: Sequence[TokenGroup], *, step: float = 1.0) -> tuple[float, float]:
    r"""`P(N < 0)`, N the sum over all tokens of all groups; half of a tie counts.

    .. math:: P(N < 0) = \frac12 + \frac\chi\pi - \frac1\pi\, \mathrm{Im} \int_{-\infty}^{\infty}
              \prod_k \psi_k(\omega)^{n_k} \Big|_{\omega = e^{u - i\chi}} du, \qquad
              \psi(\omega) = E\, e^{i\omega X(\mu + \alpha g) - \omega^2\beta^2X^2/2}, \quad X = e^{l + s g},

    the Gil-Pelaez integral turned towards the side on which `e^{iω E N}` decays, so that little oscillates.

    Parameters
    ----------
    groups
        At least one of them with a positive spread β and a positive count.
    step
        Factor on the steps of the two trapezoidal rules.

    Returns
    -------
    value, error
        The probability and an estimate of its absolute numerical error, usually below 1e-12.

    Raises
    ------
    ParameterError
        If no group has a positive spread.
    ArithmeticError
        If no direction of integration is found on which the integrand is bounded.

    Notes
    -----
    Equation :eq:`eq-context-signed-sum` of docs/context.md. The cost does not depend on the counts.

    Examples
    --------
    >>> group = TokenGroup(9, 0.0, 0.0, 0.5, 0.0, 1.5)  # N(4.5, 4.5²)
    >>> print(f"{negative_probability([group])[0]:.12f}")
    0.158655253931
    """
    kept = [group for group in groups if group.count > 0]
    if not any(group.spread > 0.0 for group in kept):
        raise ParameterError("groups", "such that one has a positive spread", groups)
    top = max(group.log_weight + 0.5 * math.log(group.count) for group in kept)
    mean = sum(group.expectation for group in kept)
    widest = min(_WIDEST, *(0.5 * _steepest(group) for group in kept if group.score_std > 0.0), _WIDEST)
    for halvings in range(_HALVINGS):
        for sign in (-1.0, 1.0):
            turn = sign * math.copysign(widest / 2**halvings, mean)
            ray = _Ray(kept, turn, top, step)
            if ray.is_bounded:
                return ray.integral()
    raise ArithmeticError(f"no direction of integration for {groups}")


def _steepest(group: TokenGroup) -> float:
    """The turn at which the spread of a token no longer outweighs its slant under the tilt of g."""
    return math.atan2(group.spread, abs(group.slant)) if group.slant or group.spread else math.pi / 4


def _normal(g: Real, h: float) -> Real:
    result: Real = np.exp(-0.5 * g * g) * (h / math.sqrt(2.0 * math.pi))
    return result


class _Ray:
    """`log Π ψ_k^{n_k}` on the ray `ω = e^{u − iχ}`."""

    def __init__(self, groups: Sequence[TokenGroup], turn: float, top: float, step: float) -> None:
        self.groups, self.turn, self.top = groups, turn, top
        self.direction = complex(math.cos(turn), -math.sin(turn))
        self.h = 2.0 * math.pi * abs(turn) / _NATS * step
        self.u = self._grid()
        sample = self.log_values(self.u[:: max(1, len(self.u) // 60)]).real  # some sixty points
        self.is_bounded = bool(sample.max() < _LARGEST)

    def integral(self) -> tuple[float, float]:
        values = np.exp(self.log_values(self.u))
        total = float(values.imag.sum()) * self.h
        # of the exponents, a few dozen epsilons, and of the whole
        rounding = 4e-15 * self.h * float(np.abs(values).sum()) + 2e-14
        return 0.5 + (self.turn - total) / math.pi, rounding + float(abs(values[-1])) + float(abs(values[0].imag))

    def log_values(self, u: Real) -> Complex:
        blocks = []
        for part in np.array_split(u, math.ceil(len(u) / _BLOCK)):
            blocks.append(np.sum([log_power(self._change(group, part), group.count) for group in self.groups], axis=0))
        total: Complex = np.concatenate(blocks)
        return total

    def _change(self, group: TokenGroup, u: Real) -> Complex:
        """ψ − 1, shape of u."""
        level = u + group.log_weight
        if group.score_std == 0.0 and group.slant == 0.0:
            return self._kernel(group, level[:, None], np.zeros(1))[:, 0]
        if group.spread > 0.0:
            low = -_FAINT - math.log(abs(group.mean) + _REACH * abs(group.slant) + group.spread)
            high = 0.5 * math.log(2.0 * _LARGE / math.cos(2.0 * self.turn)) - math.log(group.spread)
            if high - low < 2.0 * _REACH * group.score_std:
                return self._wide_change(group, level, low, high)
        h = min(_STEP, self.h / max(group.score_std, 1e-9))
        count = float(math.ceil((_REACH + min(group.score_std, 4.0)) / h))
        g = h * np.arange(-count, count + 1.0)
        result: Complex = self._kernel(group, level[:, None] + group.score_std * g, g) @ _normal(g, h)
        return result

    def _wide_change(self, group: TokenGroup, level: Real, low: float, high: float) -> Complex:
        r"""The rule over `t = level + s g` where the kernel is neither 1 nor 0; the smooth step `Φ(t + log β)` is taken out."""
        s, shift = group.score_std, math.log(group.spread)
        t = np.arange(low, high + _STEP_WIDTH, self.h)
        g = (t - level[:, None]) / s
        kernel = (self._kernel(group, t, g) + ndtr(t + shift)) * _normal(g, self.h / s)
        result: Complex = kernel.sum(axis=1) - ndtr((level + shift) / math.hypot(1.0, s))
        return result

    def _kernel(self, group: TokenGroup, log_size: Real, g: Real) -> Complex:
        """`e^{iωX(μ + αg) − ω²β²X²/2} − 1` at `log |ω| X`."""
        size = np.exp(np.minimum(log_size, 300.0))
        square = 0.5 * (self.direction * group.spread) ** 2
        exponent = size * (1j * self.direction * (group.mean + group.slant * g) - size * square)
        np.minimum(exponent.real, _CAP, out=exponent.real)
        return complex_expm1(exponent)

    def _grid(self) -> Real:
        """From where the integrand is 1 to where it has vanished."""
        reach, for_spread, step = _SCAN
        spread = for_spread * max(g.score_std for g in self.groups)
        trial = np.arange(-self.top - reach - spread, -self.top + reach, step)
        log_size = self.log_values(trial)
        alive = np.flatnonzero(log_size.real > -_DEAD)
        moved = np.flatnonzero(np.abs(log_size) > _SMALL)
        low, high = trial[max(moved[0] - 1, 0)], trial[min(alive[-1] + 1, len(trial) - 1)]
        return np.arange(low, high + self.h, self.h)
