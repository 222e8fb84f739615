r"""The exact formula at τ = 0: mean pooling gives every sample the same attention and noise gain."""

import math

from scipy.special import ndtr

from theory.head.exact._constant_scale import expected_error
from theory.head.exact._full_head import full_head_error
from theory.head.exact._signal_to_noise import mean_pooling_ratio, require_known_prompt_model
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["exact_error"]

_ROUNDING = 1e-15  # relative, of a Gaussian tail


def exact_error(setting: HeadSetting, rule: str = "least-squares") -> Prediction:
    r"""Expected test error of a trained head at τ = 0: exact at every n, p and T.

    Parameters
    ----------
    setting
        With prompt_strength = 0 and the core model. Head "orthogonal": any ρ and π, cost independent of n, d and T. Head
        "full": least squares, ρ = 0 and balanced labels (π = 1/2).
    rule
        "least-squares" or "averaging".

    Raises
    ------
    ParameterError
        If the formula does not cover the setting.

    Notes
    -----
    Equation :eq:`eq-head-cosine` of docs/head.md; the full head by :eq:`eq-head-full`.

    Examples
    --------
    >>> from theory.model import ContextualModel, Prompt
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0, noise_std=1.0)
    >>> round(exact_error(HeadSetting(model=model, prompt=Prompt(0.0), n_samples=120)).value, 10)
    0.4016480354
    """
    require_known_prompt_model(setting)
    if setting.prompt.strength != 0:
        raise ParameterError("prompt_strength", "0 for the exact formula", setting.prompt.strength)
    kappa = mean_pooling_ratio(setting)
    if math.isinf(setting.n_samples):
        if setting.head == "full" and setting.model.correlation != 0:
            raise ParameterError("correlation", "0 for the full head", setting.model.correlation)
        value = float(ndtr(-kappa))
        return Prediction(value, _ROUNDING * value, "exact", "n = inf, τ = 0", model_error=0.0)
    if setting.head == "full":
        value, abs_error = full_head_error(setting, rule)
        return Prediction(value, abs_error, "exact", "τ = 0, full head, ρ = 0, π = 1/2", model_error=0.0)
    value, abs_error = expected_error(kappa, setting.finite_samples, setting.n_features, rule)
    regime = "τ = 0, n >= p" if setting.n_samples >= setting.n_features else "τ = 0, n < p (minimum norm)"
    return Prediction(value, abs_error, "exact", regime if rule == "least-squares" else "τ = 0, averaging", model_error=0.0)
