r"""Least squares without a ridge in every setting of this package: the limit, carried to finite n by the exact law."""

from __future__ import annotations

import math

from theory.head.convex import SQUARED, fixed_point, fresh_error, interpolation, interpolation_leak
from theory.head.exact import expected_error
from theory.head.features import Features, has_mirrored_labels, mirrored_features, sample_features
from theory.head.finite_context import equivalent_ratio
from theory.model import HeadSetting, Prediction

__all__ = ["carried_limit_error"]

_FORMULA = "finite-context"
# At n = P the limit is 1/2 for every κ; it is taken this far from it. There the fixed point is not known to the digits that κₑ
# would need: the prediction at n = P depends on this number and lies off its neighbours.
_AT_INTERPOLATION = 1e-8
_FLOOR = 1e-12  # numerical error where two cubatures agree by chance, or the limit is 1/2


def carried_limit_error(setting: HeadSetting) -> Prediction:
    r"""Expected test error of least squares without a ridge, finite n: the general limit, carried to n by the exact law.

    The limit at γ = P/n, P coefficients being trained, is that of a constant signal-to-noise ratio κₑ; the prediction is the
    exact expected error at (κₑ, n, P). Where n < P and labels are mirrored, the coordinates that then get no weight in the limit
    are left out of P, and what they cost at finite n is added (`interpolation_leak`).

    Parameters
    ----------
    setting
        As for `trained_head_error`.

    Returns
    -------
    Prediction
        `details["limit"]` is the limit, `details["finite_sample_term"]` what is added to it; `details["leak"]`, for n < P with
        mirrored labels, the relative share of the coordinates that are left out.

    Raises
    ------
    ParameterError
        If the setting is not covered.

    Notes
    -----
    Equation :eq:`eq-heads-carried` of docs/head_convex.md; the leak is :eq:`eq-heads-leak` with :eq:`eq-heads-turn`.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5)
    >>> print(f"{carried_limit_error(head_setting(**data, n=120, rho=0.4, pi=0.3, intercept=True)).value:.4f}")
    0.1578
    """
    coefficients, n = setting.n_features + setting.intercept, setting.finite_samples
    if has_mirrored_labels(setting) and setting.model.signal_noise == 1:
        features = mirrored_features(setting)
        if n < coefficients - len(features.names) + 1:
            return _with_leak(setting, features)
    ratio = coefficients / n if n != coefficients else 1 - _AT_INTERPOLATION
    limit, abs_error = _limit(setting, ratio)
    value, carried_error = _carried(limit, ratio, n, coefficients)
    term = value - limit
    details = {"limit": limit, "finite_sample_term": term}
    regime = "n >= P coefficients" if n >= coefficients else "n < P coefficients (minimum norm)"
    return Prediction(value, carried_error + abs_error * value / limit, _FORMULA, regime, details)


def _limit(setting: HeadSetting, ratio: float) -> tuple[float, float]:
    r"""The limiting error at γ = ratio, and its change from a coarser cubature."""
    values = []
    for resolution in (1.0, 2.0):
        features = sample_features(setting, resolution)
        head = interpolation(features, ratio) if ratio > 1 else fixed_point(features, SQUARED, ratio, 0.0)
        values.append(fresh_error(setting, features, head)[0])
    return values[0], abs(values[0] - values[1]) + _FLOOR


def _carried(limit: float, ratio: float, n: int, coefficients: int) -> tuple[float, float]:
    if limit >= 0.5:  # no constant ratio does worse than guessing
        return limit, _FLOOR
    return expected_error(equivalent_ratio(math.log(limit), ratio), n, coefficients)


def _with_leak(setting: HeadSetting, features: Features) -> Prediction:
    n = setting.finite_samples
    coefficients = setting.n_features + setting.intercept - (len(features.names) - 1)
    ratio = coefficients / n
    limit, abs_error = _limit(setting, ratio)
    value, carried_error = _carried(limit, ratio, n, coefficients)
    leak = interpolation_leak(features, interpolation(sample_features(setting), ratio), ratio, n)
    term = value - limit
    details = {"limit": limit, "finite_sample_term": term + value * leak, "leak": leak}
    error = carried_error + abs_error * value / limit
    return Prediction(value * (1 + leak), error, _FORMULA, "n < P coefficients (minimum norm)", details)
