r"""The large-context formula: attention and noise gain replaced by their limits as T → ∞."""

import math

from scipy.special import ndtr

from theory.head.exact import expected_error, head_signal, large_context_scales, require_known_prompt_model
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["large_context_error"]

_ROUNDING = 1e-15  # relative, of κ² and of a Gaussian tail


def large_context_error(setting: HeadSetting, rule: str = "least-squares") -> Prediction:
    r"""Expected test error with A and C at their T → ∞ limits: the constant-scale law at κ(τ).

    .. math:: \kappa(\tau) = \frac{\zeta W \sqrt T}{\sigma\sqrt{1-\zeta}}\, e^{\tau Q - \sigma^2\tau^2}

    Parameters
    ----------
    setting
        Core model, ρ = 0.
    rule
        "least-squares" or "averaging".

    Raises
    ------
    ParameterError
        If the formula does not cover the setting.

    Notes
    -----
    Equation :eq:`eq-head-kappa` of docs/head.md, by the law of large numbers :eq:`eq-head-large-context`. Whether it may be
    trusted is for `head_error` to say, which compares it with the best formula.
    """
    require_known_prompt_model(setting)
    model = setting.model
    if model.correlation != 0:
        raise ParameterError("correlation", "0 for the large-context formula", model.correlation)
    kappa = head_signal(setting) / model.noise_std * large_context_scales(setting)[1]
    if math.isinf(setting.n_samples):
        value = float(ndtr(-kappa))
        value, abs_error = value, _ROUNDING * value * max(1.0, kappa**2)
    else:
        value, abs_error = expected_error(kappa, setting.finite_samples, setting.n_features, rule)
    return Prediction(value, abs_error, "large-context", "T → ∞ at fixed τ", {"kappa": kappa})
