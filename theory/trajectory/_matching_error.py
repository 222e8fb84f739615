r"""What matched moments leave of an expectation after steps 2 and 3: a calibrated share of what the fluctuations do."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from theory.model import BoxShift, ContextualModel, ParameterError, Steps
from theory.trajectory._parameter_law import MATCHED, Spreads, parameter_points
from theory.trajectory._sample_gradients import gradient_moments

__all__ = ["PROBE_POINTS", "MatchingError", "calibrated_shares"]

Floats = NDArray[np.float64]
Values = Callable[[str, Floats, Floats], Floats]

PROBE_POINTS = 64
_LARGEST_SHARE, _FULL, _POWER = 1.5, 6.0, 1.5
_ROUGH_SHARE = 0.7
_LIGHT = 4.0
_FLOOR = 1e-6
_RESIDUAL = "residual"
_LAWS = ("shifts", "prompt", "second")


def calibrated_shares(effective: float) -> tuple[float, float]:
    r"""(c, b): shares of the influence and of the size of the matched fluctuations that their true law may change.

    .. math:: c = \min\bigl(\tfrac32, (6/n_{\mathrm{eff}})^{3/2}\bigr), \qquad b = \min(1, 0.7/n_{\mathrm{eff}})

    Calibrated, not derived: docs/trajectory.md has the domain, the settings tried and the largest share seen.

    >>> calibrated_shares(1), [round(share, 5) for share in calibrated_shares(600)]
    ((1.5, 0.7), [0.001, 0.00117])
    """
    return min(_LARGEST_SHARE, (_FULL / effective) ** _POWER), min(1.0, _ROUGH_SHARE / effective)


class MatchingError:
    r"""The model error of expectations over the law of `parameter_points`.

    Three laws are replaced by Gaussian ones with the same mean and covariance: of the mean of the shifts in w₁, of q₁ given w₁,
    of w₂ given both. With F(λ) the outcome of given other variables where one of these covariances is multiplied by λ,

    .. math::

        \text{model error} = c \sum_{\text{laws}} \max\bigl(2 |E F(1) - E F(\tfrac12)|, |E F(1) - E F(0)|\bigr)
            + b \sum_{\text{laws}} \sqrt{E (F(1) - F(0))^2} + R,

    R the change where the logistic residual of the third step is a line instead of a cubic. The effective number of samples is
    n / max(1, h/4) with h = E V²/(E V)², V the variance of a sample's prompt gradient across w given its scalars: the tails of
    the gradient grow with η. At n = ∞ nothing fluctuates, and for the squared loss nothing is left.

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
            prompts, heads, names, effective = self._laws()
        except ParameterError:  # scores beyond the domain
            return math.inf
        if len(names) == 1:
            return 0.0
        values = dict(zip(names, self.values(key, prompts, heads).reshape(len(names), -1), strict=True))
        whole, mean = values["matched"], float(values["matched"].mean())
        influence, size = _FLOOR, 0.0
        for law in _LAWS:
            if f"no {law}" in values:
                half, none = (float(values[f"{name} {law}"].mean()) for name in ("half", "no"))
                influence += max(2 * abs(mean - half), abs(mean - none))
                size += float(np.sqrt(np.mean((whole - values[f"no {law}"]) ** 2)))
        share, rough = calibrated_shares(effective)
        return share * influence + rough * size + abs(mean - float(values.get(_RESIDUAL, whole).mean()))

    def _laws_uncached(self) -> tuple[Floats, Floats, tuple[str, ...], float]:
        r"""Prompts and heads of all variants one after the other, the names of the variants, and the effective n."""
        variants = {"matched": MATCHED, **_variants(self.model, self.steps, self.n)}
        laws = [parameter_points(self.model, self.steps, self.n, points=PROBE_POINTS, spreads=one) for one in variants.values()]
        heads = np.concatenate([law.first_head if law.second_head is None else law.second_head for law in laws])
        heads[:, 0] *= not self.steps.debias
        gradients = gradient_moments(self.model, laws[0].first_head[:, :3], self.steps.loss)
        heaviness = 1 + float(np.mean(gradients.spread_variance / np.maximum(gradients.spread, 1e-300) ** 2))
        return np.concatenate([law.prompt for law in laws]), heads, tuple(variants), self.n / max(1.0, heaviness / _LIGHT)


def _variants(model: ContextualModel, steps: Steps, n: float) -> dict[str, Spreads]:
    result: dict[str, Spreads] = {}
    if math.isfinite(n):
        random = {"shifts": not model.is_core, "prompt": True, "second": steps.step == 3}
        for law in filter(random.get, _LAWS):
            result |= {f"half {law}": replace(MATCHED, **{law: 0.5}), f"no {law}": replace(MATCHED, **{law: 0.0})}  # type: ignore[arg-type]
    if steps.step == 3 and steps.loss == "logistic":
        result[_RESIDUAL] = Spreads(residual=1)
    return result
