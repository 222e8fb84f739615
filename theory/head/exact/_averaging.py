r"""The averaging head ŵ = mean of yᵢxᵢ: optimal when the noise is known to be isotropic and w* could point anywhere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.exact._polar_angle import log_polar_density, polar_rule
from theory.head.exact._strong_signal import log_averaging_error
from theory.numerics import log_integral

__all__ = ["AveragingAlignment"]

Floats = NDArray[np.float64]

_ONE_SCALE = 8.0  # κ times a typical cosine: there both routes agree to 1e-13


@dataclass(frozen=True)
class AveragingAlignment:
    r"""Law of cos∠(ŵ, e₁) for ŵ ~ N(μ e₁, I_p): the polar angle itself.

    Parameters
    ----------
    mean
        μ; for n samples of signal-to-noise ratio κ it is √n κ. Negative values mirror the law.
    dim
        p >= 2.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md, averaging. The expected error is also P(X₁ᵀX₂ < 0), a doubly noncentral F
    probability, or the inversion of :eq:`eq-head-mgf`: `theory.numerics.negative_product`.
    """

    mean: float
    dim: int

    def expectation(self, function: Callable[[Floats], Floats], order: int) -> float:
        polar, weights = polar_rule(self.mean, self.dim, order)
        return float(weights @ function(np.cos(polar)))

    def log_expectation(self, log_function: Callable[[Floats], Floats], order: int = 48) -> float:
        total = log_integral(lambda polar: self._log_polar(polar) + log_function(np.cos(polar)), 0.0, np.pi, order)
        return float(total) - self._log_norm

    def log_error(self, kappa: float) -> tuple[float, float] | None:
        return log_averaging_error(self.mean, kappa, self.dim), 1e-12

    def survival(self, cosine: float) -> float:
        return float(np.exp(log_integral(self._log_polar, 0.0, float(np.arccos(cosine))) - self._log_norm))

    def density(self, cosine: float) -> float:
        angle = np.arccos(np.array(cosine))
        return float(np.exp(self._log_polar(angle) - self._log_norm) / np.sin(angle))

    @property
    def weak_signal(self) -> float:
        return _ONE_SCALE

    def _log_polar(self, angle: Floats) -> Floats:
        return log_polar_density(angle, self.mean, self.dim)

    @property
    def _log_norm(self) -> float:
        return float(log_integral(self._log_polar, 0.0, np.pi))
