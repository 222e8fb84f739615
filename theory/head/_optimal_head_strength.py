r"""The best prompt strength for a head that is trained on n samples."""

import math
from collections.abc import Callable
from functools import partial

from theory.context import best_strength, optimal_prompt
from theory.head._head_error import head_error
from theory.head.exact import head_signal
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["optimal_head_prompt"]


def optimal_head_prompt(setting: HeadSetting, error: Callable[[HeadSetting], Prediction] = head_error) -> dict[str, Prediction]:
    r"""The τ that minimises the expected test error of a trained head, at finite n, d and T or on the population.

    Parameters
    ----------
    setting
        What `error` covers; the strength of its own prompt is not used.
    error
        Expected test error of a setting.

    Returns
    -------
    dict of Prediction
        "value": τ*, with `large_context` = Q/(2σ²) in its details; "error": the expected error there, with the error `at_zero`;
        "gain": error at τ = 0 over error at τ*.

    Raises
    ------
    ParameterError
        If there is no signal, no context, no noise or no irrelevant token, or no formula covers the setting.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> best = optimal_head_prompt(head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=0, n=120))
    >>> round(best["value"].value, 2), round(best["error"].value, 4), round(best["gain"].value, 2)
    (1.28, 0.1392, 2.89)
    """
    model = setting.model
    if math.isinf(setting.n_samples):
        return optimal_prompt(model, setting.prompt)
    for name in ("signal_norm", "context_norm", "noise_std", "n_irrelevant"):
        if not getattr(model, name) > 0:
            raise ParameterError(name, "positive for an optimal prompt", getattr(model, name))
    if head_signal(setting) == 0:
        raise ParameterError("correlation", "such that w* has a part that the head can use", model.correlation)
    scale = model.context_norm / (2 * model.noise_std**2)
    at_zero = error(setting.at_strength(0.0))
    best = best_strength(partial(_error_or_inf, error, setting), scale)
    at_best = error(setting.at_strength(best.strength))
    # at a minimum the error is flat: an error e of the curve moves the minimiser by about the square root of e; at least 2e-4 of
    # it are stated, twenty times the tolerance of the search
    abs_strength = 2 * best.strength * max(at_best.abs_error / at_best.value, 1e-8) ** 0.5
    abs_gain = at_zero.value / at_best.value * (at_zero.abs_error / at_zero.value + at_best.abs_error / at_best.value)
    return {
        "value": Prediction(best.strength, abs_strength, at_best.formula, at_best.regime, {"large_context": scale}),
        "error": Prediction(at_best.value, at_best.abs_error, at_best.formula, at_best.regime, {"at_zero": at_zero.value}),
        "gain": Prediction(at_zero.value / at_best.value, abs_gain, at_best.formula, at_best.regime),
    }


def _error_or_inf(error: Callable[[HeadSetting], Prediction], setting: HeadSetting, tau: float) -> float:
    r"""The error at τ; ∞ where the formula ends."""
    try:
        return error(setting.at_strength(tau)).value
    except ParameterError as refusal:
        if refusal.name != "prompt_strength":
            raise
        return math.inf
