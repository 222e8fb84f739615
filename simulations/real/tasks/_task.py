r"""Contextual tasks made of real data: what a batch holds, what a split promises, what a task can do."""

from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError

__all__ = ["PARTS", "RealBatch", "RealSplit", "Task"]

Array = NDArray[np.float64]

PARTS = ("train", "development", "test", "pool")


@dataclass(frozen=True)
class RealBatch:
    r"""Samples (X, y) of real data, with what is hidden from the learner.

    Parameters
    ----------
    tokens
        X, shape (size, T, d).
    labels
        y = ±1, shape (size,).
    relevant
        Which tokens are context-relevant, boolean, shape (size, T).
    items
        The source item (image, photograph or sentence) of every token, integer, shape (size, T).
    """

    tokens: Array
    labels: Array
    relevant: NDArray[np.bool_]
    items: NDArray[np.int64]

    @property
    def size(self) -> int:
        r"""Number of samples."""
        return len(self.labels)

    def first(self, size: int) -> "RealBatch":
        r"""The first samples. Samples are in random order, so the smaller training sets of a learning curve are these.

        Raises
        ------
        ParameterError
            If there are fewer samples.
        """
        if not 1 <= size <= self.size:
            raise ParameterError("size", f"an integer in [1, {self.size}], the number of samples", size)
        return RealBatch(self.tokens[:size], self.labels[:size], self.relevant[:size], self.items[:size])


@dataclass(frozen=True)
class RealSplit:
    r"""Four batches without a common source item.

    Parameters
    ----------
    train
        What a learner is trained on.
    development
        Where hyper-parameters are chosen.
    test
        Where accuracy is measured.
    pool
        A large batch of its own: encoders and whitening are fitted on it, and a prediction of the theory is made from it alone.

    Raises
    ------
    ValueError
        If an item occurs in two batches.
    """

    train: RealBatch
    development: RealBatch
    test: RealBatch
    pool: RealBatch

    def __post_init__(self) -> None:
        used = {part: np.unique(getattr(self, part).items) for part in PARTS}
        for one, other in combinations(PARTS, 2):
            both = np.intersect1d(used[one], used[other], assume_unique=True)
            if len(both):
                raise ValueError(f"source item {both[0]} occurs in both {one} and {other}")


class Task(Protocol):
    r"""A contextual task: T tokens, m of them relevant, in d dimensions, and fresh splits of its data."""

    @property
    def name(self) -> str:
        r"""A short name for tables and random streams; it tells all parameters of the task."""

    @property
    def n_tokens(self) -> int:
        r"""T, tokens of a sample."""

    @property
    def n_relevant(self) -> int:
        r"""m, relevant tokens of a sample."""

    @property
    def dim(self) -> int:
        r"""d, dimension of a token."""

    @property
    def largest_train(self) -> int:
        r"""The largest n_train of a split."""

    def split(self, n_train: int, *, rng: np.random.Generator) -> RealSplit:
        r"""A fresh split: items are dealt out to the four parts anew, and encoders fitted anew on the pool.

        Equal streams give equal splits; if only n_train differs, all parts but train are equal.

        Parameters
        ----------
        n_train
            Number of training samples, 1 to `largest_train`.
        rng
            Random generator.

        Raises
        ------
        ParameterError
            If there are not as many items for training.
        """
