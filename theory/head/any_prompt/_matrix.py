r"""Which Gaussian matrix is drawn: the one with fewer columns, as long as its Gram matrix keeps the digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from theory.head.any_prompt._sample_law import SampleLaw

__all__ = ["Matrix", "smaller_matrix"]

_WIDE = 1e4
r"""Ratio of the scales that fix a Gram matrix beyond which it would lose the digits of the quiet samples."""

_WIDEST = 1e9
r"""Ratio of any two scales beyond which the same holds for projections."""

_MARGIN = 1.3  # a training set has its own quantiles


@dataclass(frozen=True)
class Matrix:
    r"""The random matrix of n rows behind a trained head.

    Parameters
    ----------
    kind
        "none", where n <= p′ or p′ = 0; "range" for H; "left" for its left null space; "design" for H where scales spread so
        far that only the whole design keeps the digits.
    columns
        Its number of columns.
    """

    kind: str
    columns: int


def smaller_matrix(laws: Sequence[SampleLaw], n_samples: int) -> Matrix:
    r"""The matrix for n samples of any of these laws, which differ by sampling only."""
    n, rest = n_samples, laws[0].isotropic
    if n <= rest or rest == 0:
        return Matrix("none", 0)
    fewer = min(rest, n - rest)
    if n - rest >= laws[0].columns and any(_is_wide(law, fewer / n, rest > n - rest) for law in laws):
        return Matrix("design", rest)
    return Matrix("left" if rest > n - rest else "range", fewer)


def _is_wide(law: SampleLaw, share: float, inverse: bool) -> bool:
    r"""Whether the samples that fix the Gram matrix, the loudest ones of H or the quietest of its null space, differ widely."""
    share = min(_MARGIN * share, 1.0)
    edges = np.cumsum(law.weights)
    middle = law.scale[min(int(np.searchsorted(edges, (share if inverse else 1 - share) * edges[-1])), len(edges) - 1)]
    ratio = middle / law.scale[0] if inverse else law.scale[-1] / middle
    return bool(ratio > _WIDE or law.scale[-1] > _WIDEST * law.scale[0])
