r"""Points for the expectation: a shifted lattice in the leading coordinates, a fixed stream of numbers in the rest."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

__all__ = ["BLOCKS", "LATTICE_DIMENSIONS", "SIZES", "Points"]

Floats = NDArray[np.float64]

BLOCKS = 16
r"""Independent copies of the rule, whose spread is the measure of its error."""

LATTICE_DIMENSIONS = 48

_MULTIPLIERS = {16: 7, 32: 13, 64: 19, 128: 47, 256: 61, 512: 121, 1024: 389, 2048: 981, 4096: 949, 8192: 1499, 16384: 4697}
r"""Korobov multipliers: the best of 120 by `theory.numerics.worst_case_square` in 48 dimensions with weights 1/(2j²)."""

SIZES = tuple(_MULTIPLIERS)

_INSIDE = 1e-15


class Points:
    r"""Some points of one block, handed out coordinate by coordinate.

    Parameters
    ----------
    size
        N, points of the whole block, one of `SIZES`.
    block
        0 … BLOCKS - 1; every block has its own shift and its own stream.
    start, stop
        The points wanted: the arrays have stop - start rows.

    Examples
    --------
    >>> points = Points(64, 0)
    >>> points.normal(5).shape, points.chi_square(3.0).shape, points.normal(40, 2).shape
    ((64, 5), (64,), (64, 40, 2))
    >>> bool(abs(np.mean([Points(1024, block).uniform(1).mean() for block in range(BLOCKS)]) - 0.5) < 1e-6)
    True
    """

    def __init__(self, size: int, block: int, start: int = 0, stop: int | None = None) -> None:
        self._size, self._block = size, block
        self._rows = slice(start, size if stop is None else stop)
        self._used = 0
        self._stream = np.random.Generator(np.random.PCG64([size, block, start]))

    @property
    def count(self) -> int:
        r"""Rows of every array."""
        return int(self._rows.stop - self._rows.start)

    def uniform(self, *shape: int) -> Floats:
        r"""Uniform in (0, 1), shape (count, *shape): of the lattice while it has coordinates left for all of them."""
        wanted = int(np.prod(shape))
        if self._used + wanted <= LATTICE_DIMENSIONS:
            points = _lattice(self._size, self._block)[self._rows, self._used : self._used + wanted]
            self._used += wanted
            return points.reshape(self.count, *shape)
        return np.asarray(self._stream.random((self.count, *shape)) * (1 - 2 * _INSIDE) + _INSIDE)

    def normal(self, *shape: int) -> Floats:
        r"""Standard normal, shape (count, *shape)."""
        if self._used + int(np.prod(shape)) <= LATTICE_DIMENSIONS:
            return np.asarray(ndtri(self.uniform(*shape)), dtype=np.float64)
        return self._stream.standard_normal((self.count, *shape))

    def chi_square(self, freedom: float) -> Floats:
        r"""χ² of the given degrees of freedom, shape (count,)."""
        return np.asarray(2 * gammaincinv(freedom / 2, self.uniform(1)[:, 0]), dtype=np.float64)

    def triangle(self, rows: int, freedom: int) -> Floats:
        r"""Lower trapezoidal L of min(rows, freedom) columns, L Lᵀ ~ Wishart_rows(freedom, I): shape (count, rows, columns)."""
        columns = min(rows, freedom)
        lower = np.zeros((self.count, rows, columns))
        for row in range(columns):
            lower[:, row, row] = np.sqrt(self.chi_square(freedom - row))
        for row in range(1, rows):
            lower[:, row, : min(row, columns)] = self.normal(min(row, columns))
        return lower


@cache
def _lattice(size: int, block: int) -> Floats:
    r"""Korobov lattice with a random shift and the tent map, inside (0, 1): shape (N, LATTICE_DIMENSIONS)."""
    generator = np.array([pow(_MULTIPLIERS[size], j, size) for j in range(LATTICE_DIMENSIONS)])
    shift = np.random.Generator(np.random.PCG64([size, block])).random(LATTICE_DIMENSIONS)
    base = (np.arange(size)[:, None] * generator % size / size + shift) % 1.0
    tent = 1 - np.abs(2 * base - 1)
    return np.asarray(tent * (1 - 2 * _INSIDE) + _INSIDE)
