r"""The expected test error of a head trained with any convex loss, for n, p → ∞."""

from __future__ import annotations

import math

import numpy as np

from theory.head.convex._fresh_error import fresh_error
from theory.head.convex._losses import CONVEX_LOSSES
from theory.head.convex._margin_law import MarginLaw
from theory.head.convex._trained_direction import FixedPoint
from theory.head.convex._trained_head import head_and_regime
from theory.head.features import sample_features
from theory.head.separability import separability_threshold
from theory.model import LOSSES, HeadSetting, ParameterError, Prediction

__all__ = ["trained_head_error"]

_FORMULA = "fixed-point"
_COARSE = 2.0  # width of the cells of the cubature that the error is compared with
_NOT_INFINITE = 1e-5  # relative; γ = 1e-6 stands for n = ∞ and moves the error by less than 1e-6 of it, as measured


def trained_head_error(setting: HeadSetting) -> Prediction:
    r"""Limit of the test error of ŵ = argmin (1/n) Σ ℓ(yᵢ f(xᵢ)) + λ|w|²/2 for n, p → ∞ at p/n fixed, every T and prompt.

    .. math:: P(y f(x) < 0) = E\,Q\Bigl(\frac{a^Ts}{c\sqrt{a^TMa + \beta^2}}\Bigr)

    Parameters
    ----------
    setting
        Any prompt, correlation, label prior, noise of relevant tokens and noise along q* and w*; either head, with or without
        an intercept, which the ridge does not count. No shift; scores with a standard deviation of at most 6. At λ = 0 the limit
        λ → 0: where the data are separable, max-margin for the hinge, squared hinge and logistic losses, and interpolation of
        minimum norm for the squared loss.

    Returns
    -------
    Prediction
        `abs_error` compares with a coarser cubature. `details`: cosine with the part of w* orthogonal to q*, along and across
        it (α, β), the weights of the other special coordinates, training_loss, training_error, separability_threshold,
        converged.

    Raises
    ------
    ParameterError
        If the formula does not cover the setting, or the head does not exist (max-margin where data are not separable).

    Notes
    -----
    Equation :eq:`eq-heads-error` of docs/head_convex.md, with (a, β) from :eq:`eq-heads-fixed-point`,
    :eq:`eq-heads-max-margin` or :eq:`eq-heads-interpolation`. It is a limit, taken at the γ of :eq:`eq-heads-ratio`; the
    distance from the truth at finite n is O(1/n), and measured there.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> [round(trained_head_error(setting.trained_by(loss)).value, 4) for loss in ("squared", "logistic", "max-margin")]
    [0.1425, 0.1556, 0.1556]
    """
    if math.isinf(setting.n_samples) and LOSSES[setting.loss].vanishing_ridge == "hard-margin":
        raise ParameterError("n_samples", "finite for max-margin: the population is not separable", setting.n_samples)
    fine, coarse = sample_features(setting), sample_features(setting, _COARSE)
    if not min(fine.noise.min(), coarse.noise.min()) > 0:
        raise ParameterError("prompt_strength", "such that attention leaves noise above 1e-300", setting.prompt.strength)
    if math.isinf(setting.n_samples) and fine.names == ("signal",) and np.all(fine.special >= 0):
        head, regime = _population_head(), "n = inf"
        value, error = fresh_error(setting, fine, head)
        return Prediction(value, error, _FORMULA, regime, model_error=0.0)
    first, _ = head_and_regime(setting, sample_features(setting, 2 * _COARSE))
    rough, _ = head_and_regime(setting, coarse, first)
    head, regime = head_and_regime(setting, fine, rough)
    value, error = fresh_error(setting, fine, head)
    error += abs(value - fresh_error(setting, coarse, rough)[0])
    if math.isinf(setting.n_samples):
        regime, error = f"n = inf, {regime}", error + _NOT_INFINITE * value
    details = {
        "cosine": head.cosine,
        "along": head.along,
        "across": head.across,
        **{f"along_{name}": float(weight) for name, weight in zip(head.names, head.special, strict=True) if name != "signal"},
        "training_loss": head.loss,
        "separability_threshold": separability_threshold(fine)[0],
        "converged": head.converged,
    }
    if not regime.startswith("ridge -> 0"):
        details["training_error"] = MarginLaw(fine, CONVEX_LOSSES[setting.loss], head).training_error
    return Prediction(value, error, _FORMULA, regime, details)


def _population_head() -> FixedPoint:
    r"""With the signal alone every population head points along it."""
    return FixedPoint(np.ones(1), ("signal",), 0.0, 0.0, 0.0, 0.0, True)
