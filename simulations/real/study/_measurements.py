r"""A study: learners on random splits of a task, at several numbers of training samples; finished splits are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from simulations.engine import Store, StoredBlocks, stream
from simulations.real.learners import LEARNERS, LabelledPool, Lesson, accuracy, tuned
from simulations.real.tasks import RealBatch, RealSplit, Task
from theory.model import Choice, Interval, ParameterError

__all__ = ["COLUMNS", "Study", "measured", "relevant_mass"]

Array = NDArray[np.float64]

COLUMNS = ("accuracy", "mass", "first", "second")
r"""What is measured: accuracy on test samples, attention on their relevant tokens (NaN if there is none), the setting chosen."""

_COUNT = Interval(1, integer=True)


@dataclass(frozen=True)
class Study:
    r"""What is run.

    Parameters
    ----------
    task
        The task.
    sizes
        n, numbers of training samples. The smaller training sets are the first samples of the larger ones.
    learners
        Names from `LEARNERS`.
    splits
        Number of random splits.
    root_seed
        Seed of all streams.

    Raises
    ------
    ParameterError
        If a number is outside its domain or a learner is unknown.
    """

    task: Task
    sizes: tuple[int, ...]
    learners: tuple[str, ...] = tuple(LEARNERS)
    splits: int = 20
    root_seed: int = 2023

    def __post_init__(self) -> None:
        if not self.sizes:
            raise ParameterError("sizes", "at least one number of training samples", self.sizes)
        largest = Interval(1, self.task.largest_train, integer=True)
        for size in self.sizes:
            largest.member("sizes", size)
        if not self.learners:
            raise ParameterError("learners", "at least one name", self.learners)
        for name in self.learners:
            Choice(tuple(LEARNERS)).member("learners", name)
        _COUNT.member("splits", self.splits)

    def split(self, index: int) -> RealSplit:
        r"""The data of one split, with the largest training set: the same bits whenever it is asked for."""
        return self.task.split(max(self.sizes), rng=stream(self.root_seed, "real", self.task.name, max(self.sizes), index))

    def memory(self, store: Store) -> StoredBlocks:
        r"""Where finished splits are kept."""
        return store.row("real-study", self.task.name, self.root_seed, *self.sizes, *self.learners)


def measured(study: Study, *, store: Store | None = None, workers: int = 1) -> pd.DataFrame:
    r"""Every learner at every n on every split.

    Parameters
    ----------
    study
        What is run.
    store
        Where finished splits are kept, each as soon as it is finished; a later run takes them from there.
    workers
        Processes. The result does not depend on it, not in a bit.

    Returns
    -------
    DataFrame
        A row for each split, n and learner: `task`, `T`, `m`, `d`, `n`, `learner`, `split`, and `COLUMNS`.
    """
    memory = study.memory(store) if store is not None else None
    results = {} if memory is None else {index: memory.recall((index, 1)) for index in range(study.splits)}
    missing = [index for index in range(study.splits) if results.get(index) is None]
    for index, result in _fresh(study, missing, int(_COUNT.member("workers", workers))):
        if memory is not None:
            memory.keep((index, 1), result)
        results[index] = result
    return _frame(study, np.array([results[index] for index in range(study.splits)]))


def relevant_mass(attention: Array, batch: RealBatch) -> float:
    r"""Attention on relevant tokens, averaged over samples; attention of shape (size, T).

    Examples
    --------
    >>> batch = RealBatch(np.zeros((1, 3, 2)), np.ones(1), np.array([[True, False, True]]), np.zeros((1, 3), dtype=int))
    >>> relevant_mass(np.array([[0.5, 0.3, 0.2]]), batch)
    0.7
    """
    return float((attention * batch.relevant).sum(axis=1).mean())


def _fresh(study: Study, missing: list[int], workers: int) -> Iterator[tuple[int, Array]]:
    r"""Results of splits as they finish, in any order."""
    if workers == 1 or len(missing) < 2:
        yield from (_result(study, index) for index in missing)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(_result)(study, index) for index in missing)


def _result(study: Study, index: int) -> tuple[int, Array]:
    r"""One split: an array of shape (sizes, learners, columns). One thread, so that sums are taken in one order."""
    with threadpool_limits(1):
        split = study.split(index)
        pool = LabelledPool(split.pool)
        rows = [_row(name, Lesson(split.train.first(size), pool), split) for size in study.sizes for name in study.learners]
    return index, np.array(rows).reshape(len(study.sizes), len(study.learners), len(COLUMNS))


def _row(name: str, lesson: Lesson, split: RealSplit) -> tuple[float, float, float, float]:
    classifier, setting = tuned(LEARNERS[name], lesson, split.development)
    attention = classifier.attention(split.test)
    mass = np.nan if attention is None else relevant_mass(attention, split.test)
    return accuracy(classifier, split.test), mass, setting.first, setting.second


def _frame(study: Study, results: Array) -> pd.DataFrame:
    task = study.task
    keys = pd.MultiIndex.from_product([range(study.splits), study.sizes, study.learners], names=["split", "n", "learner"])
    frame = pd.DataFrame(results.reshape(prod(results.shape[:3]), len(COLUMNS)), columns=list(COLUMNS), index=keys).reset_index()
    about = (("task", task.name), ("T", task.n_tokens), ("m", task.n_relevant), ("d", task.dim))
    for position, (name, value) in enumerate(about):
        frame.insert(position, name, value)
    return frame
