r"""The law of the noise gain by inversion: a quadratic event, made linear by one Gaussian integral through its saddle point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.numerics import complex_exp, complex_expm1, log_power

__all__ = ["gain_below"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_REACH = 9.2  # scores beyond have probability 4e-20
# Angles χ of the rays, in the order in which they are tried: the wider, the larger the step, if the integrand does not grow
_TURNS = (math.pi / 8, math.pi / 11, -math.pi / 8, math.pi / 24, math.pi / 60)
_LEANS = (0.0, -0.2, 0.2, -0.4, -0.6)  # angles of a line of integration against that of steepest descent, as they are tried
_GROWTH = 8.0  # largest integrand that is accepted
_VANISHED = 1e-11  # integrand at which a ray ends, and distance from 1 at which it begins
_FLOOR = 1e-10  # stated at the least, for what both ends leave
_CLEAN = 1e-12  # remainder of a line of integration below which no other is tried
_NATS = 36.0  # below the peak that no longer count, e^{−36} = 2e-16
_HALF_LINE = 24  # nodes of half a line: 12 standard deviations of its Gaussian
_NEAR = 20  # nodes of half a line that are nearly always enough
_SPACING = 0.5  # of nodes, in standard deviations: on a Gaussian the trapezoidal rule is exact to e^{−79}
_CAP = 600.0  # of exponents; such integrands are refused
_NARROW = 0.25  # s below which tokens hardly differ
_LOST = (30.0, 1e-4)  # growth from node to node, where little is left, by which a lost saddle point is known
_NEWTON_STEPS = 30  # for the saddle point at the most, from its neighbour
_SADDLE = 1e-6  # relative accuracy of the saddle point: the line need not run through it exactly


def gain_below(
    log_a: float, n_terms: int, score_std: float, gain: float, *, ray: int = 0, nats: float = 24.0
) -> tuple[float, float, int]:
    r"""`P(C² < x)` for `C² = Σ X_t²/(a + Σ X_t)²`, `X_t = e^{s g_t}`, t = 1, …, m'.

    With `D = Σ X_t² − x S²`, S = a + Σ X_t, on the ray `ω = e^{u − iχ}`,

    .. math:: P(D < 0) = \frac12 + \frac\chi\pi - \frac1\pi\, \mathrm{Im}\int E\,e^{i\omega D}\, du, \qquad
              E\,e^{i\omega D} = \frac1{\sqrt{i\pi}} \int e^{iv^2 - 2i\sqrt{\omega x}\, v a}\,
              \bigl(E\, e^{i\omega X^2 - 2i\sqrt{\omega x}\, vX}\bigr)^{m'} dv,

    the inner integral along a straight line through the saddle point in v.

    Parameters
    ----------
    log_a
        log a.
    n_terms
        m' ≥ 2.
    score_std
        s > 0.
    gain
        x in (0, 1).
    ray
        How many of the rays to pass over.
    nats
        The steps are such that the trapezoidal rules err by about e^{−nats}.

    Returns
    -------
    value, error, ray
        The probability, an estimate of its absolute error (the ends of all lines, together), and which ray it was found on.

    Raises
    ------
    ArithmeticError
        If the integrand grows on every ray that is tried.

    Notes
    -----
    Equation :eq:`eq-context-gain-law` of docs/context.md. Cost independent of m'.

    Examples
    --------
    >>> value, error, _ = gain_below(math.log(8.0) + 1.43, 32, 0.77, 0.017)
    >>> 0.6 < value < 0.7, error < 1e-9
    (True, True)
    """
    for index in range(ray, len(_TURNS)):
        value, error, largest = _Ray(log_a, n_terms, score_std, gain, _TURNS[index], nats).probability()
        if largest < _GROWTH:
            return value, error, index
    raise ArithmeticError(f"no ray for log a = {log_a:g}, m' = {n_terms}, s = {score_std:g} and C² at {gain:g}")


class _Token:
    """Moments of one token under `exp(iωX² − lX)`, the score on a line tilted to where `iωX²` decays."""

    def __init__(self, score_std: float, turn: float, nats: float) -> None:
        # a turn of 1.2 s lets the Gaussian grow by e^{0.7} at the most; a strip of half-width π/(4 s) leaves e^{−nats}
        angle = min(0.5 * turn + math.pi / 4, 1.2 * score_std)
        step = min(0.3, 0.5 * math.pi**2 / (score_std * nats))
        count = math.ceil(_REACH / step)
        score = step * np.arange(-count, count + 1.0) + 1j * angle / score_std
        self.weight = np.exp(-0.5 * score * score) * (step / math.sqrt(2.0 * math.pi))
        self.x = np.exp(score_std * score)
        self.x2 = self.x * self.x
        self.centre = 1.0 if score_std < _NARROW else 0.0  # where tokens hardly differ their common phase is taken out

    def change(self, frequency: complex, slope: Complex) -> Complex:
        """`E exp(iω(X² − c) − l(X − c)) − 1` with the centre c, shape of l."""
        exponent = 1j * frequency * (self.x2 - self.centre) - np.multiply.outer(slope, self.x - self.centre)
        np.minimum(exponent.real, _CAP, out=exponent.real)
        result: Complex = complex_expm1(exponent) @ self.weight
        return result

    def tilted(self, frequency: complex, slope: complex) -> tuple[complex, complex]:
        """Mean and variance of X under the tilt."""
        exponent = 1j * frequency * (self.x2 - self.centre) - slope * (self.x - self.centre)
        np.minimum(exponent.real, _CAP, out=exponent.real)
        kernel = complex_exp(exponent) * self.weight
        total = kernel.sum()
        mean = complex((kernel @ self.x) / total)
        return mean, complex((kernel @ self.x2) / total) - mean * mean


@dataclass(frozen=True)
class _Saddle:
    """`S₀`, where the exponent of the inner integral is stationary at `v = √(ωx) S₀`, and its second derivative in v."""

    total: complex
    curvature: complex


class _Ray:
    """All of `E e^{iωD}` on one ray."""

    def __init__(self, log_a: float, m: int, score_std: float, gain: float, turn: float, nats: float) -> None:
        self.a, self.m, self.s, self.x, self.turn = math.exp(log_a), m, score_std, gain, turn
        self.token = _Token(score_std, turn, nats)
        self.h = 2.0 * math.pi * abs(turn) / nats

    def probability(self) -> tuple[float, float, float]:
        """The probability, its error, and the largest modulus on the ray."""
        total = remainder = largest = modulus = 0.0
        for value, loss in self._values():
            total += value.imag
            remainder += loss
            modulus = abs(value)
            largest = max(largest, modulus)
            if largest > _GROWTH:
                break
        # the last: rounding of the sum
        error = float(self.h * remainder + modulus) / math.pi + 4e-16 * largest / self.h + _FLOOR
        return float(0.5 + (self.turn - self.h * total) / math.pi), error, largest

    def _values(self) -> Iterator[tuple[complex, float]]:
        """`E e^{iωD}` with what its line leaves out, from where it is 1 to where it has vanished."""
        u, last = self._start(), math.inf
        guess = self.a + self.m * math.exp(min(0.5 * self.s**2, _CAP)) + 0j
        while True:
            frequency = complex(np.exp(u - 1j * self.turn))
            saddle = self._saddle(frequency, guess)
            value, loss = self._integral(frequency, saddle)
            if abs(value) > _LOST[0] * last and last < _LOST[1]:  # the saddle is lost where little is left
                return
            yield value, loss
            if abs(value) < _VANISHED or abs(value) > 1e4 * _GROWTH:
                return
            guess, last, u = saddle.total, abs(value), u + self.h

    def _start(self) -> float:
        """The log frequency below which `E e^{iωD}` is 1."""
        scale = self.a + self.m * math.exp(min(0.5 * self.s**2, _CAP))
        u = -2.0 * math.log(scale * math.sqrt(self.x)) + 4.0
        while True:
            frequency = complex(np.exp(u - 1j * self.turn))
            slope = np.array([2j * frequency * self.x * self.a])
            size = self.m * abs(self.token.change(frequency, slope)[0]) + abs(frequency) * self.x * self.a**2
            if size < _VANISHED:
                return u
            u -= 1.0

    def _saddle(self, frequency: complex, guess: complex) -> _Saddle:
        """Newton's method for `S₀ = a + m' E_ω X`, from its neighbour on the ray."""
        factor, spread = 2j * frequency * self.x, 0j
        for _ in range(_NEWTON_STEPS):
            mean, variance = self.token.tilted(frequency, factor * guess)
            spread = factor * self.m * variance
            move = (self.a + self.m * mean - guess) / (1.0 + spread)
            guess += move
            if abs(move) < _SADDLE * abs(guess):
                break
        return _Saddle(guess, 2j * (1.0 + spread))

    def _integral(self, frequency: complex, saddle: _Saddle) -> tuple[complex, float]:
        """The inner integral along the line of steepest descent, or one that leans, whichever leaves out least."""
        descent = complex(np.exp(0.5j * (math.pi - np.angle(saddle.curvature))))
        if (descent * (1 - 1j)).real < 0.0:
            descent = -descent
        best = 0j, math.inf
        for lean in _LEANS:
            found = self._on_line(frequency, saddle, descent * complex(np.exp(1j * lean)))
            best = min(best, found, key=lambda pair: pair[1])
            if best[1] < _CLEAN:
                break
        return best

    def _on_line(self, frequency: complex, saddle: _Saddle, direction: complex) -> tuple[complex, float]:
        halves = self._exponents(frequency, saddle, direction, _NEAR)
        if any(_descent(half.real) == _NEAR - 1 for half in halves):
            halves = self._exponents(frequency, saddle, direction, _HALF_LINE + 1)
        scale = 1.0 / math.sqrt(math.pi * abs(saddle.curvature))
        total, left_out = 0j, 0.0
        for half in halves:
            height = half[: _descent(half.real) + 1]
            values = np.exp(np.minimum(height.real, _CAP / 2) + 1j * height.imag)
            total += complex(values.sum()) - 0.5 * complex(values[0])
            left_out += scale * abs(values[-1])
        return total * _SPACING * scale * direction / complex(np.sqrt(1j)), left_out

    def _exponents(self, frequency: complex, saddle: _Saddle, direction: complex, count: int) -> list[Complex]:
        """The exponent at the first nodes of either half of a line."""
        half_line = _SPACING * np.arange(float(count))
        r = direction * np.concatenate([half_line, -half_line]) / math.sqrt(abs(saddle.curvature))
        slope = 2j * np.sqrt(frequency * self.x) * r
        centre = 1j * frequency * self.x * saddle.total * (saddle.total - 2.0 * self.a)
        slopes = 2j * frequency * self.x * saddle.total + slope
        phase = self.m * self.token.centre * (1j * frequency - slopes)
        power = log_power(self.token.change(frequency, slopes), self.m) + phase
        return np.split(power + centre - slope * (self.a - saddle.total) + 1j * r * r, 2)


def _descent(height: Real) -> int:
    """The index up to which a height falls without a rise, at most by what counts."""
    # a rise of 1e-3 is none of rounding
    over = np.flatnonzero((np.diff(height) > 1e-3) | (height[:-1] < height[0] - _NATS))
    return int(over[0]) if len(over) else len(height) - 1
