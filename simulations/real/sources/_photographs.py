r"""Backgrounds: photographs and textures that ship inside scikit-image and scikit-learn, cut into squares."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources._errors import CorruptSourceError, MissingSourceError, imported

__all__ = ["PHOTOGRAPHS", "photograph", "read_photograph", "squares"]

Image = NDArray[np.float32]

PHOTOGRAPHS = {
    "skimage": (
        "astronaut.png",
        "brick.png",
        "camera.png",
        "chelsea.png",
        "coffee.png",
        "coins.png",
        "grass.png",
        "gravel.png",
        "hubble_deep_field.jpg",
        "ihc.png",
        "moon.png",
        "motorcycle_left.png",
        "rocket.jpg",
    ),
    "sklearn": ("china.jpg", "flower.jpg"),
}
r"""Photographs and textures, by the package that carries them. Drawings, pages of text and test patterns are left out."""

_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}
_PACKAGES = {"skimage": "scikit-image", "sklearn": "scikit-learn"}
_GREY = np.array([0.2125, 0.7154, 0.0721], dtype=np.float32)  # luminance of linear RGB, as scikit-image weighs it


@cache
def photograph(package: str, name: str) -> Image:
    r"""A photograph in grey, brightness from 0 to 1, read from inside the package: nothing is downloaded.

    Raises
    ------
    MissingSourceError
        If the package is not installed or does not carry the file.
    CorruptSourceError
        If the file is not an image.
    """
    path = Path(imported(package, "images").__file__).parent / _FOLDERS[package] / name
    return read_photograph(path, f"reinstall it: pip install --force-reinstall --no-deps {_PACKAGES[package]}")


def read_photograph(path: Path, remedy: str) -> Image:
    r"""An image file in grey, brightness from 0 to 1.

    Raises
    ------
    MissingSourceError
        If it is not there.
    CorruptSourceError
        If it is not an image.
    """
    if not path.is_file():
        raise MissingSourceError(path, "is not there", remedy)
    image: Any = imported("PIL.Image", "images")
    try:
        with image.open(path) as file:
            pixels = np.asarray(file.convert("RGB"), dtype=np.float32) / 255
    except (OSError, SyntaxError, ValueError) as error:
        raise CorruptSourceError(path, f"cannot be read as an image ({error})", remedy) from None
    grey: Image = (pixels @ _GREY).astype(np.float32)
    return grey


@cache
def squares(side: int) -> tuple[Image, NDArray[np.int64]]:
    r"""All photographs cut into squares that do not overlap.

    Parameters
    ----------
    side
        Pixels of a side.

    Returns
    -------
    squares, photographs
        Brightness, shape (size, side, side), and the number of the photograph each comes from, in the order of `PHOTOGRAPHS`.
    """
    cut = [_cut(photograph(package, name), side) for package, names in PHOTOGRAPHS.items() for name in names]
    return np.concatenate(cut), np.repeat(np.arange(len(cut)), [len(part) for part in cut])


def _cut(image: Image, side: int) -> Image:
    rows, columns = (length // side for length in image.shape)
    whole = image[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return whole.swapaxes(1, 2).reshape(-1, side, side)
