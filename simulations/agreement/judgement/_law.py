r"""Judge a law: does the distribution function of a sampler agree with a predicted one?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Asymptotic
from simulations.agreement.design import Absolute, Margin, margin_width
from simulations.agreement.intervals import Array, Band, kolmogorov_distance, planned_band_draws
from simulations.agreement.judgement._run import QUICK, Run
from simulations.agreement.judgement._verdict import Decision, Verdict
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import StoredBlocks, canonical, finished_blocks, stream

__all__ = ["judge_distribution"]

Law = Callable[[Array], Array]

_ANY = Asymptotic()  # the assumption that refuses no finite draw


def judge_distribution(
    claim: str,
    *,
    setting: Mapping[str, object],
    cdf: Law,
    sampler: Sampler,
    margin: Margin,
    wrong_variants: Mapping[str, Law] | None = None,
    formula: str = "",
    run: Run = QUICK,
) -> Verdict:
    r"""Does the law of a sampler agree with a predicted distribution function?

    The distance is D = sup_x |F(x) − F₀(x)|; the row predicts D = 0, and agrees if the upper end of the
    band for D is within the margin. Any law, continuous or not; nothing is assumed but iid draws.

    Derived in docs/agreement.md (eq-agreement-band).

    Parameters
    ----------
    claim, setting, run
        As for `judge`.
    cdf
        Right-continuous distribution function F₀ of an array.
    sampler
        Function of (rng, size) that returns iid draws, shape (size,).
    margin
        Largest distance that still agrees: a number in (0, 1), Absolute, or a mapping of effort to these.
    wrong_variants
        Names and distribution functions that the same draws must reject.
    formula
        Name of the predicted law.

    Raises
    ------
    AgreementError, DesignError
        As `judge`; the number of draws is known before the first one.

    Examples
    --------
    >>> from scipy.stats import gamma
    >>> verdict = judge_distribution("gamma-law", setting={"a": 2.5}, cdf=gamma(2.5).cdf, margin=0.05,
    ...                              sampler=lambda rng, size: rng.gamma(2.5, size=size),
    ...                              wrong_variants={"a - 1/2": gamma(2.0).cdf})
    >>> verdict.verdict, verdict.armed
    ('agrees', True)
    """
    width = margin_width(margin, np.asarray(1.0), effort=run.effort, number=Absolute)
    planned = _planned(claim, width, run)
    key = canonical(setting)
    memory = _memory(claim, key, width, run)
    if not memory:
        check_sampler(sampler, run.seed, claim, key)
    hearing = _Hearing(cdf, {str(name): law for name, law in (wrong_variants or {}).items()}, width)
    epochs = list(Band(planned, run.rates.false_alarm).epochs(run.plan.largest_block, min(run.budget, 2 * planned + 1)))
    work, bands = partial(_block, sampler, run.seed, claim, key), dict(epochs)
    blocks = iter([block for block, _ in epochs])
    for block, draws in finished_blocks(work, blocks, workers=run.workers, memory=memory):
        hearing.hear(draws, bands[block])
        if hearing.settled:
            break
    caught = max(width, hearing.band + math.sqrt(math.log(2.0 / run.rates.miss_rate) / (2.0 * hearing.n)))
    distance, band = hearing.distance, hearing.band
    return Verdict(
        claim=claim,
        setting=dict(setting),
        verdict=hearing.decision,
        predicted=0.0,
        abs_error=0.0,
        simulated=distance,
        low=max(distance - band, 0.0),
        high=min(distance + band, 1.0),
        deviation=distance,
        caught=caught,
        relative_deviation=distance,
        relative_caught=caught,
        margin=width,
        draws=hearing.n,
        planned=planned,
        false_alarm=run.rates.false_alarm,
        miss_rate=run.rates.miss_rate,
        method="law, DKW band",
        formula=formula,
        variants=hearing.rejected,
    )


class _Hearing:
    r"""What the draws so far say about a law and its wrong variants."""

    def __init__(self, cdf: Law, variants: Mapping[str, Law], margin: float) -> None:
        self.distance = self.band = math.inf
        self.decision: Decision = "undecided"
        self.rejected: dict[str, bool] = {}
        self._cdf, self._variants, self._margin = cdf, variants, margin
        self._draws: list[Array] = []

    @property
    def n(self) -> int:
        r"""Number of draws."""
        return sum(len(part) for part in self._draws)

    @property
    def settled(self) -> bool:
        r"""Whether the verdict is reached and every wrong variant rejected."""
        return self.decision == "disagrees" or (self.decision == "agrees" and all(self.rejected.values()))

    def hear(self, draws: Array, band: float | None) -> None:
        r"""Keep a block; look at all of them if it earned a band."""
        self._draws.append(draws)
        if band is None:
            return
        pooled = np.concatenate(self._draws)
        if pooled[0] == pooled[-1] and (pooled == pooled[0]).all():
            raise AgreementError(f"draws are constant ({pooled[0]:g}): compare exact numbers without a simulation")
        self.distance, self.band = kolmogorov_distance(pooled, self._cdf), band
        self.decision = self._decided(self.distance)
        for name, law in self._variants.items():
            distance = kolmogorov_distance(pooled, law)
            self.rejected[name] = distance > band and self._decided(distance) != "agrees"

    def _decided(self, distance: float) -> Decision:
        if distance + self.band <= self._margin:
            return "agrees"
        return "disagrees" if distance - self.band > self._margin else "undecided"


def _planned(claim: str, width: float, run: Run) -> int:
    rates = run.rates
    planned = planned_band_draws(width, false_alarm=rates.false_alarm, miss_rate=rates.miss_rate)
    if planned > run.budget:
        raise DesignError(
            f"{claim}: distance {width:g} with false alarm {rates.false_alarm:.3g} and miss rate {rates.miss_rate:.3g} "
            f"needs {planned} draws, more than the budget of {run.budget}; it would take that budget or a wider margin"
        )
    return planned


def _memory(claim: str, key: str, width: float, run: Run) -> StoredBlocks | None:
    if run.store is None:
        return None
    return run.store.row(run.seed, claim, key, f"draws {width!r} {run.rates.false_alarm!r} {run.rates.miss_rate!r}")


def _block(sampler: Sampler, seed: int, claim: str, key: str, index: int, size: int) -> Array:
    return checked_draws(sampler, stream(seed, claim, key, index), size, shape=(), assumption=_ANY)
