"""Laws of the random streams and of the schedule of blocks."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from simulations.engine import block_sizes, canonical, finished_blocks, stream


def test_equal_keys_give_equal_streams_whatever_was_drawn_before() -> None:
    first = stream(11, "claim", "T=64", 3).standard_normal(5)
    stream(11, "claim", "T=64", 2).standard_normal(1000)
    assert_array_equal(stream(11, "claim", "T=64", 3).standard_normal(5), first)


def test_every_part_of_the_key_matters() -> None:
    keys = [("a", 3), ("a", 4), ("b", 3), ("a", "3"), ("a3",), ("3", "a"), (3, "a")]
    draws = [stream(seed, *key).random() for seed in (5, 6) for key in keys]
    assert len(set(draws)) == len(draws)


def test_numpy_integers_are_the_same_names() -> None:
    expected = stream(7, "head-error", np.int64(2)).integers(0, 1000, 6)
    assert_array_equal(stream(7, "head-error", 2).integers(0, 1000, 6), expected)


def test_streams_of_different_keys_are_uncorrelated() -> None:
    n, m = 4000, 12
    draws = np.array([stream(3, "claim", k).standard_normal(n) for k in range(m)])
    correlations = np.corrcoef(draws)[np.triu_indices(m, 1)]
    assert np.abs(correlations).max() < 6.0 / np.sqrt(n)


def test_canonical_ignores_order_and_numpy_types() -> None:
    assert canonical({"T": np.int64(64), "tau": np.float64(1.1)}) == canonical({"tau": 1.1, "T": 64})
    assert canonical({"tau": 0.1 + 0.2}) != canonical({"tau": 0.3})


@pytest.mark.parametrize("value", [float("nan"), [1, 2], object()])
def test_canonical_refuses_what_has_no_plain_name(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="setting tau must be"):
        canonical({"tau": value})


@pytest.mark.parametrize("key", [1.5, None, True])
def test_stream_refuses_keys_that_are_not_names(key: object) -> None:
    with pytest.raises(TypeError, match="strings and integers only"):
        stream(1, key)  # type: ignore[arg-type]  # the point of the test


def test_block_sizes_grow_by_a_sixteenth_up_to_the_largest() -> None:
    sizes = [size for _, size in islice(block_sizes(largest=5000), 120)]
    drawn = np.cumsum(sizes)
    assert sizes[-1] == 5000
    assert all(size <= max(128, before / 16) for size, before in zip(sizes[1:], drawn, strict=False))


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    def work(index: int, size: int) -> np.ndarray:
        return stream(9, "claim", index).standard_normal(size).sum(keepdims=True)

    alone, together = (
        [result for _, result in islice(finished_blocks(work, block_sizes(), workers=workers), 30)] for workers in (1, 2)
    )
    assert_array_equal(alone, together)
