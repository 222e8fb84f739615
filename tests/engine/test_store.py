"""Laws of the store: what was kept is recalled to the last bit, what was cut short is made again."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

from simulations.engine import Store, block_sizes, code_fingerprint, finished_blocks, stream


def _blocks(store: Store, count: int, made: list[int]) -> list[np.ndarray]:
    def work(index: int, size: int) -> np.ndarray:
        made.append(index)
        return stream(3, "claim", index).standard_normal((2, size)).sum(axis=1)

    return [result for _, result in islice(finished_blocks(work, block_sizes(), memory=store.row("claim", 7)), count)]


def test_finished_blocks_are_recalled_to_the_last_bit(tmp_path: Path) -> None:
    first: list[int] = []
    again: list[int] = []
    before = _blocks(Store(tmp_path, "code"), 12, first)
    after = _blocks(Store(tmp_path, "code"), 15, again)
    assert_array_equal(before, after[:12])
    assert (first, again) == (list(range(12)), [12, 13, 14])


def test_a_line_that_a_kill_cut_short_is_made_again(tmp_path: Path) -> None:
    made: list[int] = []
    whole = _blocks(Store(tmp_path, "code"), 9, [])
    path = Store(tmp_path, "code").row("claim", 7).path
    text = path.read_bytes()
    for cut in (len(text) - 1, len(text) - 20):
        path.write_bytes(text[:cut])
        made.clear()
        assert_array_equal(_blocks(Store(tmp_path, "code"), 9, made), whole)
        assert made == [8]
        assert path.read_bytes() == text


def test_a_changed_digit_is_noticed(tmp_path: Path) -> None:
    made: list[int] = []
    whole = _blocks(Store(tmp_path, "code"), 5, [])
    path = Store(tmp_path, "code").row("claim", 7).path
    lines = path.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace('"data": "', '"data": "AAAA', 1)
    path.write_text("".join(lines))
    assert_array_equal(_blocks(Store(tmp_path, "code"), 5, made), whole)
    assert made == [3, 4]


def test_other_code_other_key_other_row(tmp_path: Path) -> None:
    paths = {
        Store(tmp_path, code).row(*key).path
        for code in ("old", "new")
        for key in (("claim", 7), ("claim", 8), ("claim7",), ("7", "claim"))
    }
    assert len(paths) == 8


def test_fingerprint_follows_the_code_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = code_fingerprint(tmp_path)
    (tmp_path / "table.csv").write_text("1,2\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "b.py").write_text("y = 2\n")
    assert code_fingerprint(tmp_path) == first
    (tmp_path / "a.py").write_text("x = 2\n")
    assert code_fingerprint(tmp_path) != first


def test_pruning_keeps_this_code_and_the_last_used(tmp_path: Path) -> None:
    for age, code in enumerate(("newest", "older", "oldest", "current")):
        store = Store(tmp_path, code)
        store.row("claim").keep((0, 1), np.array([1.0]))
        os.utime(store.home, (10**9 - age, 10**9 - age))
    Store(tmp_path, "current").prune(keep=3)
    kept = {code for code in ("newest", "older", "oldest", "current") if Store(tmp_path, code).home.exists()}
    assert kept == {"newest", "older", "current"}
