r"""The error of sign f for any prompt and any head, given both: one inversion integral, exact at finite T."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

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
_WINDOW = (-24.0, 7.0)
_BLOCK = 512


def score_sum_distribution(
    threshold: float, n_irrelevant: int, score_std: float, cosine: float, *, step: float = 1.0
) -> float:
    r"""P(N < x) for the sum that decides the sign of f.

    .. math:: N = \sum_{t \le m'} e^{s g_t} \bigl( g_t \cos\theta + h_t \sin\theta \bigr), \qquad g_t, h_t \sim N(0, 1)

    f is a positive multiple of m e^{qᵀu} wᵀu + σ|w| N, with s = σ|q| and θ the angle between w and q; the normaliser of the
    softmax does not matter for the sign. With ψ(ω) = E exp(iω cosθ g e^{sg} - ω² sin²θ e^{2sg}/2),

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
    widest = math.asin(sine / math.sqrt(1 + sine**2))  # where Re ω² sin²θ no longer outweighs the tilt of g
    mean = n_irrelevant * cosine * score_std * math.exp(min(score_std**2 / 2, 300.0))
    first = math.copysign(widest / 2, threshold - mean)
    for halvings in range(7):
        for alpha in (first / 2**halvings, -first / 2**halvings):
            integrand = _Integrand(threshold, n_irrelevant, score_std, cosine, sine, alpha, step)
            u = integrand.grid()
            size = integrand.log_values(np.append(u[:: max(1, len(u) // 50)], u[-1])).real
            if size.max() < _LARGEST and size[-1] < -_VANISHED:
                total = float(np.exp(integrand.log_values(u)).imag.sum()) * integrand.spacing
                return float(0.5 + (alpha - total) / math.pi)
    raise ArithmeticError(f"no contour for x = {threshold:g}, m' = {n_irrelevant}, s = {score_std:g}, cosine = {cosine:g}")


class _Integrand:
    r"""log of e^{-iωx} ψ(ω)^{m'} on the ray ω = e^{u - iα}.

    With t = u + s g the kernel is K(t, g) = exp(i e^{t-iα} g cosθ - e^{2t-2iα} sin²θ/2). Where the range of s g is narrow, the
    trapezoidal rule runs over all g. Where it is wide, the smooth step Φ(-t), whose expectation is
    Φ(-u/√(1+s²)), is taken out, and the rule runs over the window of t in which K differs from it.
    """

    def __init__(
        self, threshold: float, n_irrelevant: int, score_std: float, cosine: float, sine: float, alpha: float, step: float
    ) -> None:
        self.threshold, self.count, self.score_std = threshold, n_irrelevant, score_std
        self.turn = np.exp(-1j * alpha)
        self.spacing = _NATS * abs(alpha) * step
        self.linear, self.square = 1j * self.turn * cosine, self.turn**2 * sine**2 / 2

    def log_values(self, u: Floats) -> Complexes:
        blocks = [self._log_block(part) for part in np.array_split(u, math.ceil(len(u) / _BLOCK))]
        return np.concatenate(blocks)

    def _log_block(self, u: Floats) -> Complexes:
        psi = self._narrow(u) if 2 * _REACH * self.score_std < _WINDOW[1] - _WINDOW[0] else self._wide(u)
        result: Complexes = self.count * np.log(np.where(psi == 0, 1e-300, psi)) - 1j * np.exp(u) * self.turn * self.threshold
        return result

    def _narrow(self, u: Floats) -> Complexes:
        spacing = min(0.35, self.spacing / max(self.score_std, 1e-9))
        g = spacing * np.arange(-math.ceil(_REACH / spacing), math.ceil(_REACH / spacing) + 1)
        size = np.exp(u[:, None] + self.score_std * g)
        psi: Complexes = np.exp(size * (self.linear * g - size * self.square)) @ (np.exp(-(g**2) / 2) * spacing)
        return psi / math.sqrt(2 * math.pi)

    def _wide(self, u: Floats) -> Complexes:
        h = self.spacing
        first = np.ceil((_WINDOW[0] - u) / h)
        v = h * (first[:, None] + np.arange(math.ceil((_WINDOW[1] - _WINDOW[0]) / h)))
        t, g = u[:, None] + v, v / self.score_std
        size = np.exp(t)
        kernel = np.exp(size * (self.linear * g - size * self.square)) - ndtr(-t)
        part = (kernel * np.exp(-(g**2) / 2)).sum(axis=1) * h / (self.score_std * math.sqrt(2 * math.pi))
        psi: Complexes = ndtr(-u / math.hypot(1.0, self.score_std)) + part
        return psi

    def grid(self) -> Floats:
        r"""From where the integrand is 1 within 1e-10 to where it has vanished."""
        s = max(self.score_std, 1e-3)
        trial = np.arange(-40.0 - 12 * s - math.log1p(abs(self.threshold)), 40.0 + 12 * s)
        reached = ndtr(trial / s) + np.exp(np.minimum(trial + s * s / 2 + log_ndtr(-trial / s - s), 0.0))  # E min(1, e^u X)
        phase = np.exp(np.minimum(trial + math.log(abs(self.threshold) + 1e-300), 0.0))
        small = 3 * self.count * reached + phase < _SMALL
        low = float(trial[np.flatnonzero(small)[-1]])
        end = 0.5 * math.log(_DEAD / self.square.real)
        gone = self.count * log_ndtr((end - trial) / s) < -_DEAD
        return np.arange(low, float(trial[np.flatnonzero(gone)[0]]) + self.spacing, self.spacing)
