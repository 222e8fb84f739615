r"""Where the head trained on a setting points: the fixed point, max-margin or interpolation, whichever the loss asks for."""

from __future__ import annotations

import math

from theory.head.convex._fixed_point import fixed_point
from theory.head.convex._interpolation import interpolation
from theory.head.convex._losses import CONVEX_LOSSES
from theory.head.convex._max_margin import max_margin
from theory.head.convex._trained_direction import FixedPoint
from theory.head.features import Features, prompt_frame, sample_features
from theory.head.separability import separability_threshold
from theory.model import LOSSES, HeadSetting, ParameterError

__all__ = ["head_and_regime", "sample_ratio", "trained_head", "working_ridge"]

_POPULATION = 1e-6  # γ that stands for n = ∞
_AT_INTERPOLATION = 1e-8  # at γ = 1 the head is infinitely long; it is taken this far from it
_LIGHTEST, _HEAVIEST = 1e-12, 1e12  # ridges, over mean squares of coordinates, between which heads are trained as they are


def sample_ratio(setting: HeadSetting) -> float:
    r"""The γ at which limits are evaluated for n samples and P trained coefficients, an intercept being one of them.

    .. math:: \gamma = \frac{P - 1}{n - 1}, \quad \text{or } \frac Pn \text{ where more than the signal has weight in the limit}

    Both have the same limit, and both are 1 where P = n. The first is closest to the exact laws at constant scales, by a factor
    of three to ten; other weights fluctuate, which costs about what the second adds. Measured, not proven.

    Notes
    -----
    Equation :eq:`eq-heads-ratio` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(T=30, m=5, d=12, W=0.8, Q=1.4, tau=0.0, n=101, intercept=True)
    >>> print(f"{sample_ratio(head_setting(**data)):.4f} {sample_ratio(head_setting(**data, pi=0.3)):.4f}")
    0.1100 0.1188
    """
    if math.isinf(setting.n_samples):
        return _POPULATION
    coefficients, n = setting.n_features + setting.intercept, setting.finite_samples
    if n == 1 or sample_features(setting).names != ("signal",):
        return coefficients / n
    return max((coefficients - 1) / (n - 1), _POPULATION)


def working_ridge(setting: HeadSetting, quiet: float, loud: float) -> float:
    r"""The ridge that is worked with: from 1e12 E u² on every loss is averaging to twelve digits, and more is no other head.

    Parameters
    ----------
    quiet, loud
        Mean squares of the noise of a coordinate, and of the longest coordinate that the ridge counts.

    Raises
    ------
    ParameterError
        Where a positive ridge is below 1e-12 of the mean squared noise: there ridge 0, its limit, is meant.
    """
    if 0 < setting.ridge < _LIGHTEST * quiet:
        raise ParameterError("ridge", f"0, or at least {_LIGHTEST * quiet:.3g} here, as ridge 0 is its limit", setting.ridge)
    return min(setting.ridge, _HEAVIEST * max(quiet, loud))


def trained_head(setting: HeadSetting, resolution: float = 1.0) -> FixedPoint:
    r"""Where the head of `trained_head_error` points: the solution of the fixed-point equations.

    Parameters
    ----------
    setting
        As for `trained_head_error`.
    resolution
        Factor on the width of the cells of the cubature.

    Notes
    -----
    Equations :eq:`eq-heads-fixed-point`, :eq:`eq-heads-max-margin` and :eq:`eq-heads-interpolation` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=30, m=5, d=9, W=0.8, Q=1.4, tau=0.0, n=25)
    >>> trained_head(setting.trained_by("logistic", 0.01)).converged
    True
    """
    return head_and_regime(setting, sample_features(setting, resolution))[0]


def head_and_regime(setting: HeadSetting, features: Features, guess: FixedPoint | None = None) -> tuple[FixedPoint, str]:
    r"""The head, and in words which limit it is."""
    beside, full = prompt_frame(setting).signal[1] != 0, setting.head == "full"
    if not beside and not (full and setting.model.signal_norm > 0):
        domain = "positive, and w* not along q* for the orthogonal head: else there is nothing to train on"
        raise ParameterError("signal_norm", domain, setting.model.signal_norm)
    loud = float((features.lengths[features.penalised] ** 2).max())
    gamma, ridge = sample_ratio(setting), working_ridge(setting, float(features.weights @ features.noise**2), loud)
    loss, vanishing_ridge = CONVEX_LOSSES[setting.loss], LOSSES[setting.loss].vanishing_ridge
    if vanishing_ridge == "hard-margin":
        found = max_margin(features, gamma)
        if found is None:
            threshold = separability_threshold(features)[0]
            domain = f"below p/{threshold:.4f} for max-margin: beyond, data are not separable"
            raise ParameterError("n_samples", domain, setting.n_samples)
        return found, "max-margin, separable data"
    if ridge > 0:
        return fixed_point(features, loss, gamma, ridge, guess), "ridge > 0"
    if vanishing_ridge == "interpolation":
        if gamma > 1:
            return interpolation(features, gamma), "ridge -> 0: interpolation of minimum norm"
        return fixed_point(features, loss, min(gamma, 1 - _AT_INTERPOLATION), 0.0, guess), "ridge = 0, n > p"
    found = max_margin(features, gamma) if vanishing_ridge == "max-margin" else None
    if found is not None:
        return found, "ridge -> 0 on separable data: max-margin"
    return fixed_point(features, loss, gamma, 0.0, guess), "ridge = 0, data not separable"
