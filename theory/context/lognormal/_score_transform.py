r"""Expectations of one noise token, `E[(λX)^i exp(−zλX − κλ²X²)]` with `X = e^{s g}`, for many λ at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from theory.numerics import complex_exp, complex_expm1

__all__ = ["ScoreTransform", "TokenMoments"]

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]

_SMALL_SCORE_STD = 0.18  # below it the rule lives on g, above it on u = log(λX)
_LOG_STEP = 0.13  # in u: a Gaussian of s = 0.18 is summed to e^{−2π²s²/h²} = 4e-17
_NORMAL_STEP = 0.4  # in g; half of it changes moments by rounding alone
_NORMAL_REACH = 9.2  # scores beyond have probability 4e-20
_JUNCTION_DEPTH = 16.5  # below e^{−16.5} two Taylor terms of the kernel are exact in double precision
_JUNCTION_WIDTH = 0.25  # w of the smooth step, summed to e^{−2π²w²/h²} = e^{−73}
_JUNCTION_REACH = 8.0 * _JUNCTION_WIDTH  # beyond it the smooth step is 0 or 1 up to 6e-16
_LARGEST_EXPONENT = 42.0  # e^{−42} = 6e-19


@dataclass(frozen=True, eq=False)
class TokenMoments:
    r"""Moments of one token under the kernel `K = exp(−zλX − κλ²X²)`.

    Parameters
    ----------
    mean
        `E K`, shape (len(λ), len(z)).
    deficit
        `1 − E K`, kept separately because it is as small as 1/m', shape (len(λ), len(z)).
    powers
        `E[(λX)^i K]` for i = 1, 2, …, shape (orders, len(λ), len(z)).
    """

    mean: Complex
    deficit: Complex
    powers: Complex

    @cached_property
    def log_mean(self) -> Complex:
        """`log E K`, without loss of digits when `E K` is close to one."""
        re, im = self.deficit.real, self.deficit.imag
        near_one = np.hypot(re, im) < 0.5
        squared = np.where(near_one, re * re + im * im - 2.0 * re, 0.0)
        # e^{−10000} stands for 0
        far = np.log(np.where(near_one | (self.mean == 0.0), 1.0, self.mean)) + np.where(self.mean == 0.0, -1e4, 0.0)
        result: Complex = np.where(near_one, 0.5 * np.log1p(squared) + 1j * np.arctan2(-im, 1.0 - re), far)
        return result

    def power(self, exponent: float) -> Complex:
        """`(E K)^exponent`; exponents below zero stand for absent terms and give one."""
        result: Complex = np.exp(max(exponent, 0.0) * self.log_mean)
        return result


@dataclass(frozen=True)
class ScoreTransform:
    r"""Laplace-type transforms of the lognormal `X = e^{s g}`, g standard normal.

    .. math:: 1 - E\,K(\lambda X), \quad E[(\lambda X)^i K(\lambda X)], \qquad
              K(x) = e^{-z x - \kappa x^2}.

    For `s > 0.18` the trapezoidal rule runs over `u = log(λX)`, where the kernel is the same for every λ: one product
    of a Gaussian matrix with a kernel matrix serves all λ, whatever s. Below `u₀`, where `K = 1 − ε + ε²/2` to machine
    precision, the integral is taken in closed form; the two parts are joined by the smooth step
    `ω(u) = P(u + w N(0,1) < u₀)`, `E[(λX)^i ω] = exp(i log λ + i²s²/2) Φ((u₀ − log λ − i s²)/√(w²+s²))`; likewise at
    the upper end, above which `K = 0`.
    For `s ≤ 0.18` the rule runs over g. Both are positive sums before the complex kernel enters: no cancellation.

    Parameters
    ----------
    score_std
        s ≥ 0, standard deviation of one noise score.
    decay
        z, the complex decay rates, Re z > 0, or the single rate 0.
    curvature
        κ ≥ 0, coefficient of λ²X² (positive if z = 0).
    orders
        How many powers i = 1, …, orders are wanted.
    step
        Factor on the step of the rule; 0.5 gives the refined rule used for error estimates.
    """

    score_std: float
    decay: tuple[complex, ...]
    curvature: float
    orders: int
    step: float = 1.0

    def __call__(self, log_scale: Real) -> TokenMoments:
        """The moments at every `log λ` in `log_scale`, shape (len(λ),)."""
        if self.score_std <= _SMALL_SCORE_STD:
            return self._narrow(log_scale)
        return self._wide(log_scale)

    @property
    def spacing(self) -> float:
        """The step h of the rule over `log λX`."""
        return _LOG_STEP * self.step

    def grid_deficit(self, first: float, count: int, stride: int = 1) -> Complex:
        """`1 − E K` at `log λ = first, first + stride · h, …`, h the step of the rule, shape (count, len(z)).

        The Gaussian matrix then depends on differences of its nodes alone: a convolution, without an exponential for
        each pair of nodes.
        """
        h = self.spacing
        log_scale: Real = first + stride * h * np.arange(float(count))
        if self.score_std <= _SMALL_SCORE_STD:
            weights, _, exponent = self._normal_rule(log_scale)
            result: Complex = np.einsum("g,lgk->lk", weights, -complex_expm1(-exponent))
            return result
        u, kernel, _ = self._kernels
        lags = u[0] - first + h * np.arange(-stride * (count - 1), len(u))
        gauss = np.exp(-0.5 * (lags / self.score_std) ** 2) * (h / (self.score_std * np.sqrt(2.0 * np.pi)))
        windows = np.lib.stride_tricks.sliding_window_view(gauss, len(u))[::-stride]
        sums = np.stack([windows @ column.real + 1j * (windows @ column.imag) for column in kernel.T], axis=1)
        return sums + self._tails(log_scale)

    def _tails(self, log_scale: Real) -> Complex:
        """What the ends of the log scale add to `1 − E K`, in closed form."""
        z, kappa = np.asarray(self.decay), self.curvature
        linear, square = (self._low_moment(log_scale, i)[:, None] for i in (1, 2))
        high = ndtr((log_scale - self._ceiling) / np.hypot(_JUNCTION_WIDTH, self.score_std))[:, None]
        result: Complex = z * linear + (kappa - 0.5 * z * z) * square + high
        return result

    def _exponent(self, u: Real) -> Complex:
        """`ε(u) = z e^u + κ e^{2u}`, shape u.shape + (len(z),)."""
        x = np.exp(u)[..., None]
        curved = np.exp(2.0 * u + np.log(self.curvature))[..., None] if self.curvature > 0.0 else 0.0
        exponent: Complex = np.asarray(self.decay, dtype=np.complex128) * x + curved
        return exponent

    def _normal_rule(self, log_scale: Real) -> tuple[Real, Real, Complex]:
        """Weights of the rule over g, `log λX` at its nodes, and the exponent there."""
        h = _NORMAL_STEP * self.step
        g = h * np.arange(-np.ceil(_NORMAL_REACH / h), np.ceil(_NORMAL_REACH / h) + 1)
        weights = np.exp(-0.5 * g * g) * (h / np.sqrt(2.0 * np.pi))
        u = np.minimum(log_scale[:, None] + self.score_std * g, self._ceiling)
        return weights, u, self._exponent(u)

    def _narrow(self, log_scale: Real) -> TokenMoments:
        weights, u, exponent = self._normal_rule(log_scale)
        deficit = np.einsum("g,lgk->lk", weights, -complex_expm1(-exponent))
        kernel = complex_exp(-exponent)
        powers = [np.einsum("lg,lgk->lk", weights * np.exp(i * u), kernel) for i in range(self.orders + 1)]
        return TokenMoments(powers[0], deficit, np.array(powers[1:]))

    def _wide(self, log_scale: Real) -> TokenMoments:
        u, deficit_kernel, power_kernels = self._kernels
        gauss = np.exp(-0.5 * ((u - log_scale[:, None]) / self.score_std) ** 2)
        gauss *= self.spacing / (self.score_std * np.sqrt(2.0 * np.pi))
        k = deficit_kernel.shape[1]
        kernels = np.concatenate([deficit_kernel, *power_kernels], axis=1)
        sums = (gauss @ kernels.view(np.float64)).view(np.complex128)
        low = [self._low_moment(log_scale, i)[:, None] for i in range(self.orders + 3)]
        z, kappa = np.asarray(self.decay), self.curvature
        deficit = sums[:, :k] + self._tails(log_scale)
        powers = [
            sums[:, (i + 1) * k : (i + 2) * k] + low[i] - z * low[i + 1] - (kappa - 0.5 * z * z) * low[i + 2]
            for i in range(self.orders + 1)
        ]
        return TokenMoments(powers[0], deficit, np.array(powers[1:]))

    def _low_moment(self, log_scale: Real, i: int) -> Real:
        """`E[(λX)^i ω(log λX)]` in closed form."""
        s2 = self.score_std**2
        tail = log_ndtr((self._junction - log_scale - i * s2) / np.hypot(_JUNCTION_WIDTH, self.score_std))
        result: Real = np.exp(i * log_scale + 0.5 * i * i * s2 + tail)
        return result

    @cached_property
    def _size(self) -> float:
        """Logarithm of the larger of the two kernel coefficients, on the scale of λX."""
        sizes = [np.log(abs(z)) for z in self.decay if z != 0] + ([0.5 * np.log(self.curvature)] if self.curvature > 0.0 else [])
        return float(max(sizes))

    @cached_property
    def _junction(self) -> float:
        return -self._size - _JUNCTION_DEPTH

    @cached_property
    def _ceiling(self) -> float:
        """The u above which every kernel is below e^{−42}."""
        slowest = min(z.real for z in map(complex, self.decay))
        ends = [np.log(_LARGEST_EXPONENT / slowest)] if slowest > 0.0 else []
        ends += [0.5 * np.log(_LARGEST_EXPONENT / self.curvature)] if self.curvature > 0.0 else []
        return float(min(ends)) + _JUNCTION_REACH

    @cached_property
    def _kernels(self) -> tuple[Real, Complex, list[Complex]]:
        h = self.spacing
        low, high = self._junction - _JUNCTION_REACH, self._ceiling + _JUNCTION_REACH + h
        u: Real = low + h * np.arange(float(np.ceil((high - low) / h)))
        above = ndtr((u - self._junction) / _JUNCTION_WIDTH)[:, None]
        below = ndtr((self._ceiling - u) / _JUNCTION_WIDTH)[:, None]
        exponent = self._exponent(u)
        kernel = complex_exp(-exponent)
        return (
            u,
            -complex_expm1(-exponent) * above * below,
            [np.exp(i * u)[:, None] * kernel * above for i in range(self.orders + 1)],
        )
