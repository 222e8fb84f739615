r"""Image tasks: a labelled image among backgrounds, tokens are patches."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources import LabelledImages, digits, fashion_mnist, mnist, squares
from simulations.real.tasks._dealing import LARGEST, companions, dealt, part_size, same_label_groups
from simulations.real.tasks._layouts import LAYOUTS, Composition
from simulations.real.tasks._strokes import SMALLEST_SIDE, learnt_strokes
from simulations.real.tasks._task import PARTS, RealBatch, RealSplit
from simulations.real.tasks._whitening import centring, whitened_components
from theory.model import Choice, Interval, ParameterError

__all__ = ["SOURCES", "ImageTask", "image_task"]

Indices = NDArray[np.int64]
Pixels = NDArray[np.float32]

SOURCES: Mapping[str, Callable[[], LabelledImages]] = {"mnist": mnist, "digits": digits, "fashion": fashion_mnist}

CLASSES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "mnist": ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9)),
    "digits": ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9)),
    "fashion": ((5, 9), (7, 8)),
}
r"""Classes with label −1 and with label +1: small and large digits; sandals and ankle boots against sneakers and bags."""

ENCODINGS = ("pca", "contrast", "raw", "learnt")


@dataclass(frozen=True)
class ImageTask:
    r"""Tell which group of classes the labelled image of a sample belongs to. See `image_task`."""

    source: str
    n_tokens: int
    n_relevant: int
    layout: str
    encoding: str
    dim: int
    classes: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def name(self) -> str:
        r"""Source, classes, layout, T, m, encoding and d."""
        groups = "-".join("".join(map(str, group)) for group in self.classes)
        return f"{self.source}-{groups} {self.layout} T={self.n_tokens} m={self.n_relevant} {self.encoding} d={self.dim}"

    @property
    def largest_train(self) -> int:
        r"""The largest n_train: as many groups of images as a part for training surely gives."""
        return part_size("train", len(self._images.classes)) // self._per_sample - (self._per_sample > 1)

    @property
    def item_classes(self) -> Indices:
        r"""The class of every labelled image; their items are the numbers from 0 on."""
        return self._images.classes

    def split(self, n_train: int, *, rng: np.random.Generator) -> RealSplit:
        r"""A fresh split; see `Task`."""
        return self.pictured_split(n_train, rng=rng)[0]

    def pictured_split(self, n_train: int, *, rng: np.random.Generator) -> tuple[RealSplit, dict[str, Pixels]]:
        r"""The split that `split` makes of the same stream, and for each part the patches, shape (size, T, side, side)."""
        Interval(1, self.largest_train, integer=True).member("n_train", n_train)
        images, backgrounds = self._images, squares(self._background_side)[0]
        own, theirs = dealt(len(images.classes), rng=rng), dealt(len(backgrounds), rng=rng)
        made = {  # train last: all else is the same for every n_train
            part: self._part(own[part], theirs[part], n_train if part == "train" else LARGEST[part], rng=rng)
            for part in reversed(PARTS)
        }
        composed = made["pool"][0]
        raw = self._raw(composed.patches)
        seen = {part: composition.patches for part, (composition, _, _) in made.items()}
        encoder = (
            centring(raw(composed.patches), composed.relevant)
            if self.encoding == "raw"
            else whitened_components(raw(composed.patches), composed.relevant, self.dim)
        )
        batches = {
            part: RealBatch(encoder(raw(composition.patches)), labels, composition.relevant, items)
            for part, (composition, labels, items) in made.items()
        }
        return RealSplit(**batches), seen

    def _raw(self, pool: Pixels) -> Callable[[Pixels], Pixels]:
        r"""What turns patches into vectors, before components are taken; what it has to learn it learns from the pool."""
        if self.encoding == "learnt":
            return learnt_strokes(pool)
        return _standardised if self.encoding == "contrast" else _flat

    def _part(
        self, own: Indices, theirs: Indices, largest: int, *, rng: np.random.Generator
    ) -> tuple[Composition, NDArray[np.float64], Indices]:
        r"""Composition, labels and items of one part."""
        images, backgrounds = self._images, squares(self._background_side)[0]
        labels = np.where(np.isin(images.classes, self.classes[1]), 1, -1)
        groups = own[same_label_groups(labels[own], self._per_sample, rng=rng)[:largest]]
        count = 1 if self.layout == "embedded" else self.n_tokens - self.n_relevant
        around = companions(theirs, len(groups), count, rng=rng)
        turned = _turned(backgrounds[around], rng=rng)
        more = {"quarters": self.n_relevant} if self.layout == "partial" else {}
        composition = LAYOUTS[self.layout](images.pixels[groups], turned, rng=rng, **more)
        columns = np.concatenate([groups, len(images.classes) + around], axis=1)
        return composition, labels[groups[:, 0]].astype(float), np.take_along_axis(columns, composition.source, axis=1)

    @property
    def _images(self) -> LabelledImages:
        return _of_classes(self.source, self.classes)

    @property
    def _per_sample(self) -> int:
        return self.n_relevant if self.layout == "tiles" else 1

    @property
    def _background_side(self) -> int:
        side = SOURCES[self.source]().side
        return {"tiles": side, "partial": side // 2, "embedded": math.isqrt(self.n_tokens) * side // 2}[self.layout]


def image_task(
    source: str = "mnist",
    *,
    n_tiles: int = 7,
    relevant: int = 1,
    layout: str = "tiles",
    encoding: str = "pca",
    dim: int = 64,
    classes: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
) -> ImageTask:
    r"""A task whose samples are T patches, m of which show a labelled image; the others show photographs and textures.

    Parameters
    ----------
    source
        ``mnist``, ``digits`` or ``fashion``.
    n_tiles
        T. With the layout ``embedded`` the square of an integer from 3 on.
    relevant
        m: with ``tiles`` the number of images, all of one label; with ``partial`` the number of quarters of one image, up to 4;
        with ``embedded`` 4.
    layout
        ``tiles``: an image fills a tile. ``partial``: a quarter of an image fills a tile. ``embedded``: an image lies inside a
        photograph, which is cut into patches half as wide as the image.
    encoding
        ``pca``: leading principal components of the patches of the pool, whitened. ``contrast``: the same of patches whose
        brightness has mean 0 and variance 1, so that dark and faint backgrounds are as loud as others. ``learnt``: the same of
        activations of strokes that are learnt from the pool, see `simulations.real.learned`. ``raw``: all pixels.
    dim
        d; with ``raw`` it is the number of pixels of a patch, whatever is given.
    classes
        Classes with label −1 and with label +1; without it a choice that is not trivial.

    Raises
    ------
    ParameterError
        If a parameter is outside its domain.
    MissingSourceError, CorruptSourceError
        If the images are not there, or not what they should be.
    """
    Choice(tuple(SOURCES)).member("source", source)
    Choice(tuple(LAYOUTS)).member("layout", layout)
    Choice(ENCODINGS).member("encoding", encoding)
    if layout == "embedded":
        if n_tiles < 9 or math.isqrt(n_tiles) ** 2 != n_tiles:
            raise ParameterError("n_tiles", "the square of an integer from 3 on with the layout embedded", n_tiles)
        if relevant != 4:
            raise ParameterError("relevant", "4 with the layout embedded", relevant)
    Interval(2, integer=True).member("n_tiles", n_tiles)
    Interval(1, min(n_tiles, 4) if layout == "partial" else n_tiles, integer=True).member("relevant", relevant)
    images = SOURCES[source]()
    side = images.side if layout == "tiles" else images.side // 2
    Interval(1, side * side, integer=True).member("dim", dim)
    if encoding == "learnt" and side < SMALLEST_SIDE:
        raise ParameterError("encoding", f"not learnt where patches are less than {SMALLEST_SIDE} pixels wide", encoding)
    groups = CLASSES[source] if classes is None else (tuple(classes[0]), tuple(classes[1]))
    known = set(range(len(images.class_names)))
    if not groups[0] or not groups[1] or set(groups[0]) & set(groups[1]) or not set(groups[0] + groups[1]) <= known:
        raise ParameterError("classes", f"two disjoint groups of classes 0 to {len(known) - 1}", classes)
    return ImageTask(source, n_tiles, relevant, layout, encoding, side * side if encoding == "raw" else dim, groups)


@cache
def _of_classes(source: str, classes: tuple[tuple[int, ...], ...]) -> LabelledImages:
    return SOURCES[source]().of_classes(*classes)


def _flat(patches: Pixels) -> Pixels:
    return patches.reshape(*patches.shape[:2], -1)


def _standardised(patches: Pixels) -> Pixels:
    r"""Brightness less its mean over the patch, over its standard deviation plus a fiftieth: even patches stay quiet."""
    centred = _flat(patches) - patches.mean(axis=(2, 3))[..., None]
    standardised: Pixels = centred / (centred.std(axis=-1, keepdims=True) + np.float32(0.02))
    return standardised


def _turned(patches: Pixels, *, rng: np.random.Generator) -> Pixels:
    r"""Each patch in one of the eight ways a square can be turned and mirrored."""
    way = rng.integers(8, size=patches.shape[:2])
    turned = np.empty_like(patches)
    for code in range(8):
        chosen = np.rot90(patches[way == code], code % 4, axes=(-2, -1))
        turned[way == code] = chosen[..., ::-1] if code >= 4 else chosen
    return turned
