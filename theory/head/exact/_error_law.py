r"""The whole law of the conditional test error Q(κ cos∠(ŵ, w*)) of a trained head."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from theory.head.exact._alignment_law import Alignment
from theory.head.exact._constant_scale import mean_error
from theory.model import Interval
from theory.numerics import bracketed_root

__all__ = ["ErrorLaw"]

_PROBABILITY = Interval(0, 1, open_lower=True, open_upper=True)
_ORDER = 52  # nodes for each angle, as in `mean_error`
_EDGE = 1 - 1e-15  # cosines up to which quantiles are looked for: the law lives on (-1, 1), ends excluded


@dataclass(frozen=True)
class ErrorLaw:
    r"""Law of the random test error ε = Q(κ cos) over draws of the training set.

    Its support is (Q(κ), Q(-κ)): the best error any head can reach, and its mirror image.

    Parameters
    ----------
    alignment
        Law of the cosine, from `alignment`.
    kappa
        κ > 0 at which the head is tested.

    Examples
    --------
    >>> from theory.head import alignment
    >>> law = ErrorLaw(alignment(1.2, 30, 10), 1.2)
    >>> round(law.mean()[0], 10), round(law.quantile(0.5), 6), round(law.cdf(law.quantile(0.9)), 9)
    (0.1839439882, 0.177629, 0.9)
    """

    alignment: Alignment
    kappa: float

    def __post_init__(self) -> None:
        Interval(0, open_lower=True).member("kappa", self.kappa)

    @property
    def support(self) -> tuple[float, float]:
        r"""The ends Q(κ) and 1 - Q(κ)."""
        return float(ndtr(-self.kappa)), float(ndtr(self.kappa))

    def cdf(self, error: float) -> float:
        r"""P(ε <= x)."""
        lowest, highest = self.support
        if not lowest < error < highest:
            return float(error >= highest)
        return min(self.alignment.survival(self._cosine(error)), 1.0)  # quadrature may exceed 1 by 1e-13

    def density(self, error: float) -> float:
        r"""Density of ε at x, per unit of error; 0 outside the support."""
        lowest, highest = self.support
        if not lowest < error < highest:
            return 0.0
        cosine = self._cosine(error)
        slope = self.kappa * np.exp(-((self.kappa * cosine) ** 2) / 2) / np.sqrt(2 * np.pi)
        return self.alignment.density(cosine) / float(slope)

    def quantile(self, probability: float) -> float:
        r"""The error that a share `probability` in (0, 1) of all training sets stays below."""
        level = float(_PROBABILITY.member("probability", probability))

        def gap(cosine: float) -> float:
            return self.alignment.survival(cosine) - level

        if not gap(-_EDGE) > 0 > gap(_EDGE):  # the law has atoms at the ends (p = 1)
            return self.support[0 if gap(0.0) > 0 else 1]
        return float(ndtr(-self.kappa * bracketed_root(gap, -_EDGE, _EDGE, xtol=1e-13)))  # to rounding of the law

    def mean(self) -> tuple[float, float]:
        r"""The expected test error, and a bound on its numerical error."""
        return mean_error(self.alignment, self.kappa)

    def moment(self, order: int) -> float:
        r"""E ε^order for an integer order >= 1."""
        power = Interval(1, integer=True).member("order", order)
        return self.alignment.expectation(lambda cosine: ndtr(-self.kappa * cosine) ** power, _ORDER)

    def variance(self) -> float:
        r"""Variance of ε over training sets, by a centred second moment."""
        centre = self.mean()[0]
        return self.alignment.expectation(lambda cosine: (ndtr(-self.kappa * cosine) - centre) ** 2, _ORDER)

    def _cosine(self, error: float) -> float:
        return float(-ndtri(error) / self.kappa)
