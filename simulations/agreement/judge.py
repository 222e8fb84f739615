r"""Judge a claim: draw until the confidence sequence settles it, or its planned draws are spent twice over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np

from simulations.agreement.assumptions import Bounded, Probability
from simulations.agreement.claim import Claim, stated_claim
from simulations.agreement.design import largest_sd, required_draws, smallest_detectable
from simulations.agreement.errors import AgreementError, DesignError
from simulations.agreement.margins import Margin
from simulations.agreement.sampling import Sampler, check_sampler, checked_draws
from simulations.agreement.sequence import Array, ConfidenceSequence
from simulations.agreement.sequences import sequence_for
from simulations.agreement.verdict import Decision, Verdict
from simulations.engine import Store, block_sizes, finished_blocks, stream

__all__ = ["BUDGETS", "ROOT_SEED", "judge"]

ROOT_SEED = 2023
BUDGETS: Mapping[str, int] = {"quick": 1 << 21, "paper": 1 << 24, "deep": 1 << 28}
"""Largest number of draws of one claim at each effort."""

_PATIENCE = 2  # a claim may use twice the draws of its plan: the plan rests on an estimated variance


def judge(
    claim: str,
    *,
    setting: Mapping[str, object],
    predicted: object,
    sampler: Sampler,
    bounds: object,
    margin: Margin,
    wrong_variants: Mapping[str, object] | None = None,
    false_alarm: float = 1e-9,
    miss_rate: float = 1e-3,
    expected_sd: float | None = None,
    budget: int | None = None,
    largest_block: int = 32768,
    effort: str = "quick",
    root_seed: int = ROOT_SEED,
    workers: int = 1,
    store: Store | None = None,
) -> Verdict:
    r"""Does the mean of a sampler agree with a predicted number?

    *agrees*: the confidence sequence lies within predicted ± (margin − abs_error). *disagrees*: it lies
    outside predicted ± (margin + abs_error). Otherwise *undecided*, once twice the planned draws or the
    budget are spent. Either statement is wrong with probability at most `false_alarm`, whenever sampling
    stops; a true prediction is not reported as agreeing with probability at most `miss_rate`.

    Parameters
    ----------
    claim : str
        Name; with the setting, it selects the random stream.
    setting : mapping of str to plain value
        Columns of the row.
    predicted : number, array, or object with `value` and optionally `abs_error` and `formula`
    sampler : function of (rng, size)
        Returns iid draws, shape (size, *shape of the prediction), whose mean is the truth.
    bounds : (lower, upper) or Assumption
        What is known about one draw.
    margin : number (relative), Relative, Absolute, or a mapping of effort to these
    wrong_variants : mapping of name to number, optional
        Numbers that the same draws must reject: outside the interval, and not agreeing.
    false_alarm, miss_rate : float in (0, 1)
    expected_sd : float > 0, optional
        Standard deviation of a draw, for the design; without it the first draws estimate it.
    budget : int, optional
        Largest number of draws; default `BUDGETS[effort]`.
    largest_block : int
        Largest `size` that the sampler is asked for at once.
    effort : {"quick", "paper", "deep"}
    root_seed : int >= 0
    workers : int >= 1
        Processes; the verdict does not depend on it.
    store : Store, optional
        Where finished blocks are kept between runs.

    Returns
    -------
    Verdict

    Raises
    ------
    AgreementError
        If the claim or its draws cannot be judged.
    DesignError
        If the budget cannot deliver what is asked; the message says what it would take.

    Examples
    --------
    >>> verdict = judge("beta-mean", setting={"a": 3, "b": 7}, predicted=0.3, bounds=(0, 1), margin=0.05,
    ...                 sampler=lambda rng, size: rng.beta(3, 7, size), wrong_variants={"a / b": 3 / 7})
    >>> verdict.verdict, verdict.armed
    ('agrees', True)
    """
    stated = stated_claim(
        claim, setting=setting, predicted=predicted, bounds=bounds, margin=margin, wrong_variants=wrong_variants,
        effort=effort,
    )
    court = _Court(stated, false_alarm, miss_rate, BUDGETS[effort] if budget is None else budget, expected_sd)
    memory = None if store is None else store.row(root_seed, claim, stated.key, court.sequence.memory_key)
    if not memory:
        check_sampler(sampler, root_seed, claim, stated.key)
    work = partial(_block_summary, sampler, stated, court.sequence, root_seed)
    schedule = block_sizes(largest=largest_block)
    for (_, size), summary in finished_blocks(work, schedule, workers=workers, memory=memory):
        court.hear(summary, size)
        if court.settled():
            break
    return court.verdict()


def _block_summary(
    sampler: Sampler, claim: Claim, sequence: ConfidenceSequence, root_seed: int, index: int, size: int
) -> Array:
    rng = stream(root_seed, claim.name, claim.key, index)
    draws = checked_draws(sampler, rng, size, shape=claim.predicted.shape, assumption=claim.assumption)
    return sequence.summary(draws)


class _Court:
    """State of one judgement."""

    def __init__(
        self, claim: Claim, false_alarm: float, miss_rate: float, budget: int, expected_sd: float | None
    ) -> None:
        self.claim, self.false_alarm, self.miss_rate, self.budget = claim, false_alarm, miss_rate, budget
        self.alpha = false_alarm / claim.predicted.size
        self.planned = 0
        middle = sum(self._limits()) / 2.0 if math.isfinite(sum(self._limits())) else 0.0
        components = np.ravel(claim.predicted)
        self._hardest = float(components[np.argmax(np.abs(components - middle))])
        if expected_sd is not None:
            self._plan(expected_sd, expected_sd)
        self.sequence = sequence_for(
            claim.assumption, center=claim.predicted, target=np.asarray(claim.inner), alpha=self.alpha, sd=expected_sd
        )

    def hear(self, summary: Array, size: int) -> None:
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
        floor = largest_sd(self.claim.assumption, self._hardest) if constant else 0.0
        largest = float(np.max(sd)) if not constant or math.isinf(floor) else floor
        self._plan(largest, largest * max(0.0, 1.0 - 3.0 / math.sqrt(sequence.n)))

    def settled(self) -> bool:
        decision = self._decision(self.claim.predicted, self.claim.abs_error)
        if decision == "agrees" and not all(self._rejected().values()):
            decision = "undecided"
        return decision != "undecided" or self.sequence.n >= min(self.budget, _PATIENCE * self.planned)

    def verdict(self) -> Verdict:
        claim, sequence = self.claim, self.sequence
        misfit = np.maximum(sequence.high - claim.predicted, claim.predicted - sequence.low)
        worst = np.unravel_index(int(np.argmax(misfit)), misfit.shape)
        predicted, mean = float(claim.predicted[worst]), float(sequence.mean()[worst])
        low, high = float(sequence.low[worst]), float(sequence.high[worst])
        sd = float(np.sqrt(sequence.variance()[worst]))
        noise = smallest_detectable(
            sequence.n, margin=claim.margin, sd=max(sd, 1e-300), assumption=claim.assumption, predicted=predicted,
            false_alarm=self.alpha, miss_rate=self.miss_rate,
        )
        scale = float(np.max(np.abs(claim.predicted)))
        return Verdict(
            claim=claim.name, setting=claim.setting, verdict=self._decision(claim.predicted, claim.abs_error),
            predicted=predicted, abs_error=claim.abs_error, simulated=mean, low=low, high=high,
            deviation=mean - predicted, caught=noise,
            relative_deviation=(mean - predicted) / scale if scale else None,
            relative_caught=noise / scale if scale else None,
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
        if not bool(((mean == lower) | (mean == upper)).all()):
            return True
        rare = np.minimum(np.abs(self.claim.predicted - mean) / (upper - lower), 1.0)
        return bool((self.sequence.n * rare > -math.log(self.false_alarm)).all())

    def _limits(self) -> tuple[float, float]:
        assumption = self.claim.assumption
        if isinstance(assumption, Bounded):
            return assumption.lower, assumption.upper
        return (0.0, 1.0) if isinstance(assumption, Probability) else (-math.inf, math.inf)

    def _plan(self, sd: float, optimistic_sd: float) -> None:
        predicted = self._hardest
        demand = partial(
            required_draws, margin=self.claim.inner, assumption=self.claim.assumption, predicted=predicted,
            false_alarm=self.alpha, miss_rate=self.miss_rate,
        )
        self.planned = demand(sd=sd)
        if demand(sd=max(optimistic_sd, 1e-300)) > self.budget:
            raise DesignError(
                f"{self.claim.name}: margin {self.claim.margin:.3g} with false alarm {self.false_alarm:.3g} and miss "
                f"rate {self.miss_rate:.3g} needs about {self.planned} draws of standard deviation {sd:.3g}, more "
                f"than the budget of {self.budget}; it would take that budget or a wider margin"
            )
