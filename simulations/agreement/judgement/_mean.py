r"""Judge a claim: draw until the confidence sequence settles it, or its planned draws are spent twice over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from simulations.agreement.design import Margin
from simulations.agreement.intervals import Array, ConfidenceSequence
from simulations.agreement.judgement._claim import Claim, stated_claim
from simulations.agreement.judgement._court import Court
from simulations.agreement.judgement._run import QUICK, Run
from simulations.agreement.judgement._verdict import Verdict
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import block_sizes, finished_blocks, stream

__all__ = ["judge"]


def judge(
    claim: str,
    *,
    setting: Mapping[str, object],
    predicted: object,
    sampler: Sampler,
    bounds: object,
    margin: Margin,
    wrong_variants: Mapping[str, object] | None = None,
    run: Run = QUICK,
) -> Verdict:
    r"""Does the mean of a sampler agree with a predicted number?

    *agrees*: the confidence sequence lies within predicted ± (margin − abs_error). *disagrees*: it lies
    outside predicted ± (margin + abs_error). Otherwise *undecided*, once twice the planned draws or the
    budget are spent. Either statement is wrong with probability at most `run.rates.false_alarm`, whenever sampling
    stops; a true prediction is not reported as agreeing with probability at most `run.rates.miss_rate`.

    Stated in docs/agreement.md (eq-agreement-verdict).

    Parameters
    ----------
    claim
        Name; with the setting, it selects the random stream.
    setting
        Columns of the row: names and plain values.
    predicted
        Number, array, or object with `value` and optionally `abs_error` and `formula`.
    sampler
        Function of (rng, size) that returns iid draws, shape (size, *shape of the prediction), whose mean is the truth.
    bounds
        What is known about one draw: (lower, upper) or an `Assumption`.
    margin
        Number (relative), Relative, Absolute, or a mapping of effort to these.
    wrong_variants
        Names and numbers, or arrays, that the same draws must reject.
    run
        Seed, effort, workers, store, error rates; and the claim's own plan.

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
        claim,
        setting=setting,
        predicted=predicted,
        bounds=bounds,
        margin=margin,
        wrong_variants=wrong_variants,
        effort=run.effort,
    )
    court = Court(stated, run)
    memory = None if run.store is None else run.store.row(run.seed, claim, stated.key, court.sequence.memory_key)
    if not memory:
        check_sampler(sampler, run.seed, claim, stated.key)
    work = partial(_block_summary, sampler, stated, court.sequence, run.seed)
    components, largest = stated.predicted.size, run.plan.largest_block
    schedule = block_sizes(largest=largest if components == 1 else max(128, largest // components))
    for (_, size), summary in finished_blocks(work, schedule, workers=run.workers, memory=memory):
        court.hear(summary, size)
        if court.settled():
            break
    return court.verdict()


def _block_summary(sampler: Sampler, claim: Claim, sequence: ConfidenceSequence, seed: int, index: int, size: int) -> Array:
    rng = stream(seed, claim.name, claim.key, index)
    draws = checked_draws(sampler, rng, size, shape=claim.predicted.shape, assumption=claim.assumption)
    return sequence.summary(draws)
