r"""Least squares for many small problems at once: minimum-norm when underdetermined, safe when nearly singular."""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["centred_least_squares", "least_squares", "smaller_gram_solution"]

Array = NDArray[np.float64]

_SMALLEST_PIVOT = 1e-9
r"""Below this squared pivot of the unit-diagonal Gram matrix a problem is solved again by singular values."""


def least_squares(designs: Array, targets: Array) -> Array:
    r"""The minimiser of |t - U w|² of every problem; of all minimisers the shortest.

    .. math::

        w = (U^\top U)^{-1} U^\top t \quad (n \ge p), \qquad w = U^\top (U U^\top)^{-1} t \quad (n < p)

    The smaller Gram matrix is scaled to unit diagonal and solved. Where one of its Cholesky pivots is below 1e-9, or it
    has none, the problem goes to a singular value decomposition, which also covers deficient rank: the Gram matrix
    squares the condition number, so that about half of the digits would be lost there.

    Parameters
    ----------
    designs
        U, shape (size, n, p).
    targets
        t, shape (n,) if the same for every problem, else (size, n).

    Returns
    -------
    array
        w, shape (size, p).

    Examples
    --------
    >>> least_squares(np.array([[[2.0, 0.0], [0.0, 4.0], [0.0, 0.0]]]), np.array([1.0, 1.0, 1.0]))
    array([[0.5 , 0.25]])
    >>> least_squares(np.array([[[3.0, 4.0]]]), np.array([25.0]))
    array([[3., 4.]])
    """
    solutions, trusted = smaller_gram_solution(designs, targets)
    for index in np.flatnonzero(~trusted):
        solutions[index] = np.linalg.lstsq(designs[index], targets[index] if targets.ndim > 1 else targets, rcond=None)[0]
    return solutions


def centred_least_squares(designs: Array, targets: Array) -> tuple[Array, Array]:
    r"""The minimiser (w, b) of |t - b - X w|² of every problem; of all minimisers the one with the shortest w.

    A reflection sends (1, …, 1) to √n e1. It turns the first row of the design into √n x̄, and the other n - 1 rows
    into the centred problem, in which b is absent; then b = t̄ - <w, x̄>.

    Parameters
    ----------
    designs
        X, shape (size, n, p); overwritten.
    targets
        t, shape (n,) if the same for every problem, else (size, n).

    Returns
    -------
    weights, intercept
        Shapes (size, p) and (size,).

    Examples
    --------
    >>> centred_least_squares(np.array([[[1.0], [2.0], [3.0]]]), np.array([5.0, 7.0, 9.0]))
    (array([[2.]]), array([3.]))
    """
    size, n, p = designs.shape
    if n == 1:
        return np.zeros((size, p)), np.broadcast_to(targets[..., 0], size).astype(float)
    mirror = np.full(n, 1 / math.sqrt(n))
    mirror[0] -= 1
    mirror *= math.sqrt(2) / np.linalg.norm(mirror)
    designs -= mirror[:, None] * (mirror @ designs)[:, None, :]
    reflected = targets - mirror * (targets @ mirror)[..., None]
    weights = least_squares(designs[:, 1:], reflected[..., 1:])
    intercept = targets.mean(axis=-1) - np.einsum("bj,bj->b", weights, designs[:, 0]) / math.sqrt(n)
    return weights, intercept


def smaller_gram_solution(designs: Array, targets: Array) -> tuple[Array, NDArray[np.bool_]]:
    r"""Solutions by the smaller Gram matrix, and which of them can be trusted."""
    _, n, p = designs.shape
    transposed = designs.transpose(0, 2, 1)
    overdetermined = n >= p
    gram = transposed @ designs if overdetermined else designs @ transposed
    scale = np.sqrt(np.einsum("bii->bi", gram))
    scale[scale == 0] = np.inf  # a zero row or column: its pivot is zero, and the problem is not trusted
    gram /= scale[:, :, None]
    gram /= scale[:, None, :]
    trusted = _well_pivoted(gram)
    gram[~trusted] = np.eye(gram.shape[-1])
    right = (_times(transposed, targets) if overdetermined else np.broadcast_to(targets, scale.shape)) / scale
    solutions = np.linalg.solve(gram, right[:, :, None])[:, :, 0] / scale
    return (solutions if overdetermined else (transposed @ solutions[:, :, None])[:, :, 0]), trusted


def _times(matrices: Array, vectors: Array) -> Array:
    result: Array = matrices @ vectors if vectors.ndim == 1 else (matrices @ vectors[..., None])[..., 0]
    return result


def _well_pivoted(gram: Array) -> NDArray[np.bool_]:
    r"""Which unit-diagonal Gram matrices have Cholesky pivots that are all well above rounding."""
    try:
        pivots = np.einsum("bii->bi", np.linalg.cholesky(gram)) ** 2
    except np.linalg.LinAlgError:
        if len(gram) == 1:
            return np.zeros(1, dtype=bool)
        half = len(gram) // 2
        return np.concatenate([_well_pivoted(gram[:half]), _well_pivoted(gram[half:])])
    good: NDArray[np.bool_] = pivots.min(axis=1) > _SMALLEST_PIVOT
    return good
