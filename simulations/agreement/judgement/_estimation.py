r"""An estimate with an interval: the same confidence sequences without a prediction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict, Unpack

import numpy as np

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Assumption, assumption_of
from simulations.agreement.design import Absolute, Relative, Width, stated_width
from simulations.agreement.intervals import Array, ConfidenceSequence
from simulations.agreement.judgement._run import QUICK, Run
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import block_sizes, canonical, finished_blocks, stream

__all__ = ["Estimate", "RunParts", "estimate"]

_PILOT = 1024


@dataclass(frozen=True)
class Estimate:
    r"""Mean of the draws, interval, its confidence, number of draws, the assumption behind them, whether precise enough."""

    value: float
    interval: tuple[float, float]
    confidence: float
    n_draws: int
    method: str
    reached: bool


class RunParts(TypedDict, total=False):
    r"""Parts of a `Run` by name, for a caller that states few of them."""

    root_seed: int
    workers: int
    budget: int
    largest_block: int


def estimate(
    sampler: Sampler,
    *,
    bounds: object,
    confidence: float = 0.999,
    precision: float | Absolute | Relative = 0.01,
    name: str = "estimate",
    setting: Mapping[str, object] | None = None,
    strict: bool = False,
    run: Run = QUICK,
    **parts: Unpack[RunParts],
) -> Estimate:
    r"""Mean of a sampler to a stated precision, with an interval that is valid although sampling stops early.

    A pilot from a stream of its own fixes the center and the bets: 1024 draws, more while they are all equal
    or know the mean less well than the precision asks, an eighth of the budget at most. The confidence
    sequence then runs on fresh draws until its half-width is at most the precision.

    Parameters
    ----------
    sampler
        Function of (rng, size) that returns iid draws, shape (size,).
    bounds
        What is known about one draw: (lower, upper) or an `Assumption`.
    confidence
        Probability in (0, 1) that the interval holds the mean, at any stopping time.
    precision
        Half-width wanted: a number > 0 (relative to the estimate), Relative or Absolute.
    name, setting
        Select the random stream.
    strict
        Raise if the budget ends before the precision is reached, instead of saying ``reached=False``.
    run
        Seed, workers and budget.
    **parts
        `root_seed`, `workers`, `budget`, `largest_block`: what the run is to have instead.

    Raises
    ------
    AgreementError
        For bad arguments or draws.
    DesignError
        If `strict` and the budget ended first.

    Examples
    --------
    >>> found = estimate(lambda rng, size: rng.beta(3, 7, size), bounds=(0, 1), precision=0.02)
    >>> found.interval[0] < 0.3 < found.interval[1], found.reached
    (True, True)
    """
    if not 0.0 < confidence < 1.0:
        raise AgreementError(f"confidence must lie in (0, 1), got {confidence}")
    wanted, assumption, run = stated_width("precision", precision), assumption_of(bounds), _with_parts(run, parts)
    key = (name, canonical(setting or {}))
    check_sampler(sampler, run.seed, *key)
    pilot = _Pilot(sampler, assumption, partial(stream, run.seed, *key, "pilot"))
    target = _tuned(pilot, wanted, confidence, run.budget)
    sequence = assumption.sequence(center=np.asarray(pilot.mean), target=np.asarray(target), alpha=1.0 - confidence, sd=pilot.sd)
    work = partial(_summary, sampler, assumption, sequence, (run.seed, *key))
    reached = _sampled(sequence, work, wanted, run)
    low, high, mean = float(sequence.low), float(sequence.high), float(sequence.mean())
    low, high = min(low, high), max(low, high)  # they cross with probability <= 1 - confidence, which is paid for
    if strict and not reached:
        half, goal = (high - low) / 2, wanted.of(abs(mean))
        raise DesignError(f"{name}: half-width {half:.3g} after the budget of {run.budget} draws, wanted {goal:.3g}")
    value = min(max(mean, low), high)
    return Estimate(value, (low, high), confidence, sequence.n, assumption.label, reached)


class _Pilot:
    r"""Draws that tune a sequence and are then forgotten."""

    def __init__(self, sampler: Sampler, assumption: Assumption, streams: Callable[[int], np.random.Generator]) -> None:
        self.draws: Array = np.empty(0)
        self.mean = self.sd = math.nan
        self._sampler, self._assumption, self._streams, self._next = sampler, assumption, streams, 0

    def extend(self, count: int) -> None:
        r"""At least so many more draws, in blocks of 1024."""
        blocks = [self.draws]
        for _ in range(-(-count // _PILOT)):
            rng = self._streams(self._next)
            blocks.append(checked_draws(self._sampler, rng, _PILOT, shape=(), assumption=self._assumption))
            self._next += 1
        self.draws = np.concatenate(blocks)
        self.mean, self.sd = self._assumption.pilot(self.draws)


def _tuned(pilot: _Pilot, wanted: Width, confidence: float, budget: int) -> float:
    r"""Half-width to tune for, from a pilot that is made as long as it has to be."""
    pilot.extend(_PILOT)
    while pilot.sd == 0.0:
        if len(pilot.draws) >= max(budget // 4, _PILOT):
            raise AgreementError(f"draws are constant ({pilot.mean:g} in all of the first {len(pilot.draws)})")
        pilot.extend(len(pilot.draws))
    target = math.nan
    for _ in range(2):
        reachable = pilot.sd * math.sqrt(2.0 * math.log(2.0 / (1.0 - confidence)) / budget)
        target = max(wanted.of(max(abs(pilot.mean), pilot.sd / math.sqrt(len(pilot.draws)))), reachable)
        pilot.extend(math.ceil(min((pilot.sd / target) ** 2, budget / 8)) - len(pilot.draws))
    return target


def _sampled(sequence: ConfidenceSequence, work: Callable[[int, int], Array], wanted: Width, run: Run) -> bool:
    r"""Blocks until the interval is as narrow as wanted (then True) or the budget is spent."""
    schedule = block_sizes(largest=run.plan.largest_block)
    for (_, size), summary in finished_blocks(work, schedule, workers=run.workers):
        sequence.update(summary, size)
        half = (float(sequence.high) - float(sequence.low)) / 2
        reached = half <= wanted.of(abs(float(sequence.mean())))
        if reached or sequence.n >= run.budget:
            return reached
    raise AssertionError("the schedule is endless")


def _summary(
    sampler: Sampler, assumption: Assumption, sequence: ConfidenceSequence, key: tuple[str | int, ...], index: int, size: int
) -> Array:
    seed, *names = key
    rng = stream(int(seed), *names, index)
    return sequence.summary(checked_draws(sampler, rng, size, shape=(), assumption=assumption))


def _with_parts(run: Run, parts: RunParts) -> Run:
    run = replace(run, seed=parts.get("root_seed", run.seed), workers=parts.get("workers", run.workers))
    budget, largest = parts.get("budget", run.plan.budget), parts.get("largest_block", run.plan.largest_block)
    return run.planning(budget=budget, largest_block=largest)
