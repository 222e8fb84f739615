r"""Blocks of draws: sizes that depend on counts only, work on one or more processes, results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "Memory", "block_sizes", "finished_blocks"]

Block = tuple[int, int]
r"""Index and size of a block of draws."""


class Memory(Protocol):
    r"""Where finished blocks are kept between runs."""

    def recall(self, block: Block) -> NDArray[np.float64] | None:
        r"""Result of a block that an earlier run finished, or None."""

    def keep(self, block: Block, result: NDArray[np.float64]) -> None:
        r"""Keep the result of a block."""


def block_sizes(*, first: int = 128, largest: int = 32768) -> Iterator[Block]:
    r"""Endless schedule: `first` draws, then a sixteenth of the draws so far, at least `first`, at most `largest`.

    A verdict is looked at after each block, so it overshoots by at most a sixteenth of its draws, and its
    number of looks grows with the logarithm of the number of draws.

    Parameters
    ----------
    first, largest
        At least 1.

    Yields
    ------
    (index, size)

    Examples
    --------
    >>> from itertools import islice
    >>> [size for _, size in islice(block_sizes(first=100, largest=105), 19)][-4:]
    [100, 100, 105, 105]
    """
    index, drawn = 0, 0
    while True:
        size = min(max(first, drawn // 16), max(largest, 1))
        yield index, size
        index, drawn = index + 1, drawn + size


def finished_blocks(
    work: Callable[[int, int], NDArray[np.float64]],
    schedule: Iterator[Block],
    *,
    workers: int = 1,
    memory: Memory | None = None,
) -> Iterator[tuple[Block, NDArray[np.float64]]]:
    r"""Results of `work(index, size)` along a schedule, always in order of the schedule.

    With several workers, as many blocks are computed ahead at once; results that are not asked for are
    dropped, so what a caller sees does not depend on the number of workers.

    Parameters
    ----------
    work
        A pure function of (index, size).
    schedule
        Blocks.
    workers
        Processes >= 1 (joblib).
    memory
        Blocks that an earlier run finished are recalled from here, new ones are kept.

    Yields
    ------
    ((index, size), result)

    Examples
    --------
    >>> results = finished_blocks(lambda index, size: np.full(1, float(index * size)), block_sizes())
    >>> [float(next(results)[1][0]) for _ in range(3)]
    [0.0, 128.0, 256.0]
    """
    while wave := list(islice(schedule, workers)):
        known = {block: memory.recall(block) for block in wave} if memory is not None else {}
        missing = [block for block in wave if known.get(block) is None]
        fresh = dict(zip(missing, _results(work, missing, workers), strict=True))
        for block in wave:
            if memory is not None and block in fresh:
                memory.keep(block, fresh[block])
            recalled = known.get(block)
            yield block, fresh[block] if recalled is None else recalled


def _results(work: Callable[[int, int], NDArray[np.float64]], blocks: list[Block], workers: int) -> list[NDArray[np.float64]]:
    # few draws are sooner done than sent to other processes
    if workers == 1 or len(blocks) < 2 or sum(size for _, size in blocks) < 2048:
        return [work(index, size) for index, size in blocks]
    from joblib import Parallel, delayed

    results: list[NDArray[np.float64]] = Parallel(n_jobs=workers)(delayed(work)(*block) for block in blocks)
    return results
