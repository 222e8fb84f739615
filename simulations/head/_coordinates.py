r"""Coordinates in which a batch of training problems is no larger than it must be, and the column of the intercept."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["penalties", "reduced_designs", "restored_heads", "with_intercept"]

Array = NDArray[np.float64]


def with_intercept(designs: Array, labels: Array | None) -> Array:
    r"""Designs with the labels as one more column, if given: yᵢ(wᵀxᵢ + b) = wᵀuᵢ + b yᵢ."""
    return designs if labels is None else np.concatenate([designs, labels[..., None]], axis=-1)


def penalties(designs: Array, ridge: float, labels: Array | None) -> Array:
    r"""The ridge of every column of `with_intercept`: that of the intercept is zero."""
    return np.append(np.full(designs.shape[-1], ridge), np.zeros(0 if labels is None else 1))


def reduced_designs(designs: Array) -> tuple[Array, Array | None]:
    r"""Designs with as few columns as rows at most, and the bases that lead back.

    A ridge keeps the head in the span of its samples: U = L Bᵀ with orthonormal B gives Uw = Lz and |w| = |z| for w = Bz. An
    intercept does not change that: for every b the best w lies in the span.

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
    r"""Heads in the original coordinates, shape (size, p), with the intercept behind them if they have one."""
    if bases is None:
        return heads
    k = bases.shape[2]
    result: Array = np.einsum("bpk,bk->bp", bases, heads[:, :k])
    return np.concatenate([result, heads[:, k:]], axis=1)
