r"""Sources of images: what they hold, and what they say when a file is missing, cut short, or another."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from simulations.real.sources import (
    PHOTOGRAPHS,
    CorruptSourceError,
    MissingSourceError,
    digits,
    fashion_mnist,
    idx_array,
    mnist,
    mnist_from,
    read_photograph,
    squares,
)
from tests.real.available import or_skip

FASHION_FILES = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


@pytest.mark.parametrize(
    ("source", "side", "counts"), [(mnist, 28, [500] * 10), (digits, 8, None), (fashion_mnist, 28, [7000] * 10)]
)
def test_source_holds_the_images_that_it_is_known_for(source, side: int, counts: list[int] | None) -> None:
    images = or_skip(source)
    assert images.pixels.shape == (len(images.classes), side, side)
    assert images.pixels.min() == 0
    assert images.pixels.max() == 1
    if counts is not None:
        assert np.bincount(images.classes).tolist() == counts
    assert images.of_classes((3,), (7, 1)).classes.tolist() == [one for one in images.classes.tolist() if one in (1, 3, 7)]


def test_squares_are_cut_from_every_photograph_without_overlap() -> None:
    for side in (14, 28):
        pixels, photographs = or_skip(lambda side=side: squares(side))
        assert pixels.shape == (len(photographs), side, side)
        assert set(photographs) == set(range(sum(map(len, PHOTOGRAPHS.values()))))
        assert 0 <= pixels.min() < pixels.max() <= 1
    first = or_skip(lambda: squares(28))[0][0]
    small = or_skip(lambda: squares(14))[0]
    assert_array_equal(first[:14, :14], small[0])
    assert_array_equal(first[:14, 14:], small[1])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is not there"),
        (b"no archive", "cannot be unpacked"),
        (gzip.compress(b"1,2,3\n", mtime=0)[:-9], "cannot be unpacked"),
        (gzip.compress(b"1,2,3\n", mtime=0), "checksum"),
    ],
    ids=["missing", "no archive", "cut short", "another file"],
)
def test_wrong_mnist_file_is_named_with_its_remedy(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "mnist_5k.csv.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingSourceError if content is None else CorruptSourceError) as caught:
        mnist_from(path)
    for part in (str(path), says, "pip install --force-reinstall"):
        assert part in str(caught.value)


@pytest.mark.parametrize("wrong", FASHION_FILES)
def test_wrong_fashion_file_is_named_with_its_remedy(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(MissingSourceError, match=r"train-images.*apt-get install dataset-fashion-mnist"):
        fashion_mnist(tmp_path)
    for name in FASHION_FILES:
        (tmp_path / name).write_bytes(gzip.compress(b"\0"))
    with pytest.raises(CorruptSourceError, match=r"train-images-idx3-ubyte\.gz.*checksum.*apt-get install"):
        fashion_mnist(tmp_path)
    (tmp_path / wrong).write_bytes(b"no archive")
    if "train-images" in wrong:
        with pytest.raises(CorruptSourceError, match="cannot be unpacked"):
            fashion_mnist(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0\0\x0d\x01\0\0\0\x01\0", b"\0\0\x08\x02\0\0\0\x02", b"\0\0\x08\x01\0\0\0\x02\x07"])
def test_idx_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="IDX"):
        idx_array(content)


def test_wrong_photograph_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "moon.png"
    with pytest.raises(MissingSourceError, match=r"moon\.png is not there; do this"):
        read_photograph(path, "do this")
    path.write_bytes(b"no image")
    with pytest.raises(CorruptSourceError, match=r"moon\.png cannot be read as an image .*; do this"):
        or_skip(lambda: read_photograph(path, "do this"))
