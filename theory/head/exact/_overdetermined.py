r"""Least squares with at least as many samples as coordinates: the exact law of its alignment."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, betaln

from theory.head.exact._polar_angle import log_cos, log_polar_density, log_sin, polar_rule
from theory.head.exact._strong_signal import log_least_squares_error
from theory.numerics import Rule, log_integral, probability_rule

__all__ = ["LeastSquaresAlignment"]

Floats = NDArray[np.float64]

_HALF_PI = np.pi / 2  # end of the range of an angle
_ONE_SCALE = 8.0  # κ times a typical cosine: there both routes agree to 1e-13
_MOST_DIMS = 10**6  # beyond, rounding
_MOST_FREEDOM = 100  # beyond, an error falls like κ^-k only where it is below 1e-100


@dataclass(frozen=True)
class LeastSquaresAlignment:
    r"""Law of cos∠(ŵ, e₁) for ŵ = 𝒜⁻¹ X₁, X₁ ~ N(μ e₁, I_p), 𝒜 ~ Wishart_p(p + k - 2, I) independent.

    .. math::

        \cos\angle(\hat w, e_1) = \cos\varphi\,\cos(\psi + \eta)

    with independent angles: ψ the polar angle of X₁, η with density ∝ cos^{k-1} η on (-π/2, π/2) (tan η is t_k/√k),
    φ with density ∝ cos^k φ sin^{p-3} φ on (0, π/2).

    Parameters
    ----------
    mean
        μ; for n samples of signal-to-noise ratio κ it is √n κ. Negative values mirror the law.
    freedom
        k >= 1: n - p + 1 without an intercept, n - p with one.
    dim
        p >= 2.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md, n >= p, from :eq:`eq-head-direction`; densities :eq:`eq-head-polar` and
    :eq:`eq-head-angles`.
    """

    mean: float
    freedom: int
    dim: int

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        polar, polar_weights = polar_rule(self.mean, self.dim, order)
        tilt, tilt_weights = probability_rule(self._log_tilt, -_HALF_PI, _HALF_PI, order)
        lift, lift_weights = self._lift_rule(order)
        cosine = np.cos(lift)[:, None, None] * np.cos(polar[:, None] + tilt)
        return float(lift_weights @ (function(cosine) @ tilt_weights @ polar_weights))

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 48) -> float:
        def given_plane(angle: Floats) -> Floats:
            if self.dim == 2:
                return log_function(np.cos(angle))
            cosine = np.cos(angle)[..., None]

            def log_product(lift: Floats) -> Floats:
                return self._log_lift(lift) + log_function(np.cos(lift) * cosine)

            return log_integral(log_product, 0 * angle, _HALF_PI, order) - self._log_norms[2]

        def given_polar(polar: Floats) -> Floats:
            def log_product(tilt: Floats) -> Floats:
                return self._log_tilt(tilt) + given_plane(polar[..., None] + tilt)

            return log_integral(log_product, -_HALF_PI + 0 * polar, _HALF_PI, order) - self._log_norms[1]

        total = log_integral(lambda polar: self._log_polar(polar) + given_polar(polar), 0.0, np.pi, order)
        return float(total) - self._log_norms[0]

    def log_error(self, kappa: float) -> tuple[float, float] | None:
        if self.freedom > _MOST_FREEDOM or self.dim > _MOST_DIMS or not 0 < kappa < self.mean:
            return None
        return log_least_squares_error(self.mean, kappa, self.freedom, self.dim)

    def survival(self, cosine: float) -> float:
        if cosine < 0:
            return 1.0 - self._mirrored.survival(-cosine)

        def log_mass(angle: Floats) -> Floats:
            if self.dim == 2:
                return np.zeros_like(angle)
            ratio = np.minimum(cosine / np.cos(angle), 1.0)
            with np.errstate(divide="ignore"):  # log 0 = -inf at the ends of the interval
                mass: Floats = np.log(betaincc((self.freedom + 1) / 2, (self.dim - 2) / 2, ratio**2))
            return mass

        return self._plane_integral(log_mass, float(np.arccos(cosine)))

    def density(self, cosine: float) -> float:
        if cosine < 0:
            return self._mirrored.density(-cosine)
        edge = float(np.arccos(cosine))
        if self.dim == 2:
            return float(np.exp(self._log_plane_density(np.array([edge, -edge]))).sum() / np.sin(edge))

        def log_mass(angle: Floats) -> Floats:
            ratio = cosine / np.cos(angle)
            # 1 - ratio² without cancellation near the edge
            gap = np.sin(edge - angle) * np.sin(edge + angle) / np.cos(angle) ** 2
            mass: Floats = self.freedom * np.log(ratio) + (self.dim / 2 - 2) * np.log(gap) - np.log(np.cos(angle))
            return mass

        norm = np.log(2) - betaln((self.freedom + 1) / 2, (self.dim - 2) / 2)
        return self._plane_integral(lambda angle: log_mass(angle) + norm, edge)

    @property
    def weak_signal(self) -> float:
        return _ONE_SCALE / math.sqrt((self.freedom + 1) / (self.freedom + self.dim - 1))

    @property
    def _mirrored(self) -> "LeastSquaresAlignment":
        return LeastSquaresAlignment(-self.mean, self.freedom, self.dim)

    def _log_polar(self, angle: Floats) -> Floats:
        return log_polar_density(angle, self.mean, self.dim)

    def _log_tilt(self, angle: Floats) -> Floats:
        result: Floats = (self.freedom - 1) * log_cos(angle)
        return result

    def _log_lift(self, angle: Floats) -> Floats:
        result: Floats = self.freedom * log_cos(angle) + (self.dim - 3) * log_sin(angle)
        return result

    def _lift_rule(self, order: int) -> Rule:
        if self.dim == 2:
            return np.zeros(1), np.ones(1)
        return probability_rule(self._log_lift, 0.0, _HALF_PI, order)

    @cached_property
    def _log_norms(self) -> tuple[float, float, float]:
        r"""log of the masses of the three unnormalised densities: polar, tilt, lift."""
        polar = log_integral(self._log_polar, 0.0, np.pi)
        tilt = log_integral(self._log_tilt, -_HALF_PI, _HALF_PI)
        lift = log_integral(self._log_lift, 0.0, _HALF_PI) if self.dim > 2 else 0.0
        return float(polar), float(tilt), float(lift)

    def _log_plane_density(self, angle: Floats) -> Floats:
        r"""log density of θ = ψ + η at θ in (-π/2, π/2): a convolution."""

        def log_product(polar: Floats) -> Floats:
            return self._log_polar(polar) + self._log_tilt(angle[..., None] - polar)

        return log_integral(log_product, 0 * angle, angle + _HALF_PI) - self._log_norms[0] - self._log_norms[1]

    def _plane_integral(self, log_mass: Callable[[Floats], Floats], edge: float) -> float:
        r"""∫ f_θ e^{log_mass} over (-edge, edge); θ = ±edge(1 - v²) removes the square roots at the ends."""
        total = 0.0
        for side in (edge, -edge):

            def log_f(v: Floats, side: float = side) -> Floats:
                angle = side * (1 - v * v)
                result: Floats = self._log_plane_density(angle) + log_mass(angle) + np.log(2 * edge * v)
                return result

            total += float(np.exp(log_integral(log_f, 0.0, 1.0)))
        return total
