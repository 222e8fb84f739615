r"""Uniform laws on boxes as samples: the shift of the context, and how much label direction the irrelevant tokens carry."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.model import BoxShift, Interval

__all__ = ["BoxLaw", "box_law", "stated_box"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BoxLaw:
    r"""The law of (δq, s) for each label, s = δw + y δy: irrelevant tokens are v = −δq q_* − s w_*.

    δq is uniform; s is the sum of two independent uniform numbers, or one, or a constant.

    Parameters
    ----------
    zeta, prior
        ζ in (0, 1) and π = P(y = 1).
    shift
        The box.
    """

    zeta: float
    prior: float
    shift: BoxShift

    @property
    def context(self) -> tuple[float, float]:
        r"""The ends of δq."""
        return self.shift.lower[0], self.shift.upper[0]

    def label_ends(self, y: int) -> tuple[float, float]:
        r"""The ends of s."""
        (w0, y0), (w1, y1) = self.shift.lower[1:], self.shift.upper[1:]
        return (w0 + y0, w1 + y1) if y == 1 else (w0 - y1, w1 - y0)

    @property
    def widths(self) -> tuple[float, float]:
        r"""The smaller and the larger width of the two numbers of which s is the sum."""
        first, second = (self.shift.upper[j] - self.shift.lower[j] for j in (1, 2))
        return min(first, second), max(first, second)

    def below(self, y: Array, s: Array) -> Array:
        r"""P(δw + y δy < s) for arrays of labels and numbers."""
        narrow, wide = self.widths
        z = s - np.where(y > 0, self.label_ends(1)[0], self.label_ends(-1)[0])
        if wide == 0:
            return (z > 0).astype(float)
        if narrow <= 1e-9 * wide:  # the difference of two ramps would be rounding
            return np.clip(z / wide, 0.0, 1.0)
        return (_ramp(z, narrow) - _ramp(z - wide, narrow)) / wide

    def strip_weight(self, y: Array, low: Array, high: Array) -> Array:
        r"""P(y, low < δq < high); the probability of the label alone if δq is a constant."""
        first, last = self.context
        share = (high - low) / (last - first) if last > first else np.ones_like(low)
        weight: Array = np.where(y > 0, self.prior, 1 - self.prior) * share
        return weight


def box_law(*, n_tokens: int, n_relevant: int, shift: BoxShift, label_prior: float = 0.5) -> BoxLaw:
    r"""The law of a noiseless model with a box; ParameterError if a parameter lies outside its domain.

    >>> law = box_law(n_tokens=10, n_relevant=3, shift=BoxShift((0, -1, 0), (2, 1, 1)))
    >>> law.label_ends(-1), float(law.below(np.array([-1]), np.array([0.0]))[0])
    ((-2.0, 1.0), 0.75)
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    Interval(0, 1, open_lower=True, open_upper=True).member("label_prior", label_prior)
    ends = (tuple(map(float, shift.lower)), tuple(map(float, shift.upper)))
    return BoxLaw(n_relevant / n_tokens, label_prior, BoxShift(*ends))  # type: ignore[arg-type]  # three numbers each


def stated_box(*, n_tokens: int, n_relevant: int, shift: BoxShift, label_prior: float) -> dict[str, Any]:
    r"""The law in texts, for the programs that check proofs."""
    ends = {name: [repr(float(x)) for x in getattr(shift, name)] for name in ("lower", "upper")}
    return {"zeta": str(Fraction(n_relevant, n_tokens)), "prior": str(label_prior), **ends}


def _ramp(x: Array, width: float) -> Array:
    r"""The integral of clip(x/width, 0, 1)."""
    inside = np.clip(x, 0.0, width)
    ramp: Array = inside * inside / (2 * width) + np.maximum(x - width, 0.0)
    return ramp
