r"""Coordinates in which a batch of training problems is no larger than it must be."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["reduced_designs", "restored_heads"]

Array = NDArray[np.float64]


def reduced_designs(designs: Array) -> tuple[Array, Array | None]:
    r"""Designs with as few columns as rows at most, and the bases that lead back.

    A ridge keeps the head in the span of its samples: U = L Bᵀ with orthonormal B gives Uw = Lz and |w| = |z| for w = Bz.

    Parameters
    ----------
    designs
        U, shape (size, n, p), rows yᵢxᵢ.

    Returns
    -------
    designs, bases
        Shapes (size, n, min(n, p)) and (size, p, n); no bases where n >= p.
    """
    if designs.shape[1] >= designs.shape[2]:
        return designs, None
    bases, triangular = np.linalg.qr(designs.transpose(0, 2, 1))
    return np.ascontiguousarray(triangular.transpose(0, 2, 1)), bases


def restored_heads(heads: Array, bases: Array | None) -> Array:
    r"""Heads in the original coordinates, shape (size, p)."""
    if bases is None:
        return heads
    result: Array = np.einsum("bpk,bk->bp", bases, heads)
    return result
