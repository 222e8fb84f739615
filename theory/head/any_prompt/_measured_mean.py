r"""A mean over blocks of points with a measured error, less what controls of known mean explain, to a wanted precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._points import BLOCKS, SIZES

__all__ = ["DEFAULT_PRECISION", "MeasuredMean", "mean_to_precision", "measured_mean"]

Floats = NDArray[np.float64]

DEFAULT_PRECISION = 1e-3
r"""Relative error that is aimed at."""

_QUANTILE = 4.07
r"""Of Student's t with BLOCKS - 1 = 15 degrees of freedom: exceeded in size by one in a thousand."""

_SINGLE = 2.0
r"""How often the largest single contribution may count: what matters only where few training sets carry the mean."""

_ROUNDING = 1e-13
_NOTHING = 2e-13  # errors below are not taken further
_SHARES = {"pilot": 0.1, "default": 1.0, "precise": 30.0}
r"""Of the points that are affordable in about a second. Work is estimated, not timed: the same setting has the same digits."""

_CONSTANT = 1e-9  # controls are of order 1/√n or 1: what varies less is rounding


@dataclass(frozen=True, eq=False)
class MeasuredMean:
    r"""Mean over all points of all blocks, what it is off by at the most, and what training sets without a head leave of it."""

    value: float
    abs_error: float
    points: int
    left: float = 0.0


def measured_mean(parts: Sequence[tuple[Floats, Floats]]) -> MeasuredMean:
    r"""The mean of errors in [0, 1], given with controls of mean 0, shapes (N,) and (N, any), for every block."""
    errors = np.stack([errors for errors, _ in parts])
    controls = np.concatenate([controls for _, controls in parts])
    rest = errors - _explained(errors.ravel(), controls).reshape(errors.shape)
    means = rest.mean(axis=1)
    loss = math.sqrt(errors.size / max(errors.size - controls.shape[1] - 1, 1))
    sampling = _QUANTILE * loss * float(means.std(ddof=1)) / math.sqrt(BLOCKS)
    rare = _SINGLE * float(np.abs(rest - rest.mean()).max()) / errors.size
    value = float(np.clip(means.mean(), 0.0, 1.0))
    return MeasuredMean(value, sampling + rare + _ROUNDING, errors.size)


def mean_to_precision(mean_of: Callable[[int], MeasuredMean], points: float, precision: float) -> MeasuredMean:
    r"""The mean at a size of blocks that reaches the relative precision, if that is affordable.

    Parameters
    ----------
    mean_of
        The mean over blocks of a size among `SIZES`.
    points
        How many points are affordable in about a second.
    precision
        At the default a second is spent at the most, beyond that half a minute.
    """
    size = _size(_SHARES["pilot"] * points)
    mean = mean_of(size)
    goal = max(precision * mean.value, _NOTHING)
    if mean.abs_error <= goal:
        return mean
    wanted = 1.5 * (mean.abs_error / goal) ** 2 * size * BLOCKS
    wide = _SHARES["default" if precision >= DEFAULT_PRECISION else "precise"]
    larger = _size(min(wanted, wide * points))
    return mean_of(larger) if larger > size else mean


def _size(total: float) -> int:
    r"""The largest size of a block that stays below a total number of points, at least the smallest size."""
    return max([size for size in SIZES if size * BLOCKS <= 1.4 * total], default=SIZES[0])


def _explained(errors: Floats, controls: Floats) -> Floats:
    r"""The part of the errors that is linear in controls of mean 0, by least squares with a free constant."""
    centred = controls - controls.mean(axis=0)
    spread = centred.std(axis=0)
    used = spread > _CONSTANT
    centred = centred[:, used] / spread[used]
    coefficients = np.linalg.lstsq(centred.T @ centred, centred.T @ errors, rcond=1e-10)[0]
    return np.asarray(controls[:, used] @ (coefficients / spread[used]))
