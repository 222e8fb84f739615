r"""Shifted lattice rules: points of equal weight whose average of a smooth function converges like 1/N² in each coordinate."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from theory.model import Choice

__all__ = ["DIMENSIONS", "SHIFTS", "lattice_points", "worst_case_square"]

Floats = NDArray[np.float64]

DIMENSIONS, SHIFTS = 14, 8  # coordinates that three steps take; copies, whose spread is the stated error
_PRIMES = np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43])
_MULTIPLIERS = {64: 19, 256: 55, 1024: 43, 4096: 301, 16384: 1541}
_WEIGHTS = 1.0 / np.arange(1, DIMENSIONS + 1) ** 2
_INSIDE = 1e-12  # of the ends of the cube, where quantiles are infinite
_SIZES = Choice(tuple(map(str, _MULTIPLIERS)))


@cache
def lattice_points(points: int) -> Floats:
    r"""SHIFTS copies of a Korobov lattice of N points, each with its own shift, after the tent map; inside (0, 1).

    .. math:: x_k = \Bigl|2\Bigl\{\frac{k (1, a, a^2, \dots)}{N} + \mathrm{shift}\Bigr\} - 1\Bigr|, \qquad k = 0, \dots, N - 1

    The first coordinates are the best ones: they should carry what matters most. The shifts are fixed, √prime multiples.

    Parameters
    ----------
    points
        N: 64, 256, 1024, 4096 or 16384.

    Returns
    -------
    ndarray
        Shape (DIMENSIONS, SHIFTS · N), shift-major.

    Examples
    --------
    >>> x = lattice_points(256)
    >>> print(np.abs((x[0] * x[1]).reshape(SHIFTS, -1).mean(axis=1) - 0.25).max() < 1e-3)
    True
    """
    _SIZES.member("points", str(points))
    base = _lattice(points, _MULTIPLIERS[points])[:, None, :]
    shift = (np.sqrt(_PRIMES)[:, None, None] * (np.arange(SHIFTS) + 0.5)[:, None]) % 1.0
    tent = 1 - np.abs(2 * ((base + shift) % 1.0) - 1)
    inside: Floats = (tent * (1 - 2 * _INSIDE) + _INSIDE).reshape(DIMENSIONS, -1)
    return inside


def worst_case_square(points: int, multiplier: int) -> float:
    r"""Squared error of the worst periodic function of smoothness 2, coordinates weighted by 1/j⁴: what chose the multipliers.

    .. math:: -1 + \frac1N \sum_k \prod_j \bigl(1 + 2\pi^2 j^{-2} B_2(x_{kj})\bigr), \qquad B_2(x) = x^2 - x + \tfrac16

    Reference: :cite:t:`sloan1994lattice`.
    """
    x = _lattice(points, multiplier)
    kernels = 1 + _WEIGHTS[:, None] * 2 * np.pi**2 * (x * x - x + 1 / 6)
    return float(kernels.prod(axis=0).mean()) - 1


def _lattice(points: int, multiplier: int) -> Floats:
    generator = np.array([pow(multiplier, j, points) for j in range(DIMENSIONS)])
    result: Floats = np.arange(points) * generator[:, None] % points / points
    return result
