r"""Minimum-norm interpolation (fewer samples than coordinates): averaging in a random subspace, exactly."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from theory.head.exact._polar_angle import log_cos, log_polar_density, log_sin
from theory.head.exact._strong_signal import log_interpolation_error
from theory.numerics import Rule, log_integral, probability_rule

__all__ = ["MinimumNormAlignment"]

Floats = NDArray[np.float64]

_HALF_PI = np.pi / 2  # end of the range of an angle
_ONE_SCALE = 2.0  # κ times a typical cosine: there both routes agree to 1e-13


@dataclass(frozen=True)
class MinimumNormAlignment:
    r"""Law of cos∠(ŵ, e₁) for the shortest ŵ with uᵢᵀŵ = 1, uᵢ ~ N(κ e₁, I_p), i = 1 … n < p.

    ŵ points along the part of the mean ū orthogonal to all differences uᵢ - uⱼ. These span a uniformly random subspace of
    n - 1 dimensions, independent of ū. Hence with q = p - n + 1

    .. math::

        \cos\angle(\hat w, e_1) = \cos\varphi\,\cos\psi, \qquad \cos^2\varphi \sim \mathrm{Beta}(q/2, (n-1)/2),

    ψ given φ the polar angle of N(√n κ cos φ · e₁, I_q).

    Parameters
    ----------
    mean
        √n κ. Negative values mirror the law.
    n_samples, dim
        1 <= n < p.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md, n < p.
    """

    mean: float
    n_samples: int
    dim: int

    @property
    def free_dim(self) -> int:
        r"""q = p - n + 1, the dimension that the training differences leave free."""
        return self.dim - self.n_samples + 1

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        lift, lift_weights = self._lift_rule(order)
        polar, polar_weights = probability_rule(self._log_polar_given(lift), 0 * lift, np.pi, order)
        values = function(np.cos(lift)[:, None] * np.cos(polar))
        return float(lift_weights @ (values * polar_weights).sum(axis=1))

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 48) -> float:
        def given_lift(lift: Floats) -> Floats:
            log_polar, cosine = self._log_polar_given(lift), np.cos(lift)[..., None]

            def log_product(polar: Floats) -> Floats:
                return log_polar(polar) + log_function(cosine * np.cos(polar))

            return log_integral(log_product, 0 * lift, np.pi, order) - log_integral(log_polar, 0 * lift, np.pi)

        if self.n_samples == 1:
            return float(given_lift(np.zeros(1))[0])
        total = log_integral(lambda lift: self._log_lift(lift) + given_lift(lift), 0.0, _HALF_PI, order)
        return float(total) - self._log_norm

    def log_error(self, kappa: float) -> tuple[float, float] | None:
        return log_interpolation_error(self.mean, kappa, self.n_samples, self.dim)

    def survival(self, cosine: float) -> float:
        if cosine < 0:
            return 1.0 - self._mirrored.survival(-cosine)

        def given_lift(lift: Floats, edge: Floats) -> Floats:
            log_polar = self._log_polar_given(lift)
            return log_integral(log_polar, 0 * lift, edge) - log_integral(log_polar, 0 * lift, np.pi)

        return self._lift_integral(given_lift, cosine)

    def density(self, cosine: float) -> float:
        if cosine < 0:
            return self._mirrored.density(-cosine)

        def given_lift(lift: Floats, edge: Floats) -> Floats:
            log_polar = self._log_polar_given(lift)
            value: Floats = log_polar(edge[..., None])[..., 0] - np.log(np.sin(edge) * np.cos(lift))
            return value - log_integral(log_polar, 0 * lift, np.pi)

        return self._lift_integral(given_lift, cosine)

    @property
    def weak_signal(self) -> float:
        return _ONE_SCALE / math.sqrt(self.free_dim / self.dim)

    @property
    def _mirrored(self) -> "MinimumNormAlignment":
        return MinimumNormAlignment(-self.mean, self.n_samples, self.dim)

    def _log_polar_given(self, lift: Floats) -> Callable[[Floats], Floats]:
        mean = (self.mean * np.cos(lift))[..., None]
        return lambda polar: log_polar_density(polar, mean, self.free_dim)

    def _log_lift(self, lift: Floats) -> Floats:
        result: Floats = (self.free_dim - 1) * log_cos(lift) + (self.n_samples - 2) * log_sin(lift)
        return result

    @cached_property
    def _log_norm(self) -> float:
        return float(log_integral(self._log_lift, 0.0, _HALF_PI))

    def _lift_rule(self, order: int) -> Rule:
        if self.n_samples == 1:
            return np.zeros(1), np.ones(1)
        return probability_rule(self._log_lift, 0.0, _HALF_PI, order)

    def _lift_integral(self, given_lift: Callable[[Floats, Floats], Floats], cosine: float) -> float:
        r"""∫ f(φ) e^{given_lift(φ, ψ)} dφ over cos φ >= x, where ψ solves cos φ cos ψ = x.

        φ = end(1 - v²) removes the square root at the end.
        """
        end = float(np.arccos(cosine))
        if self.n_samples == 1:
            return float(np.exp(given_lift(np.zeros(1), np.array([end]))[0]))

        def log_f(v: Floats) -> Floats:
            lift, gap = end * (1 - v * v), end * v * v
            edge = np.arctan2(np.sqrt(np.sin(gap) * np.sin(end + lift)), cosine)
            result: Floats = self._log_lift(lift) + given_lift(lift, edge) + np.log(2 * end * v)
            return result

        return float(np.exp(log_integral(log_f, 0.0, 1.0) - self._log_norm))
