r"""The error of given heads on a fresh sample: its score noise averaged over the nodes of the sample law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.any_prompt._heads import Heads
from theory.head.any_prompt._sample_law import SampleLaw

__all__ = ["FreshError"]

Floats = NDArray[np.float64]

_FEWEST, _STEP = 256, 0.05  # nodes, and the largest distance between two of them
_TEST_NODES = 64
_CERTAIN = 40.0  # standard deviations beyond which no error is left


@dataclass(frozen=True, eq=False)
class FreshError:
    r"""Test errors under one sample law.

    .. math:: P(\text{error}) = E\,Q\Bigl(\frac{w^Tc}{s\,\sqrt{|F^Tw|^2 + |w_{rest}|^2}}\Bigr)

    With the signal as the only column it is a function of one number, and tabulated; else it is averaged over a systematic
    sample of the nodes, which has the right mean.

    Parameters
    ----------
    law
        The law of training and test samples.
    """

    law: SampleLaw

    def __call__(self, heads: Heads, uniform: Floats) -> Floats:
        r"""Probability of an error for every head, shape (N,); `uniform`, shape (N,), places the sample of nodes."""
        law = self.law
        spread = np.sqrt(((heads.special @ law.factor) ** 2).sum(axis=1) + heads.across**2)
        if law.columns == 1:
            return self._interpolated(heads.special[:, 0], spread)
        edges = np.cumsum(law.weights)
        place = (np.arange(_TEST_NODES) + uniform[:, None]) / _TEST_NODES
        index = np.searchsorted(edges[:-1], place * edges[-1], side="right")
        margin = np.einsum("br,rbt->bt", heads.special, law.special[:, index])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = margin / (law.scale[index] * spread[:, None])
        return np.asarray(ndtr(-np.where(np.isnan(ratio), 0.0, ratio)).mean(axis=1))  # 0/0 is a tie

    @cached_property
    def _ratios(self) -> Floats:
        return np.asarray(self.law.special[0] / self.law.scale)

    @cached_property
    def _table(self) -> tuple[float, float, Floats, Floats]:
        r"""Largest ratio, step, values and slopes of E Q(x κ) against asinh(x κ_max)."""
        size = np.abs(self._ratios)
        largest = float(size.max(initial=0.0)) or 1.0
        if self.law.factor.size:
            reach = 1.000001 / float(np.linalg.norm(self.law.factor))
        else:
            reach = _CERTAIN / max(float(size.min()), 1e-12 * largest)
        length = math.asinh(reach * largest)
        grid = np.linspace(0.0, length, max(_FEWEST, math.ceil(length / _STEP)))
        products = np.sinh(grid)[:, None] * (self._ratios / largest)
        density = np.exp(-np.minimum(products**2 / 2, 700.0)) / math.sqrt(2 * math.pi)
        slopes = -(density @ (self.law.weights * self._ratios / largest)) * np.cosh(grid)
        return largest, float(grid[1]), ndtr(-products) @ self.law.weights, slopes

    def _interpolated(self, signal: Floats, spread: Floats) -> Floats:
        r"""Cubic Hermite interpolation; E Q(-x κ) = 1 - E Q(x κ)."""
        largest, step, values, slopes = self._table
        with np.errstate(divide="ignore", invalid="ignore"):
            x = np.where(spread > 0, np.abs(signal) / spread, np.where(signal == 0, 0.0, np.inf))
        place = np.clip(np.arcsinh(np.minimum(x * largest, 1e300)) / step, 0.0, values.size - 1.0)
        left = np.minimum(place.astype(np.intp), values.size - 2)
        t = place - left
        low, high = values[left], values[left + 1]
        rise = step * (slopes[left] * (1 - t) - slopes[left + 1] * t)
        result = low + (high - low) * t * t * (3 - 2 * t) + t * (1 - t) * rise
        return np.asarray(np.where(signal >= 0, result, 1 - result))
