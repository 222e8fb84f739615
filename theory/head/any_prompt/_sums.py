r"""Sums over training samples whose means are known: what they explain of an error needs no averaging."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._sample_law import SampleLaw
from theory.numerics import bracketed_root

__all__ = ["KnownSums"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KnownSums:
    r"""Entries of Σᵢ φ(sᵢ) (1, cᵢ)(1, cᵢ)ᵀ less their means, over their sizes, for the φ that the limit of the head is made of.

    With E[ξs²/(1 + ξs²)] + λξ = p′/n these are 1/(1 + ξs²) and its square; where n <= p′ it is 1/s², without a ridge.

    Parameters
    ----------
    law, n_samples, penalty
        The law of a sample, n, and λ in units of σ².
    """

    law: SampleLaw
    n_samples: int
    penalty: float = 0.0

    @cached_property
    def ridge(self) -> float:
        r"""ξ; inf where n <= p′ without a ridge."""
        ratio = self.law.isotropic / self.n_samples
        if ratio >= 1 and self.penalty == 0:
            return np.inf
        if ratio == 0:
            return 0.0
        log_b = 2 * np.log(self.law.scale)

        def gap(log_ridge: float) -> float:
            explained = float(self.law.weights @ (1 / (1 + np.exp(-np.clip(log_ridge + log_b, -700, 700)))))
            return explained + self.penalty * math.exp(min(log_ridge, 700.0)) - ratio

        low, high = -log_b.max() - 80.0, -log_b.min() + 80.0
        if self.penalty > 0:  # λξ alone is at most the ratio, and at low ends both terms are at most a quarter of it
            most = math.log(ratio / self.penalty)
            low, high = min(low, most - 1.4, math.log(ratio) - log_b.max() - 1.4), most + 1.0
        return float(np.exp(bracketed_root(gap, low, high)))

    def shares(self, scale: Floats) -> list[Floats]:
        r"""The φ at some scales."""
        if np.isinf(self.ridge):
            return [(self.law.scale[0] / scale) ** 2]
        share = 1 / (1 + self.ridge * scale**2)
        return [share, share**2] if self.ridge else [share]

    @cached_property
    def means(self) -> list[Floats]:
        r"""E φ (1, c)(1, c)ᵀ for every φ."""
        law = self.law
        lifted = np.vstack([np.ones_like(law.scale), law.special])
        covariance = np.zeros((law.columns + 1, law.columns + 1))
        covariance[1:, 1:] = law.factor @ law.factor.T
        products = lifted[:, None] * lifted + covariance[..., None] * law.scale**2
        return [products @ (law.weights * share) for share in self.shares(law.scale)]

    def controls(self, columns: Floats, scale: Floats) -> Floats:
        r"""The sums for training sets of special columns (N, n, r) and scales (N, n): shape (N, any)."""
        lifted = np.concatenate([np.ones((*scale.shape, 1)), columns], axis=2)
        i, j = np.tril_indices(lifted.shape[2])
        parts = []
        for share, mean in zip(self.shares(scale), self.means, strict=True):
            sums = lifted.transpose(0, 2, 1) @ (share[..., None] * lifted) / scale.shape[1] - mean
            size = np.sqrt(np.diag(mean))
            parts.append(sums[:, i, j] / (size[i] * size[j] + 1e-300))
        return np.concatenate(parts, axis=1)
