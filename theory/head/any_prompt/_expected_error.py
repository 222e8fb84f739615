r"""The exact expected error: an average over points with a measured error, less what known means explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._fresh_error import FreshError
from theory.head.any_prompt._heads import drawn_heads, side
from theory.head.any_prompt._points import BLOCKS, SIZES, Points
from theory.head.any_prompt._sample_law import SampleLaw, has_heavy_scores, refuse_uncovered, sample_law
from theory.head.any_prompt._sums import KnownSums
from theory.model import KnownPrompt
from theory.prediction import Prediction

__all__ = ["any_prompt_error"]

Floats = NDArray[np.float64]

_BATCH = 1 << 18
r"""Numbers in the largest array of a batch: two megabytes."""

_QUANTILE = 4.07
r"""Of Student's t with BLOCKS - 1 = 15 degrees of freedom: exceeded in size by one in a thousand."""

_ROUNDING = 1e-13
_SECONDS = {"first": 0.12, "default": 0.8, "precise": 30.0}
r"""What the work estimate aims at; it decides sizes, so that the same setting has the same digits everywhere."""

_DEFAULT_PRECISION = 1e-3
_HEAVY_NODES = 1024  # of the scores of one block, where they are sampled


@dataclass(frozen=True, eq=False)
class _Average:
    r"""Mean over all points of all blocks, and what it is off by at the most."""

    value: float
    abs_error: float
    points: int


@lru_cache(maxsize=512)
def any_prompt_error(setting: KnownPrompt, precision: float = _DEFAULT_PRECISION) -> Prediction:
    r"""Expected test error of least squares on n samples under any prompt: exact law, measured numerical error.

    Parameters
    ----------
    setting
        Finite n >= 1, any prompt, label prior, correlation, noise law, either head, with or without an intercept; no shift, and
        some noise.
    precision
        Relative error that is aimed at. At the default about a second is spent at the most, else half a minute; `abs_error`
        says what was reached.

    Returns
    -------
    Prediction
        `abs_error` is exceeded with probability 1/1000 over the shifts of the rule.

    Raises
    ------
    ParameterError
        If the setting is not covered.

    Notes
    -----
    Derived in docs/head_any_prompt.md.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> error = any_prompt_error(known_prompt(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=20))
    >>> bool(abs(error.value - 0.1991) < 0.0006 + error.abs_error), error.abs_error < 1e-3
    (True, True)
    """
    refuse_uncovered(setting)
    laws = _laws(setting)
    seconds = _SECONDS["default" if precision >= _DEFAULT_PRECISION else "precise"]
    work = _seconds_per_point(laws[0], setting.finite_samples)
    size = _size(_SECONDS["first"] / work)
    average = _average(setting, laws, size)
    while average.abs_error > precision * average.value and 4 * size * BLOCKS * work <= seconds and 4 * size <= SIZES[-1]:
        size *= 4
        average = _average(setting, laws, size)
    r = laws[0].columns
    n, rest = setting.finite_samples, laws[0].isotropic
    regime = "n >= coefficients" if n >= rest + r else "n < coefficients (minimum norm)"
    details = {"training_sets": float(average.points), "special_columns": float(r)}
    return Prediction(average.value, average.abs_error, "exact", regime, details)


def _laws(setting: KnownPrompt) -> list[SampleLaw]:
    r"""One law, or where scores are heavy one sample of it for each block."""
    if not has_heavy_scores(setting):
        return [sample_law(setting)]
    return [sample_law(setting, Points(_HEAVY_NODES, block)) for block in range(BLOCKS)]


def _size(total: float) -> int:
    r"""Largest size of a block that stays below a total number of points."""
    return max([size for size in SIZES if size * BLOCKS <= total], default=SIZES[0])


def _seconds_per_point(law: SampleLaw, n: int) -> float:
    r"""Work for one training set, measured once on one machine."""
    _, columns = side(law, n)
    return 1e-9 * (1500 + n * (60 * (law.columns + 1) + columns * (20 + columns)))


def _average(setting: KnownPrompt, laws: list[SampleLaw], size: int) -> _Average:
    parts = [_block(laws[block % len(laws)], setting.finite_samples, size, block) for block in range(BLOCKS)]
    errors = np.stack([errors for errors, _ in parts])
    controls = np.concatenate([controls for _, controls in parts])
    rest = errors - _explained(errors.ravel(), controls).reshape(errors.shape)
    means = rest.mean(axis=1)
    loss = math.sqrt(errors.size / max(errors.size - controls.shape[1] - 1, 1))
    sampling = _QUANTILE * loss * float(means.std(ddof=1)) / math.sqrt(BLOCKS)
    value = float(np.clip(means.mean(), 0.0, 1.0))
    return _Average(value, sampling + _ROUNDING, errors.size)


def _explained(errors: Floats, controls: Floats) -> Floats:
    r"""The part of the errors that is linear in controls of mean 0, by least squares."""
    scale = np.sqrt((controls**2).mean(axis=0))
    used = controls[:, scale > 0] / scale[scale > 0]
    design = np.column_stack([np.ones(len(errors)), used])
    coefficients = np.linalg.lstsq(design, errors, rcond=1e-10)[0]
    return np.asarray(used @ coefficients[1:])


def _block(law: SampleLaw, n: int, size: int, block: int) -> tuple[Floats, Floats]:
    r"""Errors and controls at the points of one block."""
    sums, fresh = KnownSums(law, n), _fresh(law)
    step = max(1, min(size, _BATCH // (n * max(side(law, n)[1], law.columns + 2))))
    errors, controls = [], []
    for start in range(0, size, step):
        points = Points(size, block, start, min(start + step, size))
        place = points.uniform(1)[:, 0] if law.columns > 1 else np.zeros(points.count)
        heads = drawn_heads(sums, points)
        errors.append(fresh(heads, place))
        controls.append(heads.controls)
    return np.concatenate(errors), np.concatenate(controls)


@lru_cache(maxsize=BLOCKS)
def _fresh(law: SampleLaw) -> FreshError:
    return FreshError(law)
