r"""Training sets from points, in as few columns as there are samples, and sums over them whose means are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt import KnownSums, Points, SampleLaw

__all__ = ["TrainingSets", "drawn_sets", "known_sums"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrainingSets:
    r"""Special columns c (N, n, r), scales s (N, n) and the Gaussian matrix L (N, n, min(n, p′)): designs (c, DL)."""

    columns: Floats
    scale: Floats
    matrix: Floats

    @property
    def designs(self) -> Floats:
        r"""(c, D L), shape (N, n, r + min(n, p′))."""
        return np.concatenate([self.columns, self.scale[..., None] * self.matrix], axis=2)


def drawn_sets(law: SampleLaw, n_samples: int, points: Points) -> TrainingSets:
    r"""Training sets of n samples: {eq}`eq-any-prompt-design`, with H replaced by the triangle L of H = LO where n < p′.

    The head and its error depend on H through HHᵀ alone, and LLᵀ has the Wishart law of that.
    """
    edges = np.cumsum(law.weights)
    index = np.searchsorted(edges[:-1], points.uniform(n_samples) * edges[-1], side="right")
    scale = law.scale[index]
    columns = law.special.T[index] + points.normal(n_samples, law.factor.shape[1]) @ law.factor.T * scale[..., None]
    if n_samples < law.isotropic:
        return TrainingSets(columns, scale, points.triangle(n_samples, law.isotropic))
    return TrainingSets(columns, scale, points.normal(n_samples, law.isotropic))


def known_sums(sums: KnownSums, sets: TrainingSets) -> Floats:
    r"""Controls of mean 0, shape (N, any): the sums over samples of `KnownSums`, and what the Gaussian matrix makes of them.

    .. math:: Y^TD\,LL^TD\,Y - p'\,Y^TD^2Y, \qquad Y = \varphi(D)\,(c, 1),

    of mean 0 given (c, D): what a head of weights φ would learn across the special columns.
    """
    c, s = sets.columns, sets.scale
    i, j = np.tril_indices(c.shape[2] + 1)
    parts = [sums.controls(c, s)]
    for share in sums.shares(s) if sums.law.isotropic else []:
        weighted = np.concatenate([c, np.ones((*s.shape, 1))], axis=2) * (share * s)[..., None]
        learnt = sets.matrix.transpose(0, 2, 1) @ weighted
        mean = sums.law.isotropic * weighted.transpose(0, 2, 1) @ weighted
        size = np.sqrt(np.einsum("bii->i", mean) / len(mean)) + 1e-300
        parts.append(((learnt.transpose(0, 2, 1) @ learnt - mean) / np.outer(size, size))[:, i, j])
    return np.concatenate(parts, axis=1)
