r"""How many samples each of the three batches needs for a target after any step: alignments, attention or test error."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.optimize import brentq

from theory.model import Choice, ContextualModel, Interval, ParameterError, Prediction, Steps
from theory.trajectory._first_head import first_outcomes, settled_count
from theory.trajectory._outcomes import KEYS, single_outcome

__all__ = ["GOALS", "required_samples", "smallest_count"]

GOALS = Choice(KEYS)
_LARGEST = 1 << 40  # samples at which the search gives up
_COARSE, _FINE = 256, 4096  # points of each lattice while the crossing is searched, and when it is corrected
_START = 256  # samples at which the search begins
_STRETCH = 1.1  # the slope in log n is taken over a tenth of n
_CORRECTIONS = 4  # Newton steps at most
_LEAST_SLOPE = 1e-12  # a flat outcome has a huge error of n, not an infinite one
_SCANNED, _MOST_SCANNED = 512, 4096  # counts that are looked at one by one after the first step
_WINDOW = 64  # counts on either side of the crossing that are looked at one by one
_SMALL = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64)  # counts at which an early success is looked for

Excess = Callable[[float], float]


def required_samples(
    model: ContextualModel, steps: Steps, goal: str, target: float, *, points: int = _FINE
) -> dict[str, Prediction]:
    r"""n*, the number of samples in every batch at which an expected outcome of `trajectory` reaches its target.

    .. math::

        n_* = \min\{n : E\,\mathrm{error}(n') \le \mathrm{target} \text{ for all } n' \ge n\}, \qquad
        n_{\mathrm{first}} = \min\{n : E\,\mathrm{error}(n) \le \mathrm{target}\}

    with ≥ for a cosine or the attention. The two differ: without debiasing the error is not monotone in n, since labels balance
    more easily in even batches than in odd ones, and a step that is too long may reach the target by its noise alone.

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
    dict of Prediction
        "value": n*, ∞ if infinite batches do not reach the target but a small one does. "first": the smallest n that reaches it.
        Whole numbers, their errors in samples. Details: "reached", the outcome there, and "limit", that of infinite batches.

    Raises
    ------
    ParameterError
        If neither infinite batches nor any batch that was tried reach the target; the message says what infinite ones reach.

    Notes
    -----
    The outcomes are those of :eq:`eq-trajectory-first-error`, :eq:`eq-trajectory-first-cosine` and :eq:`eq-trajectory-error` of
    docs/trajectory.md. After step 1 every n up to a bound is tried, beyond which the outcome is monotone to nine
    digits. After steps 2 and 3 it is taken to be monotone beyond n = 8: the crossing found with few points is corrected with
    many, by Newton's method on log n; a count at which the scores of noise tokens spread beyond the domain of `trajectory`
    counts as not reaching the target.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> found = required_samples(model, Steps(step=1, debias=True), "error", 0.35)
    >>> found["value"].value, found["first"].value
    (342.0, 342.0)
    """
    GOALS.member("goal", goal)
    target = float(Interval(0, 1, open_lower=True, open_upper=True).member("target", target))
    search = _Search(model, steps, goal, target, points)
    return search.every_count() if steps.step == 1 else search.crossing()


class _Search:
    r"""One search for n: what an outcome is at a number of samples, and on which side of the target."""

    def __init__(self, model: ContextualModel, steps: Steps, goal: str, target: float, points: int) -> None:
        self.model, self.steps, self.goal, self.target, self.points = model, steps, goal, target, points
        self.sign = -1.0 if goal == "error" else 1.0
        self.outcome = cache(self._outcome)
        self.limit = self.outcome(math.inf, 64).value

    def excess(self, n: float) -> float:
        r"""By how much n samples reach the target, seen with few points."""
        return self.sign * (self.outcome(n, _COARSE).value - self.target)

    def every_count(self) -> dict[str, Prediction]:
        r"""After the first step: all n up to where the outcome is monotone, then the crossing beyond."""
        settled = settled_count(self.model, debias=self.steps.debias)
        last = int(min(max(_SCANNED, settled), _MOST_SCANNED))
        counts, values = first_outcomes(self.model, self.goal, last, debias=self.steps.debias)
        reached = self.sign * (values - self.target) >= 0
        if self.sign * (self.limit - self.target) <= 0:
            return self._answer(math.inf, float(counts[np.argmax(reached)]) if reached.any() else None, 0.0)
        missed = np.flatnonzero(~reached)
        value = float(counts[missed[-1]] + 1) if len(missed) else 1.0
        certain = settled <= counts[-1]
        if value > counts[-1]:
            value, certain = self._beyond(int(counts[-1])), certain
        first = float(counts[np.argmax(reached)]) if reached.any() else value
        return self._answer(value, first, 0.0 if certain else math.inf)

    def _beyond(self, low: int) -> float:
        r"""The last count that misses the target, plus one, next to the crossing beyond all counts that were tried."""
        n = low + smallest_count(lambda more: self.excess(low + more) >= 0)
        around = range(max(low, n - _WINDOW), n + _WINDOW)
        missing = [k for k in around if self.excess(k) < 0] if not self.steps.debias else [n - 1]
        return float(missing[-1] + 1)

    def crossing(self) -> dict[str, Prediction]:
        r"""After steps 2 and 3."""
        early = next((n for n in _SMALL if self.excess(n) >= 0), None)
        if self.sign * (self.limit - self.target) <= 0:
            return self._answer(math.inf, None if early is None else float(early), math.inf)
        rough, slope = _crossing(self.excess)
        n = _corrected(rough, slope, self._exact_excess)
        found = self.outcome(n, self.points)
        slope = max(slope, _LEAST_SLOPE)
        numerical = float(np.ceil(n * found.abs_error / slope))
        model_error = n * math.expm1(min(found.model_error / slope, 700.0)) if math.isfinite(slope) else 0.0
        first = float(early) if early is not None and early < n else float(n)
        return self._answer(float(n), first, float(np.ceil(model_error)), numerical)

    def _exact_excess(self, n: float) -> tuple[float, float]:
        found = self.outcome(n, self.points)
        return self.sign * (found.value - self.target), found.abs_error

    def _outcome(self, n: float, count: int) -> Prediction:
        try:
            return single_outcome(self.model, self.steps, n if math.isinf(n) else int(n), self.goal, points=count)
        except ParameterError as error:
            if error.name != "gamma" or not math.isfinite(n):
                raise
            return Prediction(0.5 if self.goal == "error" else 0.0, 0.0, "none", "scores beyond the domain of the formula")

    def _answer(self, value: float, first: float | None, model_error: float, abs_error: float = 0.0) -> dict[str, Prediction]:
        if first is None:
            side = "above" if self.goal == "error" else "below"
            raise ParameterError("target", f"{side} {self.limit:.6g}, what infinite batches reach", self.target)
        answer = {}
        for name, n in (("value", value), ("first", first)):
            found = self.outcome(n, self.points if math.isfinite(n) else 64)
            details = {"reached": found.value, "limit": self.limit}
            answer[name] = Prediction(n, abs_error, found.formula, found.regime, details, model_error)
        return answer


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


def _crossing(excess: Excess) -> tuple[int, float]:
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
    # 2 % of n will do: Newton's steps correct it
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
