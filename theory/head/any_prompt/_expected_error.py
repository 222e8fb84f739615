r"""The exact expected error: an average over points with a measured error, less what known means explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._fresh_error import FreshError
from theory.head.any_prompt._heads import Heads, drawn_heads, wrong_sign
from theory.head.any_prompt._matrix import Matrix, smaller_matrix
from theory.head.any_prompt._points import BLOCKS, SIZES, Points
from theory.head.any_prompt._sample_law import SampleLaw, has_heavy_scores, refuse_uncovered, sample_law
from theory.head.any_prompt._sums import KnownSums
from theory.head.features import prompt_frame
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["any_prompt_error"]

Floats = NDArray[np.float64]

_BATCH = 1 << 18
r"""Numbers in the largest array of a batch: two megabytes."""

_QUANTILE = 4.07
r"""Of Student's t with BLOCKS - 1 = 15 degrees of freedom: exceeded in size by one in a thousand."""

_SINGLE = 2.0
r"""How often the largest single contribution may count: what matters only where few training sets carry the mean."""

_ROUNDING = 1e-13
_SHARES = {"pilot": 0.1, "default": 1.0, "precise": 30.0}
r"""Of the points that are affordable in about a second. Work is estimated, not timed: the same setting has the same digits."""

_DEFAULT_PRECISION = 1e-3
_CUBATURE = 1e-4  # relative change of errors when the cells of the cubature of scores are halved twice: at most 7e-5, measured
_CONSTANT = 1e-9  # controls are of order 1/√n or 1: what varies less is rounding
_HEAVY_NODES = 1024  # of the scores of one block, where they are sampled


@dataclass(frozen=True, eq=False)
class _Average:
    r"""Mean over all points of all blocks, and what it is off by at the most."""

    value: float
    abs_error: float
    points: int


