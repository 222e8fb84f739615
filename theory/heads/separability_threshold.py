r"""When training data can be separated, for n, p → ∞: the threshold of p/n."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from theory.heads.scales import Scales

__all__ = ["positive_part_moments", "separability_threshold"]

Floats = NDArray[np.float64]

_ROOT_TWO_PI = math.sqrt(2 * math.pi)


def positive_part_moments(shift: Floats) -> tuple[Floats, Floats, Floats]:
    r"""P(x + Z > 0), E(x + Z)₊ and E(x + Z)₊² for Z standard normal.

    >>> [float(m) for m in positive_part_moments(np.array(0.0))]   # 1/2, 1/√(2π), 1/2
    [0.5, 0.3989422804014327, 0.5]
    """
    share = ndtr(shift)
    density = np.exp(-shift * shift / 2) / _ROOT_TWO_PI
    first = np.maximum(shift * share + density, 0.0)  # rounding only: both are positive
    second = np.maximum(shift * first + share, 0.0)
    return share, first, second


def separability_threshold(scales: Scales) -> tuple[float, float]:
    r"""The share p/n of coordinates above which a separating head exists, with probability tending to 1.

    .. math:: \gamma_* = \min_{s \ge 0} E\Bigl[\Bigl(\sqrt{1+s^2}\,Z - s\,\frac{AW}{\sigma C}\Bigr)_+^2\Bigr]

    Parameters
    ----------
    scales
        Law of (AW, σC); only its ratio matters, and only the law of Σ e^{2στ gₜ} enters.

    Returns
    -------
    threshold, s
        γ* in (0, 1/2], and the minimiser s.

    Notes
    -----
    Derived in docs/heads.md. The expectation is convex in s; its derivative has one root.

    Examples
    --------
    >>> from theory.heads.scales import constant_scales
    >>> threshold, _ = separability_threshold(constant_scales(1.0))
    >>> print(f"{threshold:.4f}")
    0.2703
    """
    kappa, weights = scales.ratio, scales.weights
    if not np.any(kappa > 0):
        return 0.5, 0.0

    def slope(s: float) -> float:
        root = math.hypot(1.0, s)
        share, first, _ = positive_part_moments(-s * kappa / root)
        # d/ds of E(root Z - s κ)₊² / 2 = E[(root Z - sκ)₊ (s Z/root - κ)], with E[(Z + x)₊ Z] = P(Z + x > 0)
        return float(weights @ (s * share - root * kappa * first))

    high = 1.0
    while slope(high) < 0:
        high *= 2.0
        if high > 1e150:  # the expectation underflows before its derivative turns: the signal is overwhelming
            return 0.0, high
    s = float(brentq(slope, 0.0, high, xtol=1e-14, rtol=1e-14))
    value = (1 + s * s) * float(weights @ positive_part_moments(-s * kappa / math.hypot(1.0, s))[2])
    return value, s
