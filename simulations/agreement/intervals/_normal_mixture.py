r"""Asymptotic confidence sequence: a central limit theorem, uniformly in time, and nothing proven at finite n."""

from __future__ import annotations

import math

import numpy as np

from simulations.agreement.intervals._sequence import Array, ConfidenceSequence

__all__ = ["AsymptoticMixture", "mixture_width"]

BURN_IN = 1024
r"""Draws before the first statement."""


def mixture_width(draws: float, intrinsic: Array, alpha: float) -> Array:
    r"""Half-width of the normal-mixture boundary for draws of standard deviation 1.

    .. math:: \sqrt{\frac{2(t\rho^2+1)}{t^2\rho^2}\,\log\frac{\sqrt{t\rho^2+1}}{\alpha}},\qquad
        \rho^2 = \frac{2\log(1/\alpha) + \log(1 + 2\log(1/\alpha))}{t^\ast}

    Parameters
    ----------
    draws
        t > 0.
    intrinsic
        t* > 0, the number of draws at which the boundary is sharpest.
    alpha
        α in (0, 1).

    Reference
    ---------
    :cite:t:`waudbysmith2024clt` (Gaussian-mixture asymptotic confidence sequence).

    Examples
    --------
    >>> float(mixture_width(1000, np.array(1000.0), 1e-6).round(3)) # a fixed-size interval has 0.155
    0.179
    """
    evidence = 2 * math.log(1 / alpha)
    tilt = draws * (evidence + math.log1p(evidence)) / intrinsic
    width: Array = np.sqrt(2 * (tilt + 1) / (draws * tilt) * (0.5 * np.log1p(tilt) - math.log(alpha)))
    return width


class AsymptoticMixture(ConfidenceSequence):
    r"""Asymptotic confidence sequence: mean ± (standard deviation of the draws) · `mixture_width`.

    Silent during the first 1024 draws, which also fix the tuning t*.

    Reference
    ---------
    :cite:t:`waudbysmith2024clt`.

    Examples
    --------
    >>> s = AsymptoticMixture(center=np.array(1.0), target=np.array(0.1), alpha=1e-6)
    >>> s.update(s.summary(np.random.default_rng(3).exponential(1.0, 9000)), 9000)
    >>> bool(s.low < 1.0 < s.high)
    True
    """

    def __init__(self, *, center: Array, target: Array, alpha: float) -> None:
        super().__init__(center=center, target=target, alpha=alpha)
        self._sharpest: Array | None = None

    def summary(self, draws: Array) -> Array:
        r"""Power sums 1 and 2 of draws − center."""
        x = draws - self.center
        return np.stack([x.sum(axis=0), (x * x).sum(axis=0)])

    def _absorb(self, summary: Array, count: int) -> None:
        r"""Everything is in the power sums."""

    def _bounds(self) -> tuple[Array, Array]:
        if self.n < BURN_IN:
            return np.full(self.center.shape, -np.inf), np.full(self.center.shape, np.inf)
        variance = self.variance()
        if self._sharpest is None:
            planned = variance / self.target**2 * 2 * math.log(1 / self.alpha)
            self._sharpest = np.maximum(planned, BURN_IN)
        width = np.sqrt(variance) * mixture_width(self.n, self._sharpest, self.alpha)
        return self.mean() - width, self.mean() + width
