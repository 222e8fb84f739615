r"""State of one judgement: what the draws so far allow to be said, and whether more are needed."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement._special import special
from simulations.agreement.design import required_draws
from simulations.agreement.intervals import Array
from simulations.agreement.judgement._claim import Claim
from simulations.agreement.judgement._run import Run
from simulations.agreement.judgement._verdict import Decision, Verdict

__all__ = ["Court"]

_PATIENCE = 2  # a claim may use twice the draws of its plan: the plan rests on an estimated variance


class Court:
    r"""State of one judgement: the confidence sequence, the plan, the decision so far.

    The plan is known before the first draw where the assumption fixes the spread (0/1, sub-Gaussian,
    bounded variance) or `expected_sd` states it, and otherwise follows the variance of the draws.

    Parameters
    ----------
    claim
        Validated.
    run
        Error rates, budget, and the claim's plan.

    Raises
    ------
    DesignError
        If the plan exceeds the budget.
    """

    def __init__(self, claim: Claim, run: Run) -> None:
        self.claim, self.run = claim, run
        self.alpha = run.rates.false_alarm / claim.predicted.size
        self.planned = 0
        limits, expected_sd = claim.assumption.limits, run.plan.expected_sd
        middle = sum(limits) / 2.0 if math.isfinite(sum(limits)) else 0.0
        components = np.ravel(claim.predicted)
        self._hardest = float(components[np.argmax(np.abs(components - middle))])
        self._known_sd = self._largest_sd() if claim.assumption.fixes_spread else None
        first_sd = self._known_sd if expected_sd is None else expected_sd
        if first_sd is not None:
            self._plan(first_sd, first_sd)
        self.sequence = claim.assumption.sequence(
            center=claim.predicted, target=np.asarray(claim.inner), alpha=self.alpha, sd=expected_sd
        )

    def hear(self, summary: Array, size: int) -> None:
        r"""Absorb a block; refuse draws that contradict their assumption, and a plan beyond the budget."""
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
        r"""Whether the verdict is reached and every wrong variant rejected, or patience or budget are at an end."""
        decision = self._decision(self.claim.predicted, self.claim.abs_error)
        if decision == "agrees" and not all(self._rejected().values()):
            decision = "undecided"
        return decision != "undecided" or self.sequence.n >= min(self.run.budget, _PATIENCE * self.planned)

    def verdict(self) -> Verdict:
        r"""The row, for the component that fits worst."""
        claim, sequence, rates = self.claim, self.sequence, self.run.rates
        misfit = np.maximum(sequence.high - claim.predicted, claim.predicted - sequence.low)
        worst = np.unravel_index(int(np.argmax(misfit)), misfit.shape)
        predicted, mean = float(claim.predicted[worst]), float(sequence.mean()[worst])
        low, high = float(sequence.low[worst]), float(sequence.high[worst])
        noise = -float(special().ndtri(rates.miss_rate)) * float(np.sqrt(sequence.variance()[worst] / sequence.n))
        caught = max(claim.margin, max(high - mean, mean - low) + noise)
        scale = float(np.max(np.abs(claim.predicted)))
        return Verdict(
            claim=claim.name,
            setting=claim.setting,
            verdict=self._decision(claim.predicted, claim.abs_error),
            predicted=predicted,
            abs_error=claim.abs_error,
            simulated=mean,
            low=low,
            high=high,
            deviation=mean - predicted,
            caught=caught,
            relative_deviation=(mean - predicted) / scale if scale else None,
            relative_caught=caught / scale if scale else None,
            margin=claim.margin,
            draws=sequence.n,
            planned=self.planned,
            false_alarm=rates.false_alarm,
            miss_rate=rates.miss_rate,
            method=claim.assumption.label,
            formula=claim.formula,
            component=", ".join(str(int(i)) for i in worst),
            variants=self._rejected(),
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
        r"""Whether a constant stream is too improbable to be chance: at a bound, rare events may yet come."""
        mean, (lower, upper) = self.sequence.mean(), self.claim.assumption.limits
        rounding = 1e-12 * (upper - lower) if math.isfinite(upper - lower) else 0.0
        if not bool(((np.abs(mean - lower) <= rounding) | (np.abs(mean - upper) <= rounding)).all()):
            return True
        rare = np.minimum(np.abs(self.claim.predicted - mean) / (upper - lower), 1.0)
        return bool((self.sequence.n * rare > -math.log(self.run.rates.false_alarm)).all())

    def _largest_sd(self) -> float:
        return self.claim.assumption.largest_sd(self._hardest, self.claim.margin)

    def _plan(self, sd: float, optimistic_sd: float) -> None:
        rates, budget = self.run.rates, self.run.budget
        demand = partial(
            required_draws,
            margin=self.claim.inner,
            assumption=self.claim.assumption,
            predicted=self._hardest,
            false_alarm=self.alpha,
            miss_rate=rates.miss_rate,
        )
        self.planned = demand(sd=sd)
        if demand(sd=max(optimistic_sd, 1e-300)) > budget:
            raise DesignError(
                f"{self.claim.name}: margin {self.claim.margin:.3g} with false alarm {rates.false_alarm:.3g} and miss "
                f"rate {rates.miss_rate:.3g} needs about {self.planned} draws of standard deviation {sd:.3g}, more "
                f"than the budget of {budget}; it would take that budget or a wider margin"
            )
