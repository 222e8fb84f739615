r"""The best prompt strength for a head that is trained on n samples, or on the population."""

import math
from collections.abc import Callable, Mapping
from functools import partial

from theory.context import best_strength, optimal_prompt
from theory.head._head_error import head_error
from theory.head.exact import head_signal
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["optimal_head_prompt"]

_COARSE = 0.01  # precision of the exact law on the way: the curve is flat where it matters
_RATIO = 1.45  # of consecutive strengths in the search
_TOLERANCE = 0.01  # of the strength: it moves an error by 1e-4 of itself at a minimum of ordinary curvature

Curve = Mapping[float, Prediction]


def optimal_head_prompt(setting: HeadSetting) -> dict[str, Prediction]:
    r"""The τ that minimises the expected test error of a trained head, at finite n, d and T or on the population.

    Parameters
    ----------
    setting
        What `head_error` covers; the strength of its own prompt is not used.

    Returns
    -------
    dict of Prediction
        "value": τ*; its model_error reaches to the ends of the strengths whose error may be as small, and its details name these
        ends, `near_best_from` and `near_best_to`, and `large_context` = Q/(2σ²). "error": the expected error at the strength
        "value", with the error `at_zero`. "gain": error at τ = 0 over error at τ*.

    Raises
    ------
    ParameterError
        If there is no signal, no context, no noise or no irrelevant token, or no formula covers the setting.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> best = optimal_head_prompt(head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=0, n=120))
    >>> round(best["value"].value, 1), round(best["error"].value, 3), round(best["gain"].value, 1)
    (1.3, 0.139, 2.9)
    """
    model = setting.model
    if math.isinf(setting.n_samples) and setting.head == "orthogonal" and not setting.intercept:
        return optimal_prompt(model, setting.prompt)
    for name in ("signal_norm", "context_norm", "noise_std", "n_irrelevant"):
        if not getattr(model, name) > 0:
            raise ParameterError(name, "positive for an optimal prompt", getattr(model, name))
    if head_signal(setting) == 0:
        raise ParameterError("correlation", "such that w* has a part that the head can use", model.correlation)
    scale = model.context_norm / (2 * model.noise_std**2)
    curve: dict[float, Prediction] = {}
    best = best_strength(partial(_error_or_inf, setting, curve), scale, ratio=_RATIO, tolerance=_TOLERANCE)
    at_zero, at_best = head_error(setting.at_strength(0.0)), head_error(setting.at_strength(best.strength))
    low, high = _near_best({**curve, best.strength: at_best}, best.strength)
    details = {"near_best_from": low, "near_best_to": high, "large_context": scale}
    gain = at_zero.value / at_best.value
    where = (at_best.formula, at_best.regime)
    return {
        "value": Prediction(
            best.strength, _TOLERANCE * best.strength, *where, details, max(high - best.strength, best.strength - low)
        ),
        "error": Prediction(at_best.value, at_best.abs_error, *where, {"at_zero": at_zero.value}, at_best.model_error),
        "gain": Prediction(
            gain,
            gain * _relative(at_zero, at_best, lambda one: one.abs_error),
            *where,
            model_error=gain * _relative(at_zero, at_best, lambda one: one.model_error),
        ),
    }


def _relative(at_zero: Prediction, at_best: Prediction, error: Callable[[Prediction], float]) -> float:
    r"""Relative error of a ratio: of its two parts, the second not small."""
    first, second = error(at_zero) / at_zero.value, error(at_best) / at_best.value
    return (first + second) / (1 - second) if second < 1 else math.inf


def _near_best(curve: Curve, strength: float) -> tuple[float, float]:
    r"""The strengths next to those that may err as little as the best one: the ends of an interval that holds the minimiser."""
    level = curve[strength].value + curve[strength].total_error
    strengths = sorted(curve)
    near = [index for index, tau in enumerate(strengths) if curve[tau].value - curve[tau].total_error <= level]
    high = math.inf if near[-1] + 1 == len(strengths) else strengths[near[-1] + 1]
    return strengths[max(near[0] - 1, 0)], high


def _error_or_inf(setting: HeadSetting, curve: dict[float, Prediction], tau: float) -> float:
    r"""The error at τ, which the curve keeps; ∞ where the formula ends."""
    try:
        curve[tau] = head_error(setting.at_strength(tau), precision=_COARSE)
    except ParameterError as refusal:
        if refusal.name != "prompt_strength":
            raise
        return math.inf
    return curve[tau].value
