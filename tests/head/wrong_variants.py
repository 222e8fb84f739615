r"""Wrong variants of the head formulas: numbers that the claims must reject."""

import math
from dataclasses import replace

from theory.head import LeastSquaresAlignment, error_with_intercept, expected_error, head_error, limit_error
from theory.head.exact import mean_error, mean_pooling_ratio
from theory.model import HeadSetting

__all__ = ["constant_scale_variants", "detectable", "finite_context_variants"]

Variants = dict[str, float]


def constant_scale_variants(setting: HeadSetting) -> Variants:
    r"""Mistakes in the exact formulas at τ = 0."""
    kappa, n, p = mean_pooling_ratio(setting), setting.finite_samples, setting.n_features
    variants = {
        "kappa squared for kappa": expected_error(kappa**2, n, p)[0],
        "limit for exact": limit_error(kappa, p / n),
        "p = d": expected_error(kappa, n, p + 1)[0],
        "sigma squared for sigma": expected_error(kappa / setting.model.noise_std, n, p)[0],
        "averaging for least squares": expected_error(kappa, n, p, "averaging")[0],
    }
    for name, freedom in (("k = n - p", n - p), ("k = n - p + 2", n - p + 2)):
        if freedom >= 1 and p > 1:
            variants[name] = mean_error(LeastSquaresAlignment(math.sqrt(n) * kappa, freedom, p), kappa)[0]
    if n % 2 == 0 and n > p > 1:
        variants["with an intercept"] = error_with_intercept(kappa, n, p)[0]
    return variants


def finite_context_variants(setting: HeadSetting) -> Variants:
    r"""Mistakes in the finite-T law."""
    model = setting.model
    variants = {
        "large-context": head_error(setting, "large-context").value,
        "no prompt": head_error(setting.at_strength(0.0)).value,
        "m + 1 relevant tokens": head_error(replace(setting, model=replace(model, n_relevant=model.n_relevant + 1))).value
        if model.n_irrelevant > 1
        else 0.0,
        "n = inf": head_error(replace(setting, n_samples=math.inf)).value,
    }
    limit = head_error(setting).details.get("limit")
    return variants if limit is None else {**variants, "no finite-sample term": float(limit)}


def detectable(variants: Variants, predicted: float, margin: float) -> Variants:
    r"""The variants further than twice the margin away: those that a claim at this margin promises to reject."""
    return {name: value for name, value in variants.items() if abs(value / predicted - 1) > 2.2 * margin}
