r"""The Laplace transform of the lognormal continued to the negative axis, real and imaginary part to relative accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

__all__ = ["CutTransform", "cut_transform", "panel_rule"]

Real = NDArray[np.float64]

_NORMAL_REACH = 10.0  # standard deviations beyond which a normal variable has probability 2e-23
_FINE = 14  # nodes on a panel
_LINEAR = 36.0  # below e^{−36} = 2e-16 an exponential is linear to machine precision
_CAP = 690.0  # of exponents beyond the corner of the contour, where only the sign of the growth is used


@dataclass(frozen=True, eq=False)
class CutTransform:
    r"""`L(−λ + i0·(−1)) = 1 + real + i exp(log_imag)` on the upper lip in q, `λ = q²/2`.

    Parameters
    ----------
    real
        `Re L − 1`, shape of log λ.
    log_imag
        Logarithm of the positive imaginary part where it is known to relative accuracy, else of its modulus.
    sign_imag
        Sign of the imaginary part.
    """

    real: Real
    log_imag: Real
    sign_imag: Real


def cut_transform(log_rate: Real, log_std: float, nodes: int = _FINE) -> CutTransform:
    r"""`L(λ e^{−iπ})`, `L(λ) = E exp(−λ e^y)`, y normal with mean 0 and standard deviation S.

    .. math:: \mathrm{Im}\, L = \frac{1}{\sqrt{2\pi} S} \int_0^\pi
              \exp\Bigl(\frac{t\eta\cot\eta - (t^2-\eta^2)/2}{S^2}\Bigr) d\eta, \qquad
              \frac{e^{t}}{t} = \frac{\eta}{\lambda S^2 \sin\eta},

    along the path of steepest descent `y = t(η) + iη` from the real saddle, which exists for `λS² < 1/e`. It is positive,
    hence relative accuracy however small it is. For `λS² ≥ 1/e` the path is `t = log(η/(λS² sin η))`, on which the
    modulus of the integrand is least at each t.

    Parameters
    ----------
    log_rate
        log λ, shape (n,).
    log_std
        S > 0.
    nodes
        Gauss–Legendre nodes on a panel.

    Returns
    -------
    CutTransform

    Notes
    -----
    Equation :eq:`eq-context-lip` of docs/context.md, S = 2s.
    """
    log_x = log_rate + 2.0 * np.log(log_std)
    separate = log_x < -1.0
    real, log_imag, sign = np.empty_like(log_x), np.empty_like(log_x), np.ones_like(log_x)
    if np.any(separate):
        real[separate], log_imag[separate] = _separate_saddles(log_x[separate], log_std, nodes)
    if not np.all(separate):
        value = _joined_saddles(log_x[~separate], log_std, nodes)
        real[~separate] = value.real
        log_imag[~separate] = np.log(np.abs(value.imag) + 1e-300)
        sign[~separate] = np.sign(value.imag)
    return CutTransform(real, log_imag, sign)


@lru_cache(maxsize=64)
def _legendre(nodes: int) -> tuple[Real, Real]:
    return np.polynomial.legendre.leggauss(nodes)


def panel_rule(edges: Real, nodes: int = _FINE) -> tuple[Real, Real]:
    """Gauss–Legendre nodes and weights on consecutive panels; edges of shape (..., panels + 1), flat last axis."""
    x, w = _legendre(nodes)
    half = 0.5 * np.diff(edges, axis=-1)[..., None]
    middle = 0.5 * (edges[..., 1:] + edges[..., :-1])[..., None]
    shape = (*edges.shape[:-1], -1)
    return (middle + half * x).reshape(shape), (half * w).reshape(shape)


@lru_cache(maxsize=256)
def _angle_rule(log_std: float, nodes: int) -> tuple[Real, Real]:
    """Panels on (0, π), finer towards 0 for a narrow saddle and towards π as far as the kernel lives."""
    towards_zero = 2.0 ** -np.arange(np.clip(np.ceil(np.log2(16.0 / log_std)), 4.0, 9.0), 3.0, -1.0)
    towards_pi = 1.0 - 2.0 ** -np.arange(4.0, np.clip(np.ceil(2.0 + np.log2(1.0 + 60.0 * log_std**2)), 5.0, 34.0))
    share = np.concatenate([[0.0], towards_zero, np.arange(2.0, 15.0) / 16.0, towards_pi, [1.0]])
    pieces = int(np.ceil(min(0.25 / log_std, 10.0)))
    fine = share[:-1, None] + np.diff(share)[:, None] * (np.arange(pieces) / pieces)
    return panel_rule(np.pi * np.append(fine.ravel(), 1.0), nodes)


def _real_axis(log_x: Real, log_std: float, end: Real, nodes: int) -> Real:
    """`∫_{−∞}^{end} (exp(λe^y) − 1) N(y) dy − P(y > end)`."""
    top = np.minimum(end, log_std**2 + (_NORMAL_REACH + 2.0) * log_std)
    linear = 2.0 * np.log(log_std) - log_x - _LINEAR  # below it exp(λe^y) − 1 = λe^y, integrated in closed form
    bottom = np.minimum(np.maximum(-_NORMAL_REACH * log_std, linear), top - min(log_std, 1.0))
    # at most 1.6 standard deviations long, and 1.6, the scale on which exp(λe^y) changes
    panels = int(np.ceil(np.max(top - bottom) / min(1.6 * log_std, 1.6)))
    edges = bottom[:, None] + (top - bottom)[:, None] * np.linspace(0.0, 1.0, panels + 1)
    y, w = panel_rule(edges, nodes)
    rate = np.exp(log_x[:, None] - 2.0 * np.log(log_std) + y)
    gauss = -0.5 * (y / log_std) ** 2
    growth = np.where(
        rate < 1.0, np.expm1(np.minimum(rate, 1.0)) * np.exp(gauss), np.exp(np.minimum(rate + gauss, _CAP)) - np.exp(gauss)
    )
    result: Real = (w * growth).sum(axis=1) / (np.sqrt(2.0 * np.pi) * log_std) - ndtr(-end / log_std)
    below = log_x - 2.0 * np.log(log_std) + 0.5 * log_std**2 + log_ndtr(bottom / log_std - log_std)
    result += np.exp(below)
    return result


def _separate_saddles(log_x: Real, log_std: float, nodes: int) -> tuple[Real, Real]:
    angle, w = _angle_rule(log_std, nodes)
    level = np.log(angle / np.sin(angle)) - log_x[:, None]  # t − log t
    t = _upper_root(level)
    slope = (1.0 / angle - 1.0 / np.tan(angle)) * t / (t - 1.0)
    exponent = (t * angle / np.tan(angle) - 0.5 * (t * t - angle * angle)) / log_std**2
    peak = exponent.max(axis=1)
    size = w * np.exp(exponent - peak[:, None])
    log_imag = peak + np.log(size.sum(axis=1)) - np.log(np.sqrt(2.0 * np.pi) * log_std)
    climb = np.exp(np.minimum(peak, _CAP)) * (size * slope).sum(axis=1) / (np.sqrt(2.0 * np.pi) * log_std)
    saddle = _upper_root(-log_x)
    return _real_axis(log_x, log_std, saddle, nodes) + climb, log_imag


def _upper_root(level: Real) -> Real:
    """The root t ≥ 1 of `t − log t = level`, level ≥ 1, by Newton's method from above."""
    excess = np.maximum(level - 1.0, 0.0)
    t = 1.0 + np.sqrt(2.0 * excess) + excess
    # Newton's method doubles the digits of a start that is good to one
    for _ in range(7):
        t = t - np.where(t > 1.0, (t - np.log(t) - level) / np.where(t > 1.0, 1.0 - 1.0 / t, 1.0), 0.0)
    return t


def _joined_saddles(log_x: Real, log_std: float, nodes: int) -> NDArray[np.complex128]:
    angle, w = _angle_rule(log_std, nodes)
    t = np.log(angle / np.sin(angle)) - log_x[:, None]
    y = t + 1j * angle
    rate = angle / (log_std**2 * np.sin(angle)) * np.exp(1j * angle)
    step = (1.0 / angle - 1.0 / np.tan(angle)) + 1j
    exponent = rate - 0.5 * (y / log_std) ** 2
    integrand = np.exp(np.minimum(exponent.real, _CAP) + 1j * exponent.imag) * step
    climb = (w * integrand).sum(axis=1) / (np.sqrt(2.0 * np.pi) * log_std)
    result: NDArray[np.complex128] = _real_axis(log_x, log_std, -log_x, nodes) + climb
    return result
