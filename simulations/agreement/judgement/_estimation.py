r"""An estimate with an interval: the same confidence sequences without a prediction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Assumption, Probability, assumption_of, sequence_for
from simulations.agreement.design import Absolute
from simulations.agreement.intervals import Array
from simulations.agreement.judgement._mean import BUDGETS, ROOT_SEED
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import block_sizes, canonical, finished_blocks, stream

__all__ = ["Estimate", "estimate"]

_PILOT = 1024


@dataclass(frozen=True)
class Estimate:
    r"""Mean of the draws, interval, its confidence, number of draws, and the assumption behind them."""

    value: float
    interval: tuple[float, float]
    confidence: float
    n_draws: int
    method: str
    reached: bool


def estimate(
    sampler: Sampler,
    *,
    bounds: object,
    confidence: float = 0.999,
    precision: float | Absolute = 0.01,
    name: str = "estimate",
    setting: Mapping[str, object] | None = None,
    budget: int = BUDGETS["quick"],
    largest_block: int = 32768,
    root_seed: int = ROOT_SEED,
    workers: int = 1,
    strict: bool = False,
) -> Estimate:
    r"""Mean of a sampler to a stated precision, with an interval that is valid although sampling stops early.

    A pilot from a stream of its own fixes the center and the bets: 1024 draws, more while they are all equal
    or know the mean less well than the precision asks, an eighth of the budget at most. The confidence
    sequence then runs on fresh draws until its half-width is at most the precision.

    Parameters
    ----------
    sampler : function of (rng, size) returning iid draws, shape (size,)
    bounds : (lower, upper) or Assumption
    confidence : float in (0, 1)
        Probability that the interval holds the mean, at any stopping time.
    precision : float > 0 (relative to the estimate) or Absolute
        Half-width wanted.
    name, setting : str and mapping
        Select the random stream.
    budget : int
        Largest number of draws.
    largest_block, root_seed, workers : see `judge`
    strict : bool
        Raise if the budget ends before the precision is reached, instead of saying ``reached=False``.

    Returns
    -------
    Estimate

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
    wanted = precision.value if isinstance(precision, Absolute) else float(precision)
    if not (math.isfinite(wanted) and wanted > 0.0):
        raise AgreementError(f"precision must be a positive finite number, got {wanted}")
    assumption, key = assumption_of(bounds), canonical(setting or {})
    check_sampler(sampler, root_seed, name, key)
    pilot = _Pilot(sampler, assumption, partial(stream, root_seed, name, key, "pilot"))
    pilot.extend(_PILOT)
    while pilot.sd == 0.0:
        if len(pilot.draws) >= max(budget // 4, _PILOT):
            raise AgreementError(f"draws are constant ({pilot.mean:g} in all of the first {len(pilot.draws)})")
        pilot.extend(len(pilot.draws))
    for _ in range(2):
        relative = 1.0 if isinstance(precision, Absolute) else max(abs(pilot.mean), pilot.sd / math.sqrt(len(pilot.draws)))
        reachable = pilot.sd * math.sqrt(2.0 * math.log(2.0 / (1.0 - confidence)) / budget)
        target = max(wanted * relative, reachable)
        pilot.extend(math.ceil(min((pilot.sd / target) ** 2, budget / 8)) - len(pilot.draws))
    center, sd = pilot.mean, pilot.sd
    sequence = sequence_for(
        assumption, center=np.asarray(center), target=np.asarray(target), alpha=1.0 - confidence, sd=sd
    )

    def work(index: int, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        rng = stream(root_seed, name, key, index)
        return sequence.summary(checked_draws(sampler, rng, size, shape=(), assumption=assumption))

    reached = False
    for (_, size), summary in finished_blocks(work, block_sizes(largest=largest_block), workers=workers):
        sequence.update(summary, size)
        low, high, mean = float(sequence.low), float(sequence.high), float(sequence.mean())
        goal = wanted if isinstance(precision, Absolute) else wanted * abs(mean)
        reached = (high - low) / 2 <= goal
        if reached or sequence.n >= budget:
            break
    low, high = min(low, high), max(low, high)  # they cross with probability <= 1 - confidence, which is paid for
    if strict and not reached:
        raise DesignError(f"{name}: half-width {(high - low) / 2:.3g} after the budget of {budget} draws, wanted {goal:.3g}")
    value = min(max(mean, low), high)
    return Estimate(value, (low, high), confidence, sequence.n, assumption.label, reached)


class _Pilot:
    """Draws that tune a sequence and are then forgotten."""

    def __init__(
        self, sampler: Sampler, assumption: Assumption, streams: Callable[[int], np.random.Generator]
    ) -> None:
        self.draws: Array = np.empty(0)
        self._sampler, self._assumption, self._streams, self._next = sampler, assumption, streams, 0

    def extend(self, count: int) -> None:
        """At least so many more draws, in blocks of 1024."""
        blocks = [self.draws]
        for _ in range(-(-count // _PILOT)):
            rng = self._streams(self._next)
            blocks.append(checked_draws(self._sampler, rng, _PILOT, shape=(), assumption=self._assumption))
            self._next += 1
        self.draws = np.concatenate(blocks)

    @property
    def mean(self) -> float:
        """Mean of the draws; of 0/1 draws with half a draw of either kind added, for an event may be sure and not seen to be."""
        if isinstance(self._assumption, Probability):
            return (float(self.draws.sum()) + 0.5) / (len(self.draws) + 1)
        return float(self.draws.mean())

    @property
    def sd(self) -> float:
        """Standard deviation of the draws, or of 0/1 draws with that mean."""
        if isinstance(self._assumption, Probability):
            return math.sqrt(self.mean * (1 - self.mean))
        return float(self.draws.std())
