r"""Arrays of a model as one vector for the minimiser, and back."""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined", "parted"]

Array = NDArray[np.float64]


def joined(parts: Sequence[Array]) -> Array:
    r"""The entries of some arrays as one vector.

    >>> joined([np.ones((2, 2)), np.zeros(1)])
    array([1., 1., 1., 1., 0.])
    """
    return np.concatenate([np.ravel(part) for part in parts])


def parted(vector: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    r"""The arrays of given shapes whose entries follow each other in a vector (views)."""
    sizes = [prod(shape) for shape in shapes]
    cuts = np.cumsum(sizes)[:-1]
    return [piece.reshape(shape) for piece, shape in zip(np.split(vector, cuts), shapes, strict=True)]
