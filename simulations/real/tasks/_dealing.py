r"""How items are dealt to the four parts of a split, and how samples are put together from what a part was dealt."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simulations.real.tasks._task import PARTS
from theory.model import ParameterError

__all__ = ["LARGEST", "SHARES", "companions", "dealt", "part_size", "same_label_groups"]

Indices = NDArray[np.int64]

SHARES: Mapping[str, float] = {"train": 0.3, "development": 0.1, "test": 0.2, "pool": 0.4}
r"""The share of all items that each part is dealt."""

LARGEST: Mapping[str, int] = {"development": 1000, "test": 2000, "pool": 4000}
r"""The most samples that a part other than train holds, so that large sources cost no more than small ones."""


def dealt(n_items: int, *, rng: np.random.Generator) -> dict[str, Indices]:
    r"""Items dealt out at random: disjoint parts in random order, of sizes ⌊share · n_items⌋.

    Parameters
    ----------
    n_items
        Number of items, numbered from 0.
    rng
        Random generator.

    Returns
    -------
    dict
        For each part the items it was dealt.

    Examples
    --------
    >>> parts = dealt(10, rng=np.random.default_rng(3))
    >>> {part: len(items) for part, items in parts.items()}, len(np.unique(np.concatenate(list(parts.values()))))
    ({'train': 3, 'development': 1, 'test': 2, 'pool': 4}, 10)
    """
    ends = np.cumsum([part_size(part, n_items) for part in PARTS])
    return dict(zip(PARTS, np.split(rng.permutation(n_items), ends)[:-1], strict=True))


def part_size(part: str, n_items: int) -> int:
    r"""How many of the items a part is dealt."""
    return int(SHARES[part] * n_items + 1e-9)  # 0.3 · 10 is not quite 3 in floating point


def same_label_groups(labels: Indices, group: int, *, rng: np.random.Generator) -> Indices:
    r"""Items put into groups of one label each, every item in at most one group, groups in random order.

    Parameters
    ----------
    labels
        ±1 for each item.
    group
        Items of a group.
    rng
        Random generator.

    Returns
    -------
    array
        Positions in `labels`, shape (groups, group).

    Examples
    --------
    >>> groups = same_label_groups(np.array([1, 1, -1, 1, -1, 1]), 2, rng=np.random.default_rng(3))
    >>> groups.shape, len(np.unique(groups))
    ((3, 2), 6)
    """
    grouped = []
    for label in (-1, 1):
        members = rng.permutation(np.flatnonzero(labels == label))
        grouped.append(members[: len(members) // group * group].reshape(-1, group))
    return rng.permutation(np.concatenate(grouped))


def companions(items: Indices, size: int, count: int, *, rng: np.random.Generator) -> Indices:
    r"""For each of `size` samples `count` different items of those given; other samples may have the same.

    Returns
    -------
    array
        Shape (size, count).

    Raises
    ------
    ParameterError
        If there are not as many items.

    Examples
    --------
    >>> drawn = companions(np.arange(5), 1000, 3, rng=np.random.default_rng(3))
    >>> drawn.shape, {len(set(row)) for row in drawn.tolist()}
    ((1000, 3), {3})
    """
    if count > len(items):
        raise ParameterError("count", f"an integer in [0, {len(items)}], the number of items", count)
    drawn = rng.integers(len(items), size=(size, count))
    while (twice := (np.diff(np.sort(drawn, axis=1), axis=1) == 0).any(axis=1)).any():
        drawn[twice] = rng.integers(len(items), size=(twice.sum(), count))
    chosen: Indices = items[drawn]
    return chosen
