r"""The averaging head ŵ = mean of yᵢxᵢ: optimal when the noise is known to be isotropic and w* could point anywhere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.head.polar_angle import log_polar_density, polar_rule
from theory.quadrature import log_integral

__all__ = ["AveragingAlignment", "log_negative_product"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AveragingAlignment:
    r"""Law of cos∠(ŵ, e₁) for ŵ ~ N(μ e₁, I_p): the polar angle itself.

    Parameters
    ----------
    mean
        μ; for n samples of signal-to-noise ratio κ it is √n κ. Negative values mirror the law.
    dim
        p >= 2.
    """

    mean: float
    dim: int

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        polar, weights = polar_rule(self.mean, self.dim, order)
        return float(weights @ function(np.cos(polar)))

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 48) -> float:
        total = log_integral(lambda polar: self._log_polar(polar) + log_function(np.cos(polar)), 0.0, np.pi, order)
        return float(total) - self._log_norm

    def survival(self, cosine: float) -> float:
        return float(np.exp(log_integral(self._log_polar, 0.0, float(np.arccos(cosine))) - self._log_norm))

    def density(self, cosine: float) -> float:
        angle = np.arccos(np.array(cosine))
        return float(np.exp(self._log_polar(angle) - self._log_norm) / np.sin(angle))

    @property
    def scale(self) -> float:
        return self.mean**2 + self.dim

    def _log_polar(self, angle: Floats) -> Floats:
        return log_polar_density(angle, self.mean, self.dim)

    @property
    def _log_norm(self) -> float:
        return float(log_integral(self._log_polar, 0.0, np.pi))


def log_negative_product(first: float, second: float, dim: int) -> float:
    r"""log P(X₁ᵀX₂ < 0) for independent X₁ ~ N(μ₁ e₁, I_p), X₂ ~ N(μ₂ e₁, I_p).

    .. math::

        P = -\frac{1}{2\pi i} \int_{-c - i\infty}^{-c + i\infty} \frac{dz}{z}\, (1 - z^2)^{-p/2}
            \exp\Bigl(\frac{\mu_1\mu_2 z + (\mu_1^2 + \mu_2^2) z^2/2}{1 - z^2}\Bigr)

    through the saddle point, by the trapezoidal rule. With S, D = (X₁ ± X₂)/√2 it is also the probability that
    χ'²_p((μ₁+μ₂)²/2) < χ'²_p((μ₁-μ₂)²/2): a doubly noncentral F distribution function at 1.

    Parameters
    ----------
    first, second
        μ₁, μ₂ >= 0. The averaging head has μ₁ = √n κ and μ₂ = κ.
    dim
        p >= 1.

    Notes
    -----
    Derived in docs/head.md.

    Examples
    --------
    >>> round(float(np.exp(log_negative_product(0.0, 2.0, 7))), 13)
    0.5
    """
    product, energy = first * second, (first**2 + second**2) / 2

    def slope(c: float) -> float:  # derivative in c of the exponent at z = -c
        gap = (1 - c) * (1 + c)
        return dim * c / gap + (2 * energy * c - product * (1 + c * c)) / gap**2 - 1 / c

    c = float(brentq(slope, 1e-12, 1 - 1e-12, xtol=1e-15))
    gap = (1 - c) * (1 + c)
    curvature = dim * (1 + c * c) / gap**2 + (2 * energy * (1 + 3 * c * c) - 2 * product * c * (3 + c * c)) / gap**3 + 1 / c**2
    u = np.arange(0, 42, 0.02)
    z = -c + 1j * np.sinh(u) / np.sqrt(curvature)

    def exponent(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        square = z * z
        result: NDArray[np.complex128] = (
            -dim / 2 * (np.log(1 - z) + np.log(1 + z)) + (product * z + energy * square) / (1 - square) - np.log(-z)
        )
        return result

    at_saddle = exponent(z[:1])[0].real
    values = (np.exp(exponent(z) - at_saddle) * np.cosh(u)).real
    values[0] /= 2
    return float(at_saddle + np.log(values.sum() * 0.02 / (np.pi * np.sqrt(curvature))))
