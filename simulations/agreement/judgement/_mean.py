r"""Judge a claim: draw until the confidence sequence settles it, or its planned draws are spent twice over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from simulations.agreement.design import Margin
from simulations.agreement.intervals import Array, ConfidenceSequence
from simulations.agreement.judgement._claim import Claim, stated_claim
from simulations.agreement.judgement._court import Court
from simulations.agreement.judgement._verdict import Verdict
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import Store, block_sizes, finished_blocks, stream

__all__ = ["BUDGETS", "ROOT_SEED", "judge"]

ROOT_SEED = 2023
BUDGETS: Mapping[str, int] = {"quick": 1 << 21, "paper": 1 << 24, "deep": 1 << 28}
"""Largest number of draws of one claim at each effort."""


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
        Largest `size` that the sampler is asked for at once, divided by the number of components (at least 128).
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
    court = Court(stated, false_alarm, miss_rate, BUDGETS[effort] if budget is None else budget, expected_sd)
    memory = None if store is None else store.row(root_seed, claim, stated.key, court.sequence.memory_key)
    if not memory:
        check_sampler(sampler, root_seed, claim, stated.key)
    work = partial(_block_summary, sampler, stated, court.sequence, root_seed)
    components = stated.predicted.size
    schedule = block_sizes(largest=largest_block if components == 1 else max(128, largest_block // components))
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
