r"""How many samples each of the three batches needs for a target after any step: alignments, attention or test error."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.optimize import brentq

from theory.model import Choice, ContextualModel, Interval, ParameterError, Prediction, Steps
from theory.trajectory._outcomes import KEYS, single_outcome

__all__ = ["GOALS", "required_samples", "smallest_count"]

GOALS = Choice(KEYS)
_LARGEST = 1 << 40
_COARSE, _FINE = 256, 4096
_START = 256
_STRETCH = 1.1
_CORRECTIONS = 4


def required_samples(model: ContextualModel, steps: Steps, goal: str, target: float, *, points: int = _FINE) -> Prediction:
    r"""n*, the number of samples in every batch at which an expected outcome of `trajectory` reaches its target.

    .. math:: n_* = \min\{n : E\,\mathrm{error}(n) \le \mathrm{target}\}

    with ≥ for a cosine or the attention.

    Parameters
    ----------
    model
        As for `trajectory`.
    steps
        The steps. γ has no influence on alignments before the third one.
    goal
        "error" (to fall to the target); "alignment_w", "alignment_q" or "relevant_mass" (to rise to it).
    target
        In (0, 1).
    points
        As for `trajectory`.

    Returns
    -------
    Prediction
        n*, a whole number; `abs_error` in samples. Details: "reached", the outcome at n*, and "limit", that of infinite batches.

    Raises
    ------
    ParameterError
        If infinite batches do not reach the target; the message says what they reach.

    Notes
    -----
    The outcome is taken to be monotone in n. After step 1 of the core model every value is exact, and so is n*. Else the crossing
    found with few points is corrected with many, by Newton's method on log n; a count at which the scores of noise tokens spread
    beyond the domain of `trajectory` counts as not reaching the target.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> required_samples(model, Steps(step=1, debias=True), "error", 0.35).value
    342.0
    """
    GOALS.member("goal", goal)
    target = float(Interval(0, 1, open_lower=True, open_upper=True).member("target", target))
    sign = -1.0 if goal == "error" else 1.0

    @cache
    def outcome(n: float, count: int) -> Prediction:
        try:
            return single_outcome(model, steps, n, goal, points=count)
        except ParameterError as error:
            if error.name != "gamma" or not math.isfinite(n):
                raise
            return Prediction(0.5 if goal == "error" else 0.0, 0.0, "none", "scores beyond the domain of the formula")

    limit = outcome(math.inf, 64).value
    if sign * (limit - target) <= 0:
        side = "above" if goal == "error" else "below"
        raise ParameterError("target", f"{side} {limit:.6g}, what infinite batches reach", target)
    if outcome(_START, _COARSE).formula == "exact":
        n = smallest_count(lambda n: sign * (outcome(n, _COARSE).value - target) >= 0)
        found = outcome(n, _COARSE)
        return Prediction(float(n), 0.0, "exact", found.regime, {"reached": found.value, "limit": limit}, 0.0)
    rough, slope = _crossing(lambda n: sign * (outcome(n, _COARSE).value - target))
    n = _corrected(rough, slope, lambda n: (sign * (outcome(n, points).value - target), outcome(n, points).abs_error))
    found = outcome(n, points)
    uncertain = float(np.ceil(n * found.abs_error / max(slope, 1e-12)))
    return Prediction(float(n), uncertain, found.formula, found.regime, {"reached": found.value, "limit": limit})


def smallest_count(reached: Callable[[int], bool]) -> int:
    r"""The smallest n >= 1 from which a monotone condition holds.

    >>> smallest_count(lambda n: n * n >= 50)
    8
    """
    high = 1
    while not reached(high):
        high *= 2
        if high > _LARGEST:
            raise ParameterError("target", f"within reach of {_LARGEST} samples", "one that is not")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _crossing(excess: Callable[[int], float]) -> tuple[int, float]:
    r"""A whole number near which an increasing function of n changes its sign, searched from `_START` in both directions.

    And the slope of the function in log n there.
    """
    low = high = _START
    while excess(high) < 0:
        low, high = high, 4 * high
        if high > _LARGEST:
            raise ParameterError("target", f"within reach of {_LARGEST} samples", "one that is not")
    while low == high or excess(low) >= 0:
        if low == 1:
            return 1, math.inf
        low, high = max(1, low // 4), low
    n = round(math.exp(brentq(lambda x: excess(round(math.exp(x))), math.log(low), math.log(high), xtol=0.02)))
    beyond = max(n + 1, round(_STRETCH * n))
    return n, (excess(beyond) - excess(n)) / math.log(beyond / n)


def _corrected(n: int, slope: float, excess: Callable[[int], tuple[float, float]]) -> int:
    r"""Newton's method on log n until the excess is lost in a quarter of its numerical error."""
    for _ in range(_CORRECTIONS):
        value, error = excess(n)
        if abs(value) <= error / 4:
            break
        better = max(1, math.ceil(n * math.exp(-value / slope)))
        if better == n:
            break
        n = better
    return n
