r"""Heads trained by least squares, drawn from their exact law: no matrix of samples by coordinates is inverted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.head.any_prompt._matrix import Matrix
from theory.head.any_prompt._points import Points
from theory.head.any_prompt._projection import projection
from theory.head.any_prompt._sample_law import SampleLaw
from theory.head.any_prompt._sums import KnownSums

__all__ = ["Heads", "drawn_heads", "wrong_sign"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heads:
    r"""Trained heads: coefficients of the special columns, and the length of the rest, whose direction is uniform.

    Parameters
    ----------
    special
        Shape (N, r).
    across
        |w_rest| >= 0, shape (N,).
    controls
        Numbers of mean 0, shape (N, any).
    """

    special: Floats
    across: Floats
    controls: Floats


@dataclass(frozen=True, eq=False)
class _Training:
    r"""Special columns c (N, n, r), targets 1 - c α (N, n) and scales s (N, n) of N training sets."""

    columns: Floats
    target: Floats
    scale: Floats

    @property
    def joined(self) -> Floats:
        r"""(c, target), shape (N, n, r + 1)."""
        return np.concatenate([self.columns, self.target[..., None]], axis=2)


def drawn_heads(sums: KnownSums, points: Points, matrix: Matrix) -> Heads:
    r"""Least-squares heads on n samples, of minimum norm where there are fewer samples than coefficients.

    Equations :eq:`eq-any-prompt-few` (n <= p′) and :eq:`eq-any-prompt-many` (beyond) of docs/head_any_prompt.md.

    Parameters
    ----------
    sums
        The law of a sample, n, and the sums whose means are known.
    points
        Source of the scalars, the most important ones first.
    matrix
        From `smaller_matrix`.
    """
    law, n = sums.law, sums.n_samples
    rest, r = law.isotropic, law.columns
    lead = points.chi_square(n - rest + 1) if n > rest > 0 else np.ones(points.count)
    lower = _triangle(law, n, points, matrix)
    index = _nodes(law, points.uniform(n))
    training = _training(law, index, points)
    controls = sums.controls(training.columns, training.scale)
    chi = [lead / (n - rest + 1) - 1] if n > rest > 0 else []
    if n <= rest:
        shift, across, own = _interpolating(law, training, lower)
    elif n - rest < r:
        shift, across, own = _barely_interpolating(law, training, points)
    else:
        shift, across, own = _fitting(training, lead, lower, sums.shares(training.scale), points, matrix)
    return Heads(law.anchor + shift, across, np.column_stack([controls, *chi, *own]))


def wrong_sign(sums: KnownSums, points: Points) -> tuple[Floats, Floats]:
    r"""Probability, given the scales, that the only coefficient is negative: Q(Σ special/(|F|·√Σs²)); and controls."""
    law = sums.law
    index = _nodes(law, points.uniform(sums.n_samples))
    mean, scale = law.special[0][index], law.scale[index]
    spread = np.linalg.norm(law.factor) * np.linalg.norm(scale, axis=1)
    return np.asarray(ndtr(-mean.sum(axis=1) / spread)), np.column_stack([mean.mean(axis=1) - law.special[0] @ law.weights])


def _triangle(law: SampleLaw, n: int, points: Points, matrix: Matrix) -> Floats:
    r"""The scalars of the random matrix that matter most."""
    rows = law.columns + 1
    if n <= law.isotropic:
        size = min(rows, n)
        return points.triangle(size, law.isotropic - n + size)
    return points.triangle(rows, matrix.columns) if matrix.kind in ("range", "left") else np.zeros((points.count, rows, 0))


def _nodes(law: SampleLaw, uniform: Floats) -> NDArray[np.intp]:
    edges = np.cumsum(law.weights)
    index: NDArray[np.intp] = np.searchsorted(edges[:-1], uniform * edges[-1], side="right")
    return index


def _training(law: SampleLaw, index: NDArray[np.intp], points: Points) -> _Training:
    scale = law.scale[index]
    gauss = points.normal(index.shape[1], law.factor.shape[1]) @ law.factor.T
    gauss *= scale[..., None]
    return _Training(law.special.T[index] + gauss, law.target[index] - gauss @ law.anchor, scale)


def _fitting(
    training: _Training, chi_square: Floats, lower: Floats, shares: list[Floats], points: Points, matrix: Matrix
) -> tuple[Floats, Floats, list[Floats]]:
    r"""n >= p′ + r: M projects on what H leaves, w = (cᵀMc)⁻¹cᵀM1, |w_rest|² = |D⁻¹(I - M)(1 - c w)|²/χ²."""
    vectors, own = training.joined, list[Floats]()
    if matrix.kind == "none":
        shift = _solution(vectors[..., :-1], vectors[..., -1])
        return shift, np.zeros(len(shift)), own
    if matrix.kind == "design":
        return *_regression(training, points.normal(training.scale.shape[1], matrix.columns)), own
    if matrix.kind == "range":
        gone, own = projection(training.scale, vectors, lower, matrix.columns, shares, points)
        left = vectors - gone
    else:
        left, own = projection(1 / training.scale, vectors, lower, matrix.columns, shares, points)
        gone = vectors - left
    shift = _solution(left[..., :-1], left[..., -1])
    rest = _residual(gone, shift) / training.scale
    return shift, np.sqrt((rest**2).sum(axis=1) / chi_square), own


def _regression(training: _Training, noise: Floats) -> tuple[Floats, Floats]:
    r"""The same from the whole design, by Householder reflections that keep the digits of every row: loud rows come first."""
    columns, r = noise.shape[2], training.columns.shape[2]
    order = np.argsort(-training.scale, axis=1)[..., None]
    design = np.concatenate([training.scale[..., None] * noise, training.joined], axis=2)
    triangle = np.asarray(np.linalg.qr(np.take_along_axis(design, order, axis=1), mode="r"))
    lower = triangle[:, columns:, columns:]
    shift = np.linalg.solve(lower[:, :r, :r], lower[:, :r, r:])[..., 0]
    rest = _residual(triangle[:, :columns, columns:], shift)
    return shift, np.linalg.norm(np.linalg.solve(triangle[:, :columns, :columns], rest[..., None])[..., 0], axis=1)


def _solution(columns: Floats, target: Floats) -> Floats:
    r"""argmin |target - columns w| for every problem."""
    basis, triangle = np.linalg.qr(columns)
    return np.asarray(np.linalg.solve(triangle, basis.transpose(0, 2, 1) @ target[..., None])[..., 0])


def _residual(vectors: Floats, shift: Floats) -> Floats:
    r"""(target - c w) of joined vectors (c, target)."""
    return np.asarray(vectors[..., -1] - np.einsum("bnr,br->bn", vectors[..., :-1], shift))


def _interpolating(law: SampleLaw, training: _Training, lower: Floats) -> tuple[Floats, Floats, list[Floats]]:
    r"""n <= p′: K = VᵀS⁻¹V of V = D⁻¹(c, target), S ~ Wishart_n(p′), and the shortest head."""
    vectors = training.joined / training.scale[..., None]
    half, own = _root_form(vectors, lower, law.isotropic - training.scale.shape[1])
    shift, across = _shortest(half, np.broadcast_to(np.eye(law.columns), (len(half), law.columns, law.columns)), law.anchor, law)
    return shift, across, own


def _root_form(vectors: Floats, lower: Floats, excess: int) -> tuple[Floats, list[Floats]]:
    r"""A root L⁻¹R of K = VᵀS⁻¹V, S Wishart of `excess` degrees of freedom more than its dimension; V = QR, LLᵀ Wishart too."""
    size = lower.shape[1]  # the rank of V, which may have more columns
    half = np.linalg.solve(lower, np.linalg.qr(vectors)[1][:, :size])
    diagonal = [lower[:, j, j] ** 2 / (excess + size - j) - 1 for j in range(size)]
    return half, diagonal + [lower[:, i, j] for i in range(size) for j in range(i)]


def _shortest(half: Floats, free: Floats, start: Floats, law: SampleLaw) -> tuple[Floats, Floats]:
    r"""argmin over z of |h₁ - h_c z|² + |√Λ(start + free z)|², (h_c, h₁) = half; and |h₁ - h_c z| there."""
    root = np.sqrt(law.penalised)
    columns = np.concatenate([half[..., :-1], root[:, None] * free], axis=1)
    held = np.broadcast_to(-root * start, (len(half), law.columns))
    shift = _solution(columns, np.concatenate([half[..., -1], held], axis=1))
    return shift, np.linalg.norm(_residual(half, shift), axis=1)


def _barely_interpolating(law: SampleLaw, training: _Training, points: Points) -> tuple[Floats, Floats, list[Floats]]:
    r"""p′ < n < p′ + r: one constraint on w for every direction that H leaves, and the shortest head of those that meet them."""
    size, n = training.scale.shape
    rest = law.isotropic
    normal = points.normal(n, n - rest)
    vectors = training.joined / training.scale[..., None]
    constraints = normal.transpose(0, 2, 1) @ vectors
    u, d, vt = np.linalg.svd(constraints[..., :-1])
    start = np.einsum("bji,bj->bi", vt[:, : n - rest], np.einsum("bij,bi->bj", u, constraints[..., -1]) / d)
    free = vt[:, n - rest :].transpose(0, 2, 1)  # (N, r, f)
    moving = np.concatenate([vectors[..., :-1] @ free, _residual(vectors, start)[..., None]], axis=2)
    rank = min(rest, moving.shape[2])
    half, own = np.zeros((size, 0, moving.shape[2])), list[Floats]()
    if rest:
        half, own = _root_form(moving, points.triangle(rank, n - rest + rank), n - rest)
    step, across = _shortest(half, free, law.anchor + start, law)
    return start + np.einsum("brf,bf->br", free, step), across, own
