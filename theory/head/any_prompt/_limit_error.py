r"""What the limit, carried to finite n by constant scales, leaves of the exact error: a calibrated bound from cheap numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from theory.head.any_prompt._sample_law import has_heavy_scores, refuse_uncovered, sample_law
from theory.head.any_prompt._sums import KnownSums
from theory.model import HeadSetting, Interval, ParameterError

__all__ = ["FEWEST_SAMPLES", "Dispersion", "dispersion", "limit_model_error"]

Floats = NDArray[np.float64]

_FACTOR = 0.5
r"""Calibrated: at the 148 settings of docs/head_any_prompt.md the remainder stayed below 0.87 of the bound."""

_COLUMN = 0.3
r"""What one special column beside the signal counts for, in units of a relative variance. Calibrated alike."""

_MOST = 3.0  # calibrated alike

FEWEST_SAMPLES = 20
r"""Samples from which the bound is calibrated; below, the exact law is quick."""

_COARSE = 2.0  # width of the cells of the cubature: a variance needs no more


@dataclass(frozen=True)
class Dispersion:
    r"""How far the samples of a training set are from being alike, at the ridge ξ of the limit.

    Parameters
    ----------
    weight, noise, signal
        Relative variances of 1/D, s²/D and c_w/D, D = 1 + ξs² (s² where n <= p′); the last is ∞ where the column along q_*, whose
        mean is small against its spread, carries the label too.
    columns
        r - 1, special columns beside the signal.

    Notes
    -----
    Equation :eq:`eq-any-prompt-dispersion` of docs/head_any_prompt.md.
    """

    weight: float
    noise: float
    signal: float
    columns: int

    @property
    def total(self) -> float:
        r"""V, at most 3: where few samples matter, fewer of them matter no further."""
        return min(self.weight + self.noise + self.signal + _COLUMN * self.columns, _MOST)


def dispersion(setting: HeadSetting) -> Dispersion:
    r"""The dispersion of a setting, from the nodes of its sample law; scores of standard deviation at most 6.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(T=64, m=6, d=40, W=0.6, Q=2.0, n=120)
    >>> dispersion(head_setting(**data, tau=0)).total < 1e-12 < dispersion(head_setting(**data, tau=1.5)).total < 1
    True
    """
    refuse_uncovered(setting)
    law = sample_law(setting, resolution=_COARSE)
    share = KnownSums(law, setting.finite_samples).shares(law.scale)[0]
    signal = law.special[1 if setting.head == "full" else 0]
    weight, noise, along = (_variance(law.weights, part * share) for part in (1.0, law.scale**2, np.abs(signal)))
    reads_label_from_context = setting.head == "full" and setting.model.correlation != 0
    return Dispersion(weight, noise, math.inf if reads_label_from_context else along, law.columns - 1)


def limit_model_error(setting: HeadSetting, value: float, limit: float) -> float:
    r"""Bound on |exact - value| for the finite-context prediction of least squares.

    Parameters
    ----------
    setting
        n >= 20; n > p′ if there are special columns beside the signal: these interpolate, and no limit describes it.
    value, limit
        The prediction at n samples, and the limit that it was carried from.

    Raises
    ------
    ParameterError
        Where the calibration does not reach: the exact law does.

    Notes
    -----
    Equation :eq:`eq-any-prompt-remainder` of docs/head_any_prompt.md.

    Examples
    --------
    >>> from theory.head import head_error
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> predicted = head_error(setting, "finite-context")
    >>> 0 < limit_model_error(setting, predicted.value, predicted.details["limit"]) < 0.01 * predicted.value
    True
    """
    n = setting.finite_samples
    if n < FEWEST_SAMPLES:
        raise ParameterError("n_samples", Interval(FEWEST_SAMPLES, integer=True), n)
    if has_heavy_scores(setting):
        raise ParameterError("prompt_strength", "such that scores have a deviation of at most 6", setting.prompt.strength)
    measured = dispersion(setting)
    if measured.columns and n <= setting.n_features + setting.intercept - 1 - measured.columns:
        raise ParameterError("n_samples", "above the number of coordinates without a mean", n)
    if value <= 0:
        return 0.0
    quantile = float(ndtri(min(max(limit, 1e-300), 0.5)))
    term = abs(value - limit) / value
    return _FACTOR * value * measured.total * (1 / n + term) * (1 + quantile**2)


def _variance(weights: Floats, values: Floats) -> float:
    r"""Variance over squared mean; 0 where all values vanish."""
    mean = float(weights @ values)
    square = float(weights @ values**2)
    return max(square / mean**2 - 1, 0.0) if mean and math.isfinite(square) else 0.0
