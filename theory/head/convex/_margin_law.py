r"""The law of the margins that a trained head gives to training samples and to fresh ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.convex._losses import Loss
from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features, Scales

__all__ = ["MarginLaw"]


@dataclass(frozen=True, eq=False)
class MarginLaw:
    r"""Law of y f(x) for n, p → ∞: x = aᵀs + c√(aᵀMa+β²) Z for a fresh sample, v(x) for one of the training set.

    Parameters
    ----------
    law
        Law of (s, c).
    loss
        ℓ.
    head
        The solution of the fixed-point equations.

    Notes
    -----
    Equation :eq:`eq-heads-margins` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.head import CONVEX_LOSSES, constant_scales, fixed_point
    >>> scales = constant_scales(1.2)
    >>> hinge = CONVEX_LOSSES["hinge"]
    >>> law = MarginLaw(scales, hinge, fixed_point(scales, hinge, 0.4, 0.1))
    >>> round(law.training(1.0) - law.training(1.0 - 1e-9), 3)   # the share of support vectors on the margin
    0.285
    """

    law: Features | Scales
    loss: Loss
    head: FixedPoint

    def fresh(self, margin: float) -> float:
        r"""P(y f(x) <= t) for a fresh sample."""
        return self._below(np.full_like(self.law.noise, margin))

    def training(self, margin: float) -> float:
        r"""P(y f(x) <= t) for a training sample: v(x) <= t iff x <= t + ηc²ℓ'(t+)."""
        slope = float(self.loss.slope(np.array([margin]))[0])
        if np.isinf(slope):
            return 0.0
        return self._below(margin + self.head.step * self.law.noise**2 * slope)

    @property
    def training_error(self) -> float:
        r"""P(v < 0), the share of training samples on the wrong side."""
        return self.training(0.0)

    def _below(self, points: NDArray[np.float64]) -> float:
        features = self.law.features
        radius = features.spread(self.head.special, self.head.across) * features.noise
        return float(features.weights @ ndtr((points - self.head.special @ features.special) / radius))
