r"""Labelled images as every source of them gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelledImages"]


@dataclass(frozen=True)
class LabelledImages:
    r"""Grey images with their classes.

    Parameters
    ----------
    name
        The source.
    pixels
        Brightness from 0 to 1, shape (size, side, side).
    classes
        Class of each image, integer, shape (size,).
    class_names
        What the classes show.
    """

    name: str
    pixels: NDArray[np.float32]
    classes: NDArray[np.int64]
    class_names: tuple[str, ...]

    @property
    def side(self) -> int:
        r"""Pixels of a side."""
        return int(self.pixels.shape[1])

    def of_classes(self, *groups: tuple[int, ...]) -> "LabelledImages":
        r"""The images whose class is in one of the groups."""
        kept = np.isin(self.classes, np.concatenate(groups))
        return LabelledImages(self.name, self.pixels[kept], self.classes[kept], self.class_names)
