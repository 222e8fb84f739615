r"""The exact expected error: an average over points with a measured error, less what known means explain."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._fresh_error import FreshError
from theory.head.any_prompt._heads import Heads, drawn_heads, wrong_sign
from theory.head.any_prompt._matrix import Matrix, smaller_matrix
from theory.head.any_prompt._measured_mean import DEFAULT_PRECISION, MeasuredMean, mean_to_precision, measured_mean
from theory.head.any_prompt._points import BLOCKS, Points
from theory.head.any_prompt._sample_law import SampleLaw, refuse_uncovered, sample_laws
from theory.head.any_prompt._sums import KnownSums
from theory.head.features import prompt_frame
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["any_prompt_error"]

Floats = NDArray[np.float64]

_BATCH = 1 << 18
r"""Numbers in the largest array of a batch: two megabytes."""

_CUBATURE = 1e-4  # relative change of errors when the cells of the cubature of scores are halved twice: at most 7e-5, measured


@lru_cache(maxsize=512)
def any_prompt_error(setting: HeadSetting, precision: float = DEFAULT_PRECISION) -> Prediction:
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
    laws = sample_laws(setting)
    matrix = smaller_matrix(laws, setting.finite_samples)
    points = _affordable(matrix, setting.finite_samples, laws[0].columns)
    average = mean_to_precision(partial(_average, setting, laws, matrix), points, precision)
    r = laws[0].columns
    n, rest = setting.finite_samples, laws[0].isotropic
    regime = "n >= coefficients" if n >= rest + r else "n < coefficients (minimum norm)"
    details = {"training_sets": float(average.points), "special_columns": float(r)}
    nodes = _CUBATURE * average.value if prompt_frame(setting).score_std > 0 else 0.0
    return Prediction(average.value, average.abs_error + nodes, "exact", regime, details, model_error=0.0)


def _affordable(matrix: Matrix, n: int, special: int) -> float:
    r"""Training sets that are drawn in about a second; counted, on one core of one machine, in nanoseconds."""
    factor = 4 if matrix.kind == "design" else 1
    columns = matrix.columns
    return 8e8 / (2000 * special + n * (40 * (special + 1) + factor * columns * (20 + 0.7 * columns)))


def _average(setting: HeadSetting, laws: list[SampleLaw], matrix: Matrix, size: int) -> MeasuredMean:
    n = setting.finite_samples
    return measured_mean([_block(KnownSums(laws[block % len(laws)], n), matrix, size, block) for block in range(BLOCKS)])


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
