r"""The exact expected error of a head trained with any convex loss: heads trained at the points of a rule, and their mean."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from theory.head.any_loss._heads import Training, trained
from theory.head.any_loss._minimisers import has_kink
from theory.head.any_loss._training_sets import drawn_sets, known_sums
from theory.head.any_prompt import (
    BLOCKS,
    DEFAULT_PRECISION,
    FreshError,
    Heads,
    KnownSums,
    MeasuredMean,
    Points,
    SampleLaw,
    any_prompt_error,
    mean_to_precision,
    measured_mean,
    refuse_uncovered,
    sample_laws,
)
from theory.head.convex import CONVEX_LOSSES, working_ridge
from theory.head.features import prompt_frame
from theory.model import LOSSES, HeadSetting, ParameterError, Prediction

__all__ = ["FEWEST_SETS", "affordable_sets", "any_loss_error"]

Floats = NDArray[np.float64]

FEWEST_SETS = 256
r"""Training sets below which an average says little."""

_BATCH = 1 << 19
r"""Numbers in the designs of a batch: four megabytes."""

_CUBATURE = 1e-4  # relative change of errors when the cells of the cubature of scores are halved twice, as for least squares
_SOLVER = {True: 1e-4, False: 1e-5}  # relative change of errors when heads are solved more closely, losses with and without kinks
_MOSTLY_MISSING = 0.25
_ROUGH, _LONGER, _SHORTER = 0.01, 3.0, 0.3  # relative error above which more time is taken, or less if no more is wanted
_LIGHT = 1e-5  # ridge over σ² below which training sets that are nearly separable take many steps
_SEEN = 20  # expected training sets of a kind from which on their spread is measured
_NOTHING = 1e-12  # errors below are not taken further
_NEWTON_STEPS = {True: 30.0, False: 6.0}  # of one head, losses with and without kinks


@lru_cache(maxsize=512)
def any_loss_error(setting: HeadSetting, precision: float = DEFAULT_PRECISION) -> Prediction:
    r"""Expected test error of a head trained on n samples with any convex loss and ridge: exact law, measured numerical error.

    Parameters
    ----------
    setting
        Finite n >= 1, any prompt, label prior, correlation, noise law, either head, with or without an intercept; no shift, and
        some noise. Any loss; λ = 0 too, but for the squared loss, which has `any_prompt_error`.
    precision
        Relative error that is aimed at; `abs_error` says what was reached. At the default a second is spent, or a few where the
        error is above 1 %; from 1e-2 on less, below the default half a minute.

    Returns
    -------
    Prediction
        `abs_error` is exceeded with probability 1/1000 over the shifts of the rule. `model_error` is 0 but for max-margin, where
        it is the share of training sets that are not separable and so have no head.

    Raises
    ------
    ParameterError
        If the setting is not covered, or n and p are too large for `FEWEST_SETS` training sets in a few seconds.

    Notes
    -----
    The head is that of :eq:`eq-heads-carried-gap` of docs/head_convex.md at n samples.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=17, m=3, d=6, W=0.8, Q=3, tau=1, n=60, head="full", pi=0.1)   # a rare label
    >>> error = any_loss_error(setting.trained_by("logistic", 0.01), 1e-2)   # token by token: 0.0164(5); in the limit 0.0051
    >>> bool(abs(error.value - 0.0164) < 0.001 + error.abs_error)
    True
    """
    refuse_uncovered(setting)
    _refuse_interpolation(setting)
    if setting.n_features == 1 and not setting.intercept and LOSSES[setting.loss].vanishing_ridge != "hard-margin":
        return any_prompt_error(setting.trained_by("squared"), precision)  # the sign of Σ u, whatever the loss
    sets = affordable_sets(setting)
    if sets < FEWEST_SETS / 8:
        raise ParameterError("n_samples", "so small that training sets can be averaged over", setting.n_samples)
    laws = sample_laws(setting)
    mean_of = partial(_mean, setting, laws)
    mean = mean_to_precision(mean_of, sets if precision < _ROUGH else _SHORTER * sets, precision)
    if precision < _ROUGH and mean.abs_error > max(_ROUGH * mean.value, _NOTHING):
        mean = max(mean, mean_to_precision(mean_of, _LONGER * sets, _ROUGH), key=lambda one: one.points)
    if mean.left > _MOSTLY_MISSING:
        raise ParameterError("n_samples", "so small that training sets are separable, as max-margin needs it", setting.n_samples)
    nodes = _CUBATURE if prompt_frame(setting).score_std > 0 else 0.0
    error = mean.abs_error + (nodes + _SOLVER[_is_hard(setting)]) * mean.value + _unseen(setting, mean.points)
    details = {"training_sets": float(mean.points)}
    return Prediction(mean.value, error, "exact", "every n and p", details, model_error=mean.left)


def affordable_sets(setting: HeadSetting) -> float:
    r"""Training sets whose heads are found in about a second; counted, on one core of one machine, in nanoseconds."""
    n = setting.finite_samples
    columns = min(setting.n_features + setting.intercept, n + 4)
    steps = _NEWTON_STEPS[_is_hard(setting)]
    spread = 5.0 if setting.ridge < _LIGHT * setting.model.noise_std**2 else 1.0  # a few training sets take far more steps
    return 1e9 / (20_000 + spread * steps * (n * (200 + 2 * columns + 0.17 * columns**2) + 0.2 * columns**3))


def _unseen(setting: HeadSetting, points: int) -> float:
    r"""What training sets of one label, which hardly count in an average where they are rare, may add to the error."""
    prior, n = setting.model.label_prior, setting.finite_samples
    share = prior**n + (1 - prior) ** n
    reads_label = setting.intercept or setting.head == "full"
    return share / 2 if reads_label and share * points < _SEEN else 0.0


def _is_hard(setting: HeadSetting) -> bool:
    r"""Whether heads are found by the method of multipliers: kinks, or the largest margin."""
    return setting.ridge == 0 or has_kink(CONVEX_LOSSES[setting.loss])


def _refuse_interpolation(setting: HeadSetting) -> None:
    if setting.ridge == 0 and LOSSES[setting.loss].vanishing_ridge == "interpolation":
        raise ParameterError("ridge", "positive here: without it the exact law of least squares needs no training", 0.0)


def _mean(setting: HeadSetting, laws: list[SampleLaw], size: int) -> MeasuredMean:
    r"""Over blocks of a size; where a training set has no head its error is between 0 and 1, and 1/2 is taken."""
    parts, left = [], 0.0
    for block in range(BLOCKS):
        errors, controls, missing = _block(setting, laws[block % len(laws)], size, block)
        parts.append((errors, controls))
        left += float(missing.mean()) / (2 * BLOCKS)
    return replace(measured_mean(parts), left=left)


def _block(setting: HeadSetting, law: SampleLaw, size: int, block: int) -> tuple[Floats, Floats, Floats]:
    r"""Errors, controls and missing heads at the points of one block."""
    n, variance = setting.finite_samples, setting.model.noise_std**2
    quiet, loud = law.mean_squares
    ridge = working_ridge(setting, quiet * variance, loud * variance) / variance
    sums, fresh = KnownSums(law, n, ridge), FreshError(law)
    step = max(1, min(size, _BATCH // (n * (law.columns + min(n, law.isotropic)))))
    parts = []
    for start in range(0, size, step):
        parts.append(_errors(setting, sums, fresh, Points(size, block, start, min(start + step, size)), ridge))
    errors, controls, missing = (np.concatenate(part) for part in zip(*parts, strict=True))
    return errors, controls, missing


def _errors(
    setting: HeadSetting, sums: KnownSums, fresh: FreshError, points: Points, ridge: float
) -> tuple[Floats, Floats, Floats]:
    law, r = sums.law, sums.law.columns
    place = points.uniform(1)[:, 0] if r > 1 else np.zeros(points.count)
    sets = drawn_sets(law, sums.n_samples, points)
    penalised = np.concatenate([law.penalised, np.ones(sets.matrix.shape[2])])
    heads, missing = trained(Training(sets.designs, penalised, r - 1 if setting.intercept else None, setting.loss, ridge))
    errors = fresh(Heads(heads[:, :r], np.linalg.norm(heads[:, r:], axis=1), np.zeros((points.count, 0))), place)
    return np.where(missing, 0.5, errors), known_sums(sums, sets), missing.astype(float)
