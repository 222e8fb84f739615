r"""A small encoder that is learnt: strokes by k-means, and how near each quarter of a patch is to every stroke."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SMALLEST_SIDE", "Strokes", "learnt_strokes"]

Pixels = NDArray[np.float32]

_WINDOW, _STEP = 6, 2  # side of a window, and pixels from one to the next
SMALLEST_SIDE = _WINDOW + _STEP
r"""Below, a patch has no window for each of its quarters."""

_STROKES = 64  # in the dictionary
_FLOOR, _EVEN = 0.1, np.float32(0.01)  # variances that whitening and evening add, so that quiet windows stay quiet
_LOOKED_AT = 2000  # patches from whose windows the taught ones are taken
_TAUGHT = 40_000  # windows that the dictionary is learnt from
_ROUNDS = 20  # of k-means
_CHUNK = 1000  # patches encoded at once


@dataclass(frozen=True, eq=False)
class Strokes:
    r"""An encoder of patches by strokes.

    Each window of 6 by 6 pixels, brought to mean 0 and variance 1 and whitened, is compared with every stroke c_k: with z_k its
    distance from c_k, the activations are max(0, mean(z) - z_k). They are added up over each quarter of the patch.

    Parameters
    ----------
    center, whitening
        Mean window, shape (36,), and the symmetric root of the inverse covariance, shape (36, 36).
    strokes
        The dictionary, shape (k, 36).

    Reference
    ---------
    coates2011analysis: k-means with these activations, which set half of them to zero.
    """

    center: Pixels
    whitening: Pixels
    strokes: Pixels

    def __call__(self, patches: Pixels) -> Pixels:
        r"""Activations, shape (size, T, 4 k), of patches, shape (size, T, side, side)."""
        flat = patches.reshape(-1, *patches.shape[2:])
        parts = [self._encoded(flat[first : first + _CHUNK]) for first in range(0, len(flat), _CHUNK)]
        return np.concatenate(parts).reshape(*patches.shape[:2], -1)

    def _encoded(self, patches: Pixels) -> Pixels:
        windows = _windows(patches)
        size, side = len(patches), windows.shape[1]
        evened = _evened(windows.reshape(-1, _WINDOW**2)) - self.center
        whitened = np.asarray(evened @ self.whitening, dtype=np.float32)
        distance = np.sqrt(np.maximum(_squares(whitened, self.strokes), 0))
        near = np.maximum(distance.mean(axis=1, keepdims=True) - distance, 0).reshape(size, side, side, -1)
        half = side // 2
        quarters = [near[:, rows, columns].sum(axis=(1, 2)) for rows in _halves(half) for columns in _halves(half)]
        encoded: Pixels = np.concatenate(quarters, axis=1)
        return encoded


def learnt_strokes(patches: Pixels) -> Strokes:
    r"""A dictionary learnt from the patches of a pool by k-means; labels are not used.

    Samples of a pool are in random order: windows at even intervals are taught, and k-means starts at some of them, also at even
    intervals. Nothing is drawn.

    Parameters
    ----------
    patches
        Brightness, shape (size, T, side, side).
    """
    flat = patches.reshape(-1, *patches.shape[2:])
    windows = _windows(flat[:: max(1, len(flat) // _LOOKED_AT)]).reshape(-1, _WINDOW**2)
    taught = _evened(windows[:: max(1, len(windows) // _TAUGHT)])
    center = taught.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(taught.T).astype(np.float64))
    whitening = ((vectors / np.sqrt(np.maximum(values, 0) + _FLOOR)) @ vectors.T).astype(np.float32)
    whitened = (taught - center) @ whitening
    strokes = whitened[:: len(whitened) // _STROKES][:_STROKES].copy()
    for _ in range(_ROUNDS):
        nearest = _squares(whitened, strokes).argmin(axis=1)
        for k in np.unique(nearest):
            strokes[k] = whitened[nearest == k].mean(axis=0)
    return Strokes(center, whitening, strokes)


def _windows(patches: Pixels) -> Pixels:
    r"""Windows at every second pixel, shape (size, w, w, 6, 6)."""
    return np.lib.stride_tricks.sliding_window_view(patches, (_WINDOW, _WINDOW), axis=(1, 2))[:, ::_STEP, ::_STEP]


def _evened(windows: Pixels) -> Pixels:
    r"""Each window with mean 0 and variance 1; even ones stay quiet."""
    centred = windows - windows.mean(axis=1, keepdims=True)
    evened: Pixels = centred / np.sqrt(centred.var(axis=1, keepdims=True) + _EVEN)
    return evened


def _squares(windows: Pixels, strokes: Pixels) -> Pixels:
    r"""Squared distances, shape (windows, strokes)."""
    lengths: Pixels = (windows**2).sum(axis=1)[:, None] - 2 * windows @ strokes.T + (strokes**2).sum(axis=1)
    return lengths


def _halves(half: int) -> tuple[slice, slice]:
    return slice(0, half), slice(half, None)
