r"""The direction that tells relevant tokens from irrelevant ones, by logistic regression on labelled tokens."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._pooled_heads import logistic_head
from simulations.real.tasks import RealBatch

__all__ = ["LabelledPool"]

Array = NDArray[np.float64]

_RIDGE = 1e-3  # small, as tokens of a pool are many: the slope stays finite where they separate


@dataclass(frozen=True)
class LabelledPool:
    r"""Samples whose relevant tokens are known, apart from all that is trained or tested on.

    Parameters
    ----------
    batch
        The pool of a split.
    """

    batch: RealBatch

    @cached_property
    def relevance_direction(self) -> Array:
        r"""The slope c of the log-odds of relevance, log P(relevant | x)/P(irrelevant | x) = cᵀx + c₀, shape (d,).

        With one relevant token per sample, and tokens independent given which it is, the posterior of its place is exactly
        softmax(X c): the constant c₀ drops out.
        """
        rows = self.batch.tokens.reshape(-1, self.batch.tokens.shape[2])
        return logistic_head(rows, np.where(self.batch.relevant.ravel(), 1.0, -1.0), _RIDGE).weights
