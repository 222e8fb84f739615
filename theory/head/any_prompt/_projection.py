r"""Projection of a few given vectors on a random subspace: what of the random matrix matters comes first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._points import Points

__all__ = ["projection"]

Floats = NDArray[np.float64]


def projection(
    values: Floats, vectors: Floats, lower: Floats, dimension: int, shares: list[Floats], points: Points
) -> tuple[Floats, list[Floats]]:
    r"""P y for the given vectors y, P the projection on the range of diag(v) H, H ~ N(0, 1)^{n×q}.

    The columns of H may be rotated so that all but the first few are orthogonal to v∘y for every y. Those, H₂, are projected out
    and leave y alone; the first ones are X L + (I - X Xᵀ) h, X an orthonormal basis of the v∘y, L Lᵀ a Wishart matrix of q
    degrees of freedom, h standard normal: :eq:`eq-any-prompt-rotated` of docs/head_any_prompt.md.

    Parameters
    ----------
    values
        v > 0, shape (N, n).
    vectors
        y, shape (N, n, j).
    lower
        L of j rows from `Points.triangle`, drawn before.
    dimension
        1 <= q <= n.
    shares
        Weights of the samples, for controls.

    Returns
    -------
    projected, controls
        Shape (N, n, j); and numbers of mean 0 exactly, each of shape (N,), that go along with it.
    """
    n, count = vectors.shape[1], lower.shape[2]
    basis = np.linalg.qr(values[..., None] * vectors)[0]
    rotated = basis @ lower[:, : basis.shape[2]]
    leading = rotated + _off(basis, points.normal(n, count))
    controls = [*_triangle_controls(lower, dimension)]
    for share in shares:
        controls += _gram_excess(basis, rotated, leading, share)
    columns = values[..., None] * leading
    if dimension > count:
        rows = _orthonormal_rows(values, basis, dimension - count, points)
        excess = _seen_gram(values, basis, lower, rows)
        columns -= rows.transpose(0, 2, 1) @ (rows @ columns)
        controls += excess(columns)
    return _on_range(columns, vectors), controls


def _gram_excess(basis: Floats, rotated: Floats, leading: Floats, share: Floats) -> list[Floats]:
    r"""Entries of ΣᵢφᵢhᵢhᵢT over the rows of the first columns, less their means given scales and L; over n."""
    weighted = share[..., None]
    trace = share.sum(axis=1) - np.einsum("bnj,bnj->b", basis, weighted * basis)
    mean = rotated.transpose(0, 2, 1) @ (weighted * rotated) + trace[:, None, None] * np.eye(rotated.shape[2])
    return _entries((leading.transpose(0, 2, 1) @ (weighted * leading) - mean) / share.shape[1])


def _entries(matrices: Floats) -> list[Floats]:
    size = matrices.shape[1]
    return [matrices[:, i, j] for i in range(size) for j in range(i + 1)]


def _orthonormal_rows(values: Floats, basis: Floats, count: int, points: Points) -> Floats:
    r"""An orthonormal basis, as rows, of the range of diag(v) H₂; shape (N, count, n)."""
    noise = values[..., None] * _off(basis, points.normal(values.shape[1], count))
    turned = noise.transpose(0, 2, 1)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(turned @ noise), turned))


def _off(basis: Floats, columns: Floats) -> Floats:
    return columns - basis @ (basis.transpose(0, 2, 1) @ columns)


def _on_range(columns: Floats, vectors: Floats) -> Floats:
    basis = np.linalg.qr(columns)[0]
    return np.asarray(basis @ (basis.transpose(0, 2, 1) @ vectors))


def _triangle_controls(lower: Floats, freedom: int) -> list[Floats]:
    r"""Entries of Bartlett's triangle less their means, squares on the diagonal."""
    rows, columns = lower.shape[1:]
    diagonal = [lower[:, j, j] ** 2 / (freedom - j) - 1 for j in range(columns)]
    return diagonal + [lower[:, i, j] for i in range(rows) for j in range(min(i, columns))]


def _seen_gram(values: Floats, basis: Floats, lower: Floats, rows: Floats) -> Callable[[Floats], list[Floats]]:
    r"""Entries of the Gram matrix of the first columns less their mean given H₂, over the part of it that is noise."""
    left = 1 - np.einsum("bij,bij->bj", rows, rows)  # diagonal of R = I - (projection on H₂)
    scaled = values[..., None] * basis
    seen = rows @ scaled
    gram = scaled.transpose(0, 2, 1) @ scaled - seen.transpose(0, 2, 1) @ seen  # Xᵀ D R D X
    trace = (values**2 * left).sum(axis=1) - np.einsum("bii->b", gram)
    mean = lower.transpose(0, 2, 1) @ gram @ lower + trace[:, None, None] * np.eye(lower.shape[2])

    def excess(columns: Floats) -> list[Floats]:
        return _entries((columns.transpose(0, 2, 1) @ columns - mean) / trace[:, None, None])

    return excess