@lru_cache(maxsize=512)
def any_prompt_error(setting: HeadSetting, precision: float = _DEFAULT_PRECISION) -> Prediction:
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
        If the setting is not covered, or a special coordinate without noise is zero or a multiple of others.

    Notes
    -----
    Equation :eq:`eq-any-prompt-test` of docs/head_any_prompt.md, the mean over training sets.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> error = any_prompt_error(head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=20))
    >>> bool(abs(error.value - 0.1991) < 0.0006 + error.abs_error), error.abs_error < 1e-3
    (True, True)
    """
    refuse_uncovered(setting)
    try:
        return _prediction(setting, precision)
    except np.linalg.LinAlgError:
        domain = "such that no special coordinate is zero or a multiple of others, for the exact law under a prompt"
        raise ParameterError("context_noise, signal_noise", domain, _noises(setting)) from None


def _noises(setting: HeadSetting) -> tuple[float, float]:
    return setting.model.context_noise, setting.model.signal_noise


def _prediction(setting: HeadSetting, precision: float) -> Prediction:
    laws = _laws(setting)
    matrix = smaller_matrix(laws, setting.finite_samples)
    points = _affordable(matrix, setting.finite_samples, laws[0].columns)
    size = _size(_SHARES["pilot"] * points)
    average = _average(setting, laws, matrix, size)
    goal = precision * max(average.value, _ROUNDING)
    if average.abs_error > goal:
        wanted = 1.5 * (average.abs_error / goal) ** 2 * size * BLOCKS
        wide = _SHARES["default" if precision >= _DEFAULT_PRECISION else "precise"]
        size = max(_size(min(wanted, wide * points)), size)
        average = _average(setting, laws, matrix, size)
    r = laws[0].columns
    n, rest = setting.finite_samples, laws[0].isotropic
    regime = "n >= coefficients" if n >= rest + r else "n < coefficients (minimum norm)"
    details = {"training_sets": float(average.points), "special_columns": float(r)}
    nodes = _CUBATURE * average.value if prompt_frame(setting).score_std > 0 else 0.0
    return Prediction(average.value, average.abs_error + nodes, "exact", regime, details, model_error=0.0)


def _laws(setting: HeadSetting) -> list[SampleLaw]:
    r"""One law, or where scores are heavy one sample of it for each block."""
    if not has_heavy_scores(setting):
        return [sample_law(setting)]
    return [sample_law(setting, Points(_HEAVY_NODES, block)) for block in range(BLOCKS)]


def _size(total: float) -> int:
    r"""The largest size of a block that stays below a total number of points, at least the smallest size."""
    return max([size for size in SIZES if size * BLOCKS <= 1.4 * total], default=SIZES[0])


def _affordable(matrix: Matrix, n: int, special: int) -> float:
    r"""Training sets that are drawn in about a second; counted, on one core of one machine, in nanoseconds."""
    factor = 4 if matrix.kind == "design" else 1
    columns = matrix.columns
    return 8e8 / (2000 * special + n * (40 * (special + 1) + factor * columns * (20 + 0.7 * columns)))


def _average(setting: HeadSetting, laws: list[SampleLaw], matrix: Matrix, size: int) -> _Average:
    parts = [_block(KnownSums(laws[block % len(laws)], setting.finite_samples), matrix, size, block) for block in range(BLOCKS)]
    errors = np.stack([errors for errors, _ in parts])
    controls = np.concatenate([controls for _, controls in parts])
    rest = errors - _explained(errors.ravel(), controls).reshape(errors.shape)
    means = rest.mean(axis=1)
    loss = math.sqrt(errors.size / max(errors.size - controls.shape[1] - 1, 1))
    sampling = _QUANTILE * loss * float(means.std(ddof=1)) / math.sqrt(BLOCKS)
    rare = _SINGLE * float(np.abs(rest - rest.mean()).max()) / errors.size
    value = float(np.clip(means.mean(), 0.0, 1.0))
    return _Average(value, sampling + rare + _ROUNDING, errors.size)


def _explained(errors: Floats, controls: Floats) -> Floats:
    r"""The part of the errors that is linear in controls of mean 0, by least squares with a free constant."""
    centred = controls - controls.mean(axis=0)
    spread = centred.std(axis=0)
    used = spread > _CONSTANT
    centred = centred[:, used] / spread[used]
    coefficients = np.linalg.lstsq(centred.T @ centred, centred.T @ errors, rcond=1e-10)[0]
    return np.asarray(controls[:, used] @ (coefficients / spread[used]))


def _block(sums: KnownSums, matrix: Matrix, size: int, block: int) -> tuple[Floats, Floats]:
    r"""Errors and controls at the points of one block."""
    law, n = sums.law, sums.n_samples
    fresh = _fresh(law)
    step = max(1, min(size, _BATCH // (n * max(matrix.columns, law.columns + 2))))
    errors, controls = [], []
    for start in range(0, size, step):
        points = Points(size, block, start, min(start + step, size))
        part, known = _errors(sums, points, matrix, fresh)
        errors.append(part)
        controls.append(known)
    return np.concatenate(errors), np.concatenate(controls)


def _errors(sums: KnownSums, points: Points, matrix: Matrix, fresh: FreshError) -> tuple[Floats, Floats]:
    r"""Test errors of drawn heads; of a single coefficient only the sign matters, and its law given the scales is explicit."""
    if sums.law.columns == 1 and sums.law.isotropic == 0 and sums.law.factor.size:
        wrong, controls = wrong_sign(sums, points)
        right = fresh(Heads(np.ones((1, 1)), np.zeros(1), np.zeros((1, 0))), np.zeros(1))
        return right + wrong * (1 - 2 * right), controls
    place = points.uniform(1)[:, 0] if sums.law.columns > 1 else np.zeros(points.count)
    heads = drawn_heads(sums, points, matrix)
    return fresh(heads, place), heads.controls


@lru_cache(maxsize=BLOCKS)
def _fresh(law: SampleLaw) -> FreshError:
    return FreshError(law)
