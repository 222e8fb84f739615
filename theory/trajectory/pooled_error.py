r"""The error of sign f for any prompt and any head, given both: one inversion integral, exact at finite T."""

import math

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError

__all__ = ["score_sum_distribution"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_REACH = 8.0
_NATS = 2 * math.pi / 23  # a strip of half-width d and this spacing times d leave an error of e^-23
_SMALL, _DEAD = 1e-10, 40.0
_LARGEST = 5.0  # log of the largest integrand that is accepted: the digits that are lost
_VANISHED = 25.0
_LEAST_SINE = 1e-3


def score_sum_distribution(
    threshold: float, n_irrelevant: int, score_std: float, cosine: float, *, step: float = 1.0
) -> float:
    r"""P(N < x) for the sum that decides the sign of f.

    .. math:: N = \sum_{t \le m'} e^{s g_t} \bigl( g_t \cos\theta + h_t \sin\theta \bigr), \qquad g_t, h_t \sim N(0, 1)

    f is a positive multiple of m e^{qᵀu} wᵀu + σ|w| N, with s = σ|q| and θ the angle between w and q; the normaliser of the softmax
    does not matter for the sign. With ψ(ω) = E exp(iω cosθ g e^{sg} - ω² sin²θ e^{2sg}/2),

    .. math::

        P(N < x) = \frac12 + \frac{\alpha}{\pi} - \frac1\pi \operatorname{Im} \int_{-\infty}^{\infty}
                   e^{-i\omega x} \psi(\omega)^{m'} \Big|_{\omega = e^{u - i\alpha}} du,

    the Gil-Pelaez integral turned by an angle α of the sign of x - E N, so that nothing oscillates.

    Parameters
    ----------
    threshold
        x, a finite number.
    n_irrelevant
        m' >= 0.
    score_std
        s = σ|q| >= 0.
    cosine
        cos θ, with sin θ >= 0.001.
    step
        Factor on the steps of the two trapezoidal rules.

    Returns
    -------
    float
        Absolute accuracy about 1e-8; a half for a tie.

    Raises
    ------
    ParameterError
        If sin θ is below 0.001: a head along the prompt.

    Notes
    -----
    Derived in docs/trajectory.md.

    Examples
    --------
    At s = 0 the sum is N(0, m'):

    >>> round(score_sum_distribution(3.0, 9, 0.0, 0.4), 7)
    0.8413447
    """
    if n_irrelevant == 0:
        return 0.5 * (1 + float(np.sign(threshold)))
    sine = math.sqrt((1 - cosine) * (1 + cosine))
    if sine < _LEAST_SINE:
        raise ParameterError("cosine", f"at most {_LEAST_SINE:g} away from -1 and 1 by its sine", cosine)
    mean = n_irrelevant * cosine * score_std * math.exp(min(score_std**2 / 2, 300.0))
    widest = math.asin(sine / math.sqrt(1 + sine**2))  # where Re ω² sin²θ no longer outweighs the tilt of g
    first = math.copysign(widest / 2, threshold - mean)
    for halvings in range(7):
        for alpha in (first / 2**halvings, -first / 2**halvings):
            integrand = _Integrand(threshold, n_irrelevant, score_std, cosine, sine, alpha, step)
            u, spacing = integrand.grid(abs(mean))
            size = integrand.log_values(np.append(u[:: max(1, len(u) // 50)], u[-1])).real
            if size.max() < _LARGEST and size[-1] < -_VANISHED:
                total = np.exp(integrand.log_values(u)).imag.sum() * spacing
                return 0.5 + (alpha - float(total)) / math.pi
    raise ArithmeticError(f"no contour for x = {threshold:g}, m' = {n_irrelevant}, s = {score_std:g}, cosine = {cosine:g}")


class _Integrand:
    r"""log of e^{-iωx} ψ(ω)^{m'} on the ray ω = e^{u - iα}."""

    def __init__(
        self, threshold: float, n_irrelevant: int, score_std: float, cosine: float, sine: float, alpha: float, step: float
    ) -> None:
        self.threshold, self.count, self.turn = threshold, n_irrelevant, np.exp(-1j * alpha)
        spacing = min(0.35, _NATS * abs(alpha) / max(score_std, 1e-9)) * step
        g = spacing * np.arange(-math.ceil(_REACH / spacing), math.ceil(_REACH / spacing) + 1)
        self.density = np.exp(-(g**2) / 2) * spacing / math.sqrt(2 * math.pi)
        self.X = np.exp(score_std * g)
        self.linear = 1j * self.turn * cosine * g * self.X
        self.square = self.turn**2 * (sine * self.X) ** 2 / 2
        self.spacing = _NATS * abs(alpha) * step

    def log_values(self, u: Floats) -> Complexes:
        size = np.exp(u)[:, None]
        psi = np.exp(size * (self.linear - size * self.square)) @ self.density
        result: Complexes = self.count * np.log(psi) - 1j * np.exp(u) * self.turn * self.threshold
        return result

    def grid(self, mean: float) -> tuple[Floats, float]:
        r"""From where the integrand is 1 within 1e-10 to where it has vanished, and the spacing."""
        typical = math.sqrt(self.count * float(self.density @ self.X**2))
        low = math.log(_SMALL / (abs(self.threshold) + typical + mean))
        trial = np.arange(low, low + 90.0)
        damped = np.exp(-np.exp(2 * trial)[:, None] * np.abs(self.square.real) / 2) @ self.density
        vanished = np.flatnonzero(self.count * np.log(np.maximum(damped, 1e-300)) < -_DEAD)
        high = float(trial[vanished[0]]) if vanished.size else float(trial[-1])
        return np.arange(low, high + self.spacing, self.spacing), self.spacing
