r"""Fashion-MNIST, 70,000 pictures of clothes, 28 × 28 pixels: Debian's dataset-fashion-mnist, used where it is present."""

import gzip
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources._errors import CorruptSourceError, MissingSourceError, verified
from simulations.real.sources._labelled_images import LabelledImages

__all__ = ["fashion_is_there", "fashion_mnist", "idx_array"]

FOLDER = Path("/usr/share/datasets/fashion-mnist")
_REMEDY = "on Debian and Ubuntu: apt-get install dataset-fashion-mnist"
_NAMES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")

# Checksums are of the unpacked files, so that another compression of the same data passes.
_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


@cache
def fashion_mnist(folder: Path = FOLDER) -> LabelledImages:
    r"""The training and test pictures together; splits are made by the tasks.

    Raises
    ------
    MissingSourceError
        If a file is not there; the remedy names the Debian package.
    CorruptSourceError
        If a file cannot be unpacked or has another checksum.
    """
    pixels = np.concatenate([_checked(folder, f"{part}-images-idx3-ubyte") for part in ("train", "t10k")])
    classes = np.concatenate([_checked(folder, f"{part}-labels-idx1-ubyte") for part in ("train", "t10k")])
    return LabelledImages("fashion", (pixels / np.float32(255)).astype(np.float32), classes.astype(np.int64), _NAMES)


def fashion_is_there() -> bool:
    r"""Whether the Debian package is installed: it is optional, and nothing installs it by itself."""
    return FOLDER.is_dir()


def idx_array(content: bytes) -> NDArray[np.uint8]:
    r"""The array of bytes in a file of the IDX format: two zeros, type 8, number of axes, their lengths (big-endian), data.

    Raises
    ------
    ValueError
        If the content is not such a file.

    Examples
    --------
    >>> idx_array(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    if content[:3] != b"\x00\x00\x08" or len(content) < 4 + 4 * content[3]:
        raise ValueError("not an IDX file of bytes")
    start = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:start], dtype=">u4").astype(int)
    data = np.frombuffer(content[start:], dtype=np.uint8)
    if data.size != shape.prod():
        raise ValueError(f"an IDX file of {shape.prod()} bytes holds {data.size}")
    return data.reshape(shape)


def _checked(folder: Path, name: str) -> NDArray[np.uint8]:
    path = folder / f"{name}.gz"
    if not path.is_file():
        raise MissingSourceError(path, "is not there", _REMEDY)
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptSourceError(path, f"cannot be unpacked ({error})", _REMEDY) from None
    return idx_array(verified(content, _SHA256[name], what=path, remedy=_REMEDY))
