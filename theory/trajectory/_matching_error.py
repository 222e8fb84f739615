r"""What matched moments leave of an expectation after steps 2 and 3: a calibrated share of what the fluctuations do."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from theory.model import BoxShift, ContextualModel, ParameterError, Steps
from theory.trajectory._parameter_law import MATCHED, Spreads, parameter_points

__all__ = ["PROBE_POINTS", "MatchingError", "calibrated_share"]

Floats = NDArray[np.float64]
Values = Callable[[str, Floats, Floats], Floats]

PROBE_POINTS = 64
_SMALL_SHARE, _FULL, _POWER = 1.5, 8.0, 1.5
_FLOOR = 1e-6
_RESIDUAL = "residual"


def calibrated_share(n_samples: float) -> float:
    r"""Share of the influence of the matched fluctuations that their true law may change.

    .. math:: c_n = \min\bigl(\tfrac32, (8/n)^{3/2}\bigr)

    Calibrated, not derived: docs/trajectory.md has the domain, the settings tried and the largest share seen.

    >>> calibrated_share(2), round(calibrated_share(200), 6)
    (1.5, 0.008)
    """
    return float(min(_SMALL_SHARE, (_FULL / n_samples) ** _POWER))


class MatchingError:
    r"""The model error of expectations over the law of `parameter_points`.

    Three laws are replaced by Gaussian ones with the same mean and covariance: of the mean of the shifts in w₁, of q₁ given w₁,
    of w₂ given both. With F(λ) the expectation where one of these covariances is multiplied by λ,

    .. math:: \text{model error} = c_n \sum_{\text{laws}} \max\bigl(2 |F(1) - F(\tfrac12)|, |F(1) - F(0)|\bigr) + R,

    R the change where the logistic residual of the third step is a line instead of a cubic. At n = ∞ nothing fluctuates, and for
    the squared loss nothing is left.

    Parameters
    ----------
    model, steps, n_samples
        As for `trajectory`.
    values
        A function of a key, prompts and heads that returns the outcome of each pair.
    """

    def __init__(self, model: ContextualModel, steps: Steps, n_samples: float, values: Values) -> None:
        self.model, self.steps, self.n, self.values = model, steps, n_samples, values
        self._laws = cache(self._laws_uncached)

    def of(self, key: str) -> float:
        r"""The model error of one outcome; ∞ under a uniform box, for which nothing was calibrated."""
        if isinstance(self.model.shift, BoxShift):
            return math.inf
        try:
            prompts, heads, names = self._laws()
        except ParameterError:  # scores beyond the domain
            return math.inf
        if len(names) == 1:
            return 0.0
        means = dict(zip(names, self.values(key, prompts, heads).reshape(len(names), -1).mean(axis=1), strict=True))
        whole = means["matched"]
        influence = sum(
            max(2 * abs(whole - means[f"half {law}"]), abs(whole - means[f"no {law}"]))
            for law in ("shifts", "prompt", "second")
            if f"half {law}" in means
        )
        residual = abs(whole - means.get(_RESIDUAL, whole))
        return calibrated_share(self.n) * (float(influence) + _FLOOR) + float(residual)

    def _laws_uncached(self) -> tuple[Floats, Floats, tuple[str, ...]]:
        r"""Prompts and heads of all variants one after the other, and the names of the variants."""
        variants = {"matched": MATCHED, **_variants(self.model, self.steps, self.n)}
        laws = [
            parameter_points(self.model, self.steps, self.n, points=PROBE_POINTS, spreads=one) for one in variants.values()
        ]
        heads = np.concatenate([law.first_head if law.second_head is None else law.second_head for law in laws])
        heads[:, 0] *= not self.steps.debias
        return np.concatenate([law.prompt for law in laws]), heads, tuple(variants)


def _variants(model: ContextualModel, steps: Steps, n: float) -> dict[str, Spreads]:
    result: dict[str, Spreads] = {}
    if math.isfinite(n):
        laws = ["prompt"] + ["second"] * (steps.step == 3) + ["shifts"] * (not model.is_core)
        for law in laws:
            result |= {f"half {law}": replace(MATCHED, **{law: 0.5}), f"no {law}": replace(MATCHED, **{law: 0.0})}  # type: ignore[arg-type]
    if steps.step == 3 and steps.loss == "logistic":
        result[_RESIDUAL] = Spreads(residual=1)
    return result
