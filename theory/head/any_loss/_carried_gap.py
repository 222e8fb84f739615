r"""Many samples: the limit, with the distance from it that the exact law has at fewer samples and the same p/n."""

from __future__ import annotations

import math
from dataclasses import replace

from scipy.special import ndtri

from theory.head.any_loss._expected_error import affordable_sets, any_loss_error
from theory.head.convex import trained_head_error
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["FEWEST_CARRIED", "carried_gap_error"]

_SIZES = (200, 150, 100, 70, 50)
r"""Samples at which the distance from the limit is taken: the largest that is at most half of n, and quick."""

FEWEST_CARRIED = 100
r"""Samples from which on the limit is carried."""

_QUICK = 200.0  # training sets in about a second
_FEWEST_COORDINATES = 4  # that leave room for every prompt
_SECOND_ORDER = 10.0
r"""n n′ times what is left at z = 0, relative, where the term of order 1/n vanishes. Calibrated: docs/head_convex.md."""

_LARGEST_GAP = 0.1  # relative distance from the limit at n′ beyond which it need not be of order 1/n
_SMALLEST, _RAREST = 1e-4, 10.0
r"""Limit, and expected samples of the rarer label at n′, from which on the calibration reaches."""


def carried_gap_error(setting: HeadSetting, precision: float) -> Prediction:
    r"""Expected test error of a head trained on n samples: {eq}`eq-heads-carried-gap`.

    .. math:: \text{limit}(n)\,\Bigl[1 + \frac{n'}n\Bigl(\frac{\text{exact}(n')}{\text{limit}(n')} - 1\Bigr)\Bigr],
        \qquad \frac{P'}{n'} \approx \frac Pn

    Parameters
    ----------
    setting
        As for `trained_head_error`, n at least 100 and finite.
    precision
        Relative error that is aimed at for exact(n′).

    Returns
    -------
    Prediction
        `details["limit"]`, `details["finite_sample_term"]`, what is added to it, and `details["carried_from"]`, n′. The model
        error is calibrated.

    Raises
    ------
    ParameterError
        If the limit does not cover the setting, n is too small, or no smaller size is quick.

    Notes
    -----
    Equation :eq:`eq-heads-carried-gap` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=400, W=0.6, Q=2.0, tau=1.5, n=1200, loss="logistic", ridge=0.01)
    >>> predicted = carried_gap_error(setting, 1e-3)
    >>> predicted.trusted, abs(predicted.details["finite_sample_term"]) < 0.005 * predicted.value
    (True, True)
    """
    smaller = _smaller(setting)
    share = smaller.finite_samples / setting.finite_samples
    limit, exact, near = trained_head_error(setting), any_loss_error(smaller, precision), trained_head_error(smaller)
    if not near.value > 0:
        raise ParameterError("signal_norm", "such that errors are above 1e-300", setting.model.signal_norm)
    term = share * (exact.value / near.value - 1) * limit.value
    error = limit.abs_error + share * (exact.total_error + near.abs_error) * limit.value / near.value
    details = {"limit": limit.value, "finite_sample_term": term, "carried_from": float(smaller.finite_samples)}
    value = min(max(limit.value + term, 0.0), 1.0)
    left = _left(setting, smaller, limit.value, term) if abs(term) <= _LARGEST_GAP * share * limit.value else math.inf
    return Prediction(value, error, limit.formula, limit.regime, details, left)


def _left(setting: HeadSetting, smaller: HeadSetting, limit: float, term: float) -> float:
    r"""The calibrated bound on what is left, of order 1/(n n′): {eq}`eq-heads-carried-left`."""
    rare = min(setting.model.label_prior, 1 - setting.model.label_prior)
    if limit < _SMALLEST or rare * smaller.finite_samples < _RAREST:
        return math.inf
    z = float(ndtri(min(limit, 0.5)))
    second = _SECOND_ORDER * (1 + z * z) / (2 * rare) ** 2 / (setting.finite_samples * smaller.finite_samples)
    return abs(term) + second * limit


def _smaller(setting: HeadSetting) -> HeadSetting:
    r"""The setting with fewer samples and coordinates, at nearly the same ratio."""
    n, coefficients = setting.finite_samples, setting.n_features + setting.intercept
    for size in _SIZES:
        wanted = 1 + round((coefficients - 1) * (size - 1) / max(n - 1, 1))
        dim = max(setting.model.dim - coefficients + wanted, min(_FEWEST_COORDINATES, setting.model.dim))
        found = replace(setting, n_samples=size, model=replace(setting.model, dim=dim))
        if 2 * size <= n and affordable_sets(found) >= _QUICK:
            return found
    raise ParameterError("n_samples", f"at least {FEWEST_CARRIED}, or so small that training sets can be averaged over", n)
