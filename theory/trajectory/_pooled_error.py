r"""The error of sign f for any prompt and any head, given both: one inversion integral, exact at finite T."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from theory.model import ParameterError
from theory.numerics import complex_exp

__all__ = ["Budget", "score_sum_distribution"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_REACH = 8.0  # standard deviations of a score: 1e-15 lies beyond
_NATS = 2 * math.pi / 23  # a strip of half-width d and this spacing times d leave an error of e^-23
_SMALL, _DEAD = 1e-10, 40.0  # where the range begins, 1 but for this; where it ends, e^-40 = 4e-18
_LARGEST = 5.0  # log of the largest integrand that is accepted: the digits that are lost
_VANISHED = 25.0  # the last integrand must lie below e^-25 = 1e-11
_LEAST_SINE = 1e-3  # the turn is at most the sine, and nodes are as dense as the turn is small
_WINDOW = (-24.0, 7.0)  # of t: below it 1 - K is about e^-24, above it K and Φ(-t) are below 1e-12
_BLOCK = 48  # log frequencies at a time: the arrays stay in the cache
_HALVINGS, _REFINEMENTS = 9, 6  # of the angle, down to 1/256 of the widest; of the spacing, down to 1/64
_COARSE, _PROBE = 8.0, 0.5  # first spacing in units of the final one; step in log frequency by which the end is found
_WIDEST = 0.35  # step in g: by itself it costs the Gaussian weight e^{-2π²/0.35²} = e^-161


class Budget:
    r"""How many values of the kernel may still be computed; `ArithmeticError` once they are spent."""

    def __init__(self, values: float = math.inf) -> None:
        self.left = values

    def spend(self, values: float) -> None:
        r"""Takes from what is left."""
        self.left -= values
        if self.left < 0:
            raise ArithmeticError("the inversion integrals take too long")


def score_sum_distribution(
    threshold: ArrayLike,
    n_irrelevant: int,
    score_std: float,
    cosine: float,
    *,
    offset: float = 0.0,
    tolerance: float = 1e-5,
    budget: Budget | None = None,
) -> Floats:
    r"""P(N < x) for the sum that decides the sign of f, for many x at once.

    .. math:: N = \sum_{t \le m'} e^{s g_t} \bigl( b + g_t \cos\theta + h_t \sin\theta \bigr), \qquad g_t, h_t \sim N(0, 1)

    f is a positive multiple of m e^{qᵀ(u-v)} wᵀu + σ|w| N, with s = σ|q|, θ the angle between w and q, and σ|w| b = wᵀv, u and v
    the means of relevant and irrelevant tokens; the normaliser of the softmax does not matter for the sign. With
    ψ(ω) = E exp(iω (b + cosθ g) e^{sg} - ω² sin²θ e^{2sg}/2),

    .. math::

        P(N < x) = \frac12 + \frac{\alpha}{\pi} - \frac1\pi \operatorname{Im} \int_{-\infty}^{\infty}
                   e^{-i\omega x} \psi(\omega)^{m'} \Big|_{\omega = e^{u - i\alpha}} du,

    the Gil-Pelaez integral turned by an angle α of the sign of x, so that nothing oscillates. (Turned to the other side the
    integrand grows without bound: ψ decays more slowly than any exponential.)

    Parameters
    ----------
    threshold
        x, finite numbers of any shape.
    n_irrelevant
        m' >= 0.
    score_std
        s = σ|q| >= 0.
    cosine
        cos θ, with sin θ >= 0.001.
    offset
        b, finite.
    tolerance
        Steps of the two trapezoidal rules are halved until no value changes by more; as their error falls exponentially with
        the number of nodes, that of the last value is about its square.
    budget
        Shared by several calls; without end by default.

    Returns
    -------
    array
        The shape of x; a half for a tie.

    Raises
    ------
    ParameterError
        If sin θ is below 0.001: a head along the prompt.
    ArithmeticError
        If no angle is found at which the integrand is tame, or the budget is spent.

    Notes
    -----
    Equation :eq:`eq-trajectory-inversion` of docs/trajectory.md.

    Examples
    --------
    At s = 0 the sum is N(m'b, m'):

    >>> score_sum_distribution([3.0, 4.5], 9, 0.0, 0.4, offset=0.5).round(7)
    array([0.3085375, 0.5      ])
    """
    x = np.asarray(threshold, dtype=float)
    if n_irrelevant == 0:
        return np.asarray(0.5 * (1 + np.sign(x)))
    sine = math.sqrt((1 - cosine) * (1 + cosine))
    if sine < _LEAST_SINE:
        raise ParameterError("cosine", f"at most {_LEAST_SINE:g} away from -1 and 1 by its sine", cosine)
    widest = math.asin(sine / math.sqrt(1 + sine**2))  # where Re ω² sin²θ no longer outweighs the tilt of g
    result = np.full(x.shape, np.nan)
    for halvings in range(1, _HALVINGS):
        for side in (1.0, -1.0):
            left = np.isnan(result) & ((x >= 0) == (side > 0))
            if left.any():
                integrand = _Integrand(n_irrelevant, score_std, cosine, offset, side * widest / 2**halvings, budget)
                result[left] = integrand.distribution(x[left], tolerance)
        if not np.isnan(result).any():
            return result
    raise ArithmeticError(f"no contour for m' = {n_irrelevant}, s = {score_std:g}, cosine = {cosine:g}, offset = {offset:g}")


class _Integrand:
    r"""log ψ(ω)^{m'} on the ray ω = e^{u - iα}.

    With t = u + s g the kernel is K(t, g) = exp(i e^{t-iα} (b + g cosθ) - e^{2t-2iα} sin²θ/2). Where the range of s g is narrow,
    the trapezoidal rule runs over all g. Where it is wide, the smooth step Φ(-t), whose expectation is
    Φ(-u/√(1+s²)), is taken out, and the rule runs over the window of t in which K differs from it.
    """

    def __init__(
        self, n_irrelevant: int, score_std: float, cosine: float, offset: float, alpha: float, budget: Budget | None = None
    ) -> None:
        self.budget = Budget() if budget is None else budget
        self.count, self.score_std, self.alpha = n_irrelevant, score_std, alpha
        self.turn = np.exp(-1j * alpha)
        self.linear, self.constant = 1j * self.turn * cosine, 1j * self.turn * offset
        self.square = self.turn**2 * (1 - cosine) * (1 + cosine) / 2

    def distribution(self, x: Floats, tolerance: float) -> Floats:
        r"""P(N < x); NaN where the integrand grows beyond the digits that may be lost, or does not vanish."""
        self.spacing = _NATS * abs(self.alpha) * _COARSE
        low, high = self.range(float(np.abs(x).max()))
        u: Floats = low + self.spacing * np.arange(math.ceil((high - low) / self.spacing) + 1.0)
        log_psi = self.log_values(u)
        value = self._trapezoid(x, u, log_psi)
        for _ in range(_REFINEMENTS):
            u, log_psi, previous = *self._refined(u, log_psi), value
            value = self._trapezoid(x, u, log_psi)
            if np.array_equal(np.isnan(value), np.isnan(previous)) and not (np.abs(value - previous) > tolerance).any():
                break
        return value

    def _refined(self, u: Floats, log_psi: Complexes) -> tuple[Floats, Complexes]:
        r"""The nodes and values at half the spacing; where the rule over g stays the same, only those between are new."""
        rule, self.spacing = self._rule_spacing, self.spacing / 2
        fine: Floats = u[0] + self.spacing * np.arange(2.0 * len(u) - 1.0)
        if not self._is_narrow or self._rule_spacing != rule:
            return fine, self.log_values(fine)
        values = np.empty(len(fine), dtype=np.complex128)
        values[::2], values[1::2] = log_psi, self.log_values(fine[1::2])
        return fine, values

    def _trapezoid(self, x: Floats, u: Floats, log_psi: Complexes) -> Floats:
        self.budget.spend(len(u) * len(x))
        rotation = -1j * np.exp(u) * self.turn
        probe = np.append(np.arange(0, len(u), max(1, len(u) // 50)), len(u) - 1)
        size = log_psi[probe, None].real + rotation[probe, None].real * x
        good = (size.max(axis=0) < _LARGEST) & (size[-1] < -_VANISHED)
        total = complex_exp(log_psi[:, None] + rotation[:, None] * x[good]).imag.sum(axis=0) * self.spacing
        result = np.full(len(x), np.nan)
        result[good] = 0.5 + (self.alpha - total) / math.pi
        return result

    def log_values(self, u: Floats) -> Complexes:
        blocks = [self._log_block(part) for part in np.array_split(u, math.ceil(len(u) / _BLOCK))]
        return np.concatenate(blocks)

    def _log_block(self, u: Floats) -> Complexes:
        psi = self._narrow(u) if self._is_narrow else self._wide(u)
        result: Complexes = self.count * np.log(np.where(psi == 0, 1e-300, psi))  # an underflow: dead for every count
        return result

    @property
    def _is_narrow(self) -> bool:
        return 2 * _REACH * self.score_std < _WINDOW[1] - _WINDOW[0]

    @property
    def _rule_spacing(self) -> float:
        r"""Step in g of the rule over all of g."""
        return min(_WIDEST, self.spacing / max(self.score_std, 1e-9))  # 1e-9: s may be 0

    def _narrow(self, u: Floats) -> Complexes:
        spacing = self._rule_spacing
        g = spacing * np.arange(-math.ceil(_REACH / spacing), math.ceil(_REACH / spacing) + 1)
        self.budget.spend(len(u) * len(g))
        size = np.exp(u[:, None] + self.score_std * g)
        kernel = complex_exp(size * (self.constant + self.linear * g - size * self.square))
        psi: Complexes = kernel @ (np.exp(-(g**2) / 2) * spacing)
        return psi / math.sqrt(2 * math.pi)

    def _wide(self, u: Floats) -> Complexes:
        h = self.spacing
        first = np.ceil((_WINDOW[0] - u) / h)
        v = h * (first[:, None] + np.arange(math.ceil((_WINDOW[1] - _WINDOW[0]) / h)))
        t, g = u[:, None] + v, v / self.score_std
        self.budget.spend(t.size)
        size = np.exp(t)
        kernel = complex_exp(size * (self.constant + self.linear * g - size * self.square)) - ndtr(-t)
        part = (kernel * np.exp(-(g**2) / 2)).sum(axis=1) * h / (self.score_std * math.sqrt(2 * math.pi))
        psi: Complexes = ndtr(-u / math.hypot(1.0, self.score_std)) + part
        return psi

    def range(self, largest: float) -> tuple[float, float]:
        r"""From where the integrand is 1 within 1e-10, for every |x| up to `largest`, to where it has vanished."""
        s = max(self.score_std, 1e-3)  # s may be 0; below 1e-3 the range does not feel it
        trial = np.arange(-40.0 - 12 * s - math.log1p(largest), 40.0 + 12 * s)
        reached = ndtr(trial / s) + np.exp(np.minimum(trial + s * s / 2 + log_ndtr(-trial / s - s), 0.0))  # E min(1, e^u X)
        phase = np.exp(np.minimum(trial + math.log(largest + 1e-300), 0.0))
        growth, square = abs(self.constant.real), self.square.real  # |K| at g = 0 is exp(growth e^t - square e^{2t}) at most
        small = (3 + abs(self.constant)) * self.count * reached + phase < _SMALL
        end = math.log((growth + math.sqrt(growth**2 + 4 * square * _DEAD)) / (2 * square))
        gone = self.count * log_ndtr((end - trial) / s) < -_DEAD
        low, high = float(trial[np.flatnonzero(small)[-1]]), float(trial[np.flatnonzero(gone)[0]])
        probe = np.arange(low, high, _PROBE)
        alive = np.flatnonzero(self.log_values(probe).real > -_DEAD)
        return low, min(high, float(probe[alive[-1]]) + _PROBE)
