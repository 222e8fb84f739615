r"""Where a labelled image goes among backgrounds: whole tiles, quarters of an image, or an image inside a photograph."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LAYOUTS", "Composition", "Layout", "embedded", "partial", "shuffled_columns", "tiles"]

Pixels = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Composition:
    r"""Samples as patches, before they are encoded.

    Parameters
    ----------
    patches
        Brightness, shape (size, T, side, side).
    relevant
        Which patches show the labelled image, shape (size, T).
    source
        For each patch the column of its item: that of an image of the sample, or of a background after those, shape (size, T).
    """

    patches: Pixels
    relevant: NDArray[np.bool_]
    source: Indices


def tiles(images: Pixels, backgrounds: Pixels, *, rng: np.random.Generator) -> Composition:
    r"""Each labelled image fills a tile; the other tiles are backgrounds. Positions are random.

    Parameters
    ----------
    images
        Shape (size, m, side, side).
    backgrounds
        Shape (size, T − m, side, side).
    rng
        Source of randomness.
    """
    return _shuffled(images, backgrounds, np.arange(images.shape[1]), rng=rng)


def partial(images: Pixels, backgrounds: Pixels, *, quarters: int, rng: np.random.Generator) -> Composition:
    r"""Some quarters of one labelled image, each a tile of its own, among backgrounds. Quarters and positions are random.

    Parameters
    ----------
    images
        Shape (size, 1, 2 side, 2 side).
    backgrounds
        Shape (size, T − m, side, side).
    quarters
        m, number of quarters that are shown, 1 to 4.
    rng
        Source of randomness.
    """
    pieces = _cut(images[:, 0], 2)
    shown = shuffled_columns(len(images), 4, rng=rng)[:, :quarters]
    parts = np.take_along_axis(pieces, shown[..., None, None], axis=1)
    return _shuffled(parts, backgrounds, np.zeros(quarters, dtype=np.int64), rng=rng)


def embedded(images: Pixels, photographs: Pixels, *, rng: np.random.Generator) -> Composition:
    r"""One labelled image inside a photograph, at a random place of the grid: 1 − (1 − image)(1 − photograph).

    The photograph shines through where the image is dark. Patches are half as wide as the image, so m = 4 of them show it.

    Parameters
    ----------
    images
        Shape (size, 1, 2 side, 2 side).
    photographs
        Shape (size, 1, g side, g side), T = g².
    rng
        Source of randomness.
    """
    size, _, width, _ = images.shape
    grid = 2 * photographs.shape[-1] // width
    corner = rng.integers(grid - 1, size=(size, 2))
    canvas = _cut(photographs[:, 0], grid).reshape(size, grid, grid, width // 2, width // 2).copy()
    pieces = _cut(images[:, 0], 2).reshape(size, 2, 2, width // 2, width // 2)
    relevant = np.zeros((size, grid, grid), dtype=bool)
    row = corner[:, 0, None, None] + np.arange(2)[None, :, None]
    column = corner[:, 1, None, None] + np.arange(2)[None, None, :]
    sample = np.arange(size)[:, None, None]
    relevant[sample, row, column] = True
    canvas[sample, row, column] = 1 - (1 - canvas[sample, row, column]) * (1 - pieces)
    seen = relevant.reshape(size, -1)
    return Composition(canvas.reshape(size, grid * grid, width // 2, width // 2), seen, np.where(seen, 0, 1))


def shuffled_columns(size: int, columns: int, *, rng: np.random.Generator) -> Indices:
    r"""For each sample the numbers 0 to columns − 1 in random order, shape (size, columns)."""
    order: Indices = rng.permuted(np.broadcast_to(np.arange(columns), (size, columns)), axis=1)
    return order


Layout = Callable[..., Composition]

LAYOUTS: dict[str, Layout] = {"tiles": tiles, "partial": partial, "embedded": embedded}


def _shuffled(relevant: Pixels, irrelevant: Pixels, columns: Indices, *, rng: np.random.Generator) -> Composition:
    r"""Relevant and irrelevant patches in random order; `columns` says which image each relevant patch shows."""
    size, m = relevant.shape[:2]
    order = shuffled_columns(size, m + irrelevant.shape[1], rng=rng)
    patches = np.take_along_axis(np.concatenate([relevant, irrelevant], axis=1), order[..., None, None], axis=1)
    source = np.concatenate([columns, columns.max() + 1 + np.arange(irrelevant.shape[1])])
    return Composition(patches, order < m, source[order])


def _cut(images: Pixels, parts: int) -> Pixels:
    r"""Images, shape (size, parts · side, parts · side), cut into parts² squares in reading order."""
    size, width = images.shape[:2]
    side = width // parts
    return images.reshape(size, parts, side, parts, side).swapaxes(2, 3).reshape(size, parts * parts, side, side)
