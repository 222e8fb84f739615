r"""State of one judgement: what the draws so far allow to be said, and whether more are needed."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.special import ndtri

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Asymptotic, Bounded, Probability, sequence_for
from simulations.agreement.design import largest_sd, required_draws
from simulations.agreement.intervals import Array
from simulations.agreement.judgement._claim import Claim
from simulations.agreement.judgement._verdict import Decision, Verdict

__all__ = ["Court"]

_PATIENCE = 2  # a claim may use twice the draws of its plan: the plan rests on an estimated variance


class Court:
    r"""State of one judgement: the confidence sequence, the plan, the decision so far.

    The plan is known before the first draw where the assumption fixes the spread (0/1, sub-Gaussian,
    bounded variance) or `expected_sd` states it, and otherwise follows the variance of the draws.

    Parameters
    ----------
    claim : Claim
    false_alarm, miss_rate : float in (0, 1)
    budget : int
    expected_sd : float > 0, optional

    Raises
    ------
    DesignError
        If the plan exceeds the budget.
    """

    def __init__(
        self, claim: Claim, false_alarm: float, miss_rate: float, budget: int, expected_sd: float | None
    ) -> None:
        self.claim, self.false_alarm, self.miss_rate, self.budget = claim, false_alarm, miss_rate, budget
        self.alpha = false_alarm / claim.predicted.size
        self.planned = 0
        middle = sum(self._limits()) / 2.0 if math.isfinite(sum(self._limits())) else 0.0
        components = np.ravel(claim.predicted)
        self._hardest = float(components[np.argmax(np.abs(components - middle))])
        self._known_sd = None if isinstance(claim.assumption, (Bounded, Asymptotic)) else self._largest_sd()
        first_sd = self._known_sd if expected_sd is None else expected_sd
        if first_sd is not None:
            self._plan(first_sd, first_sd)
        self.sequence = sequence_for(
            claim.assumption, center=claim.predicted, target=np.asarray(claim.inner), alpha=self.alpha, sd=expected_sd
        )

    def hear(self, summary: Array, size: int) -> None:
        """Absorb a block; refuse draws that contradict their assumption, and a plan beyond the budget."""
        sequence = self.sequence
        sequence.update(summary, size)
        if bool(sequence.empty.any()):
            raise AgreementError(
                f"draws contradict the stated assumption ({self.claim.assumption.label}, iid): the confidence "
                f"sequence became empty after {sequence.n} draws"
            )
        sd = np.sqrt(sequence.variance())
        constant = bool((sd <= 1e-12 * (np.abs(sequence.mean()) + np.abs(sequence.center))).any())
        if constant and self._must_vary():
            raise AgreementError(
                f"draws are constant ({float(np.ravel(sequence.mean())[0]):g} in all of the first {sequence.n}): "
                "compare exact numbers without a simulation"
            )
        if self._known_sd is None:
            spread = self._largest_sd() if constant else float(np.max(sd))
            self._plan(spread, spread * max(0.0, 1.0 - 3.0 / math.sqrt(sequence.n)))

    def settled(self) -> bool:
        """Whether the verdict is reached and every wrong variant rejected, or patience or budget are at an end."""
        decision = self._decision(self.claim.predicted, self.claim.abs_error)
        if decision == "agrees" and not all(self._rejected().values()):
            decision = "undecided"
        return decision != "undecided" or self.sequence.n >= min(self.budget, _PATIENCE * self.planned)

    def verdict(self) -> Verdict:
        """The row, for the component that fits worst."""
        claim, sequence = self.claim, self.sequence
        misfit = np.maximum(sequence.high - claim.predicted, claim.predicted - sequence.low)
        worst = np.unravel_index(int(np.argmax(misfit)), misfit.shape)
        predicted, mean = float(claim.predicted[worst]), float(sequence.mean()[worst])
        low, high = float(sequence.low[worst]), float(sequence.high[worst])
        noise = -float(ndtri(self.miss_rate)) * float(np.sqrt(sequence.variance()[worst] / sequence.n))
        caught = max(claim.margin, max(high - mean, mean - low) + noise)
        scale = float(np.max(np.abs(claim.predicted)))
        return Verdict(
            claim=claim.name, setting=claim.setting, verdict=self._decision(claim.predicted, claim.abs_error),
            predicted=predicted, abs_error=claim.abs_error, simulated=mean, low=low, high=high,
            deviation=mean - predicted, caught=caught,
            relative_deviation=(mean - predicted) / scale if scale else None,
            relative_caught=caught / scale if scale else None,
            margin=claim.margin, draws=sequence.n, planned=self.planned, false_alarm=self.false_alarm,
            miss_rate=self.miss_rate, method=claim.assumption.label, formula=claim.formula,
            component=", ".join(str(int(i)) for i in worst), variants=self._rejected(),
        )

    def _decision(self, value: Array, abs_error: float) -> Decision:
        low, high, margin = self.sequence.low, self.sequence.high, self.claim.margin
        if bool(((low >= value - (margin - abs_error)) & (high <= value + (margin - abs_error))).all()):
            return "agrees"
        outside = (low > value + (margin + abs_error)) | (high < value - (margin + abs_error))
        return "disagrees" if bool(outside.any()) else "undecided"

    def _rejected(self) -> dict[str, bool]:
        low, high = self.sequence.low, self.sequence.high
        return {
            name: bool(((value < low) | (value > high)).any()) and self._decision(value, 0.0) != "agrees"
            for name, value in self.claim.variants.items()
        }

    def _must_vary(self) -> bool:
        """Whether a constant stream is too improbable to be chance: at a bound, rare events may yet come."""
        mean, (lower, upper) = self.sequence.mean(), self._limits()
        rounding = 1e-12 * (upper - lower) if math.isfinite(upper - lower) else 0.0
        if not bool(((np.abs(mean - lower) <= rounding) | (np.abs(mean - upper) <= rounding)).all()):
            return True
        rare = np.minimum(np.abs(self.claim.predicted - mean) / (upper - lower), 1.0)
        return bool((self.sequence.n * rare > -math.log(self.false_alarm)).all())

    def _limits(self) -> tuple[float, float]:
        assumption = self.claim.assumption
        if isinstance(assumption, Bounded):
            return assumption.lower, assumption.upper
        return (0.0, 1.0) if isinstance(assumption, Probability) else (-math.inf, math.inf)

    def _largest_sd(self) -> float:
        return largest_sd(self.claim.assumption, self._hardest, self.claim.margin)

    def _plan(self, sd: float, optimistic_sd: float) -> None:
        demand = partial(
            required_draws, margin=self.claim.inner, assumption=self.claim.assumption, predicted=self._hardest,
            false_alarm=self.alpha, miss_rate=self.miss_rate,
        )
        self.planned = demand(sd=sd)
        if demand(sd=max(optimistic_sd, 1e-300)) > self.budget:
            raise DesignError(
                f"{self.claim.name}: margin {self.claim.margin:.3g} with false alarm {self.false_alarm:.3g} and miss "
                f"rate {self.miss_rate:.3g} needs about {self.planned} draws of standard deviation {sd:.3g}, more "
                f"than the budget of {self.budget}; it would take that budget or a wider margin"
            )
