r"""Wrong variants of the predictions for convex losses: numbers that the claims must reject."""

import math
from collections.abc import Callable
from dataclasses import replace

from scipy.special import ndtr

from theory.head import (
    CONVEX_LOSSES,
    constant_scales,
    fixed_point,
    max_margin,
    sample_scales,
    separable_probability,
    separable_without_signal,
    trained_head_error,
)
from theory.model import PARAMETERS, HeadSetting, head_setting

__all__ = ["beyond_variants", "separability_variants", "trained_error_variants"]

Variants = dict[str, float]


def trained_error_variants(setting: HeadSetting, loss: str, ridge: float) -> Variants:
    r"""Another loss, another ridge, mean scales instead of random ones, the population's head, one relevant token more."""
    other = "squared" if loss != "squared" else "logistic"
    model, scales = setting.model, sample_scales(setting)
    spread = math.sqrt(scales.mean(scales.noise**2))
    constant = constant_scales(scales.mean(scales.signal) / spread, spread)
    gamma = setting.n_features / setting.finite_samples
    head = max_margin(constant, gamma) if loss == "max-margin" else fixed_point(constant, CONVEX_LOSSES[loss], gamma, ridge)
    variants = {
        f"{other} loss": trained_head_error(setting.trained_by(other, ridge)).value,
        "population head": trained_head_error(replace(setting, n_samples=math.inf)).value,
        "m + 1": trained_head_error(
            replace(setting, model=replace(model, n_relevant=model.n_relevant + 1)).trained_by(loss, ridge)
        ).value,
    }
    if head is not None:
        variants["mean scales"] = float(ndtr(-head.cosine * constant.ratio[0]))
    if ridge > 0:
        variants["ridge x 5"] = trained_head_error(setting.trained_by(loss, 5 * ridge)).value
        variants["ridge / n"] = trained_head_error(setting.trained_by(loss, ridge / setting.finite_samples)).value
    return variants


def separability_variants(setting: HeadSetting) -> Variants:
    r"""No signal, one sample or coordinate more, mean scales."""
    n, p, scales = setting.finite_samples, setting.n_features, sample_scales(setting)
    mean = constant_scales(scales.mean(scales.signal) / math.sqrt(scales.mean(scales.noise**2)))
    return {
        "no signal": separable_without_signal(n, p),
        "n + 1": separable_probability(scales, n + 1, p),
        "p = d": separable_probability(scales, n, p + 1),
        "mean scales": separable_probability(mean, n, p),
    }


def beyond_variants(setting: HeadSetting, formula: Callable[[HeadSetting], float]) -> Variants:
    r"""The formula without one departure from the core at a time, and at one relevant token more."""
    values = setting.values
    variants = {"m + 1": formula(head_setting(**{**values, "n_relevant": setting.model.n_relevant + 1}))}
    for name in _DEPARTURES:
        if values[name] != PARAMETERS[name].default:
            variants[f"default {name}"] = formula(head_setting(**{**values, name: PARAMETERS[name].default}))
    return variants


_DEPARTURES = (
    "correlation",
    "label_prior",
    "relevant_noise",
    "context_noise",
    "signal_noise",
    "prompt_angle",
    "head",
    "intercept",
)
