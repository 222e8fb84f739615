r"""An estimate with an interval: the same confidence sequences without a prediction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulations.agreement.assumptions import assumption_of
from simulations.agreement.errors import AgreementError, DesignError
from simulations.agreement.judge import BUDGETS, ROOT_SEED
from simulations.agreement.margins import Absolute
from simulations.agreement.sampling import Sampler, check_sampler, checked_draws
from simulations.agreement.sequences import sequence_for
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

    A pilot of 1024 draws from a stream of its own fixes the center and the bets; the confidence sequence then
    runs on fresh draws until its half-width is at most the precision.

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
    pilot = checked_draws(sampler, stream(root_seed, name, key, "pilot"), _PILOT, shape=(), assumption=assumption)
    center, sd = float(pilot.mean()), float(pilot.std())
    if sd == 0.0:
        raise AgreementError(f"draws are constant ({center:g} in all of the first {_PILOT})")
    relative = 1.0 if isinstance(precision, Absolute) else max(abs(center), sd / math.sqrt(_PILOT))
    sequence = sequence_for(
        assumption, center=np.asarray(center), target=np.asarray(wanted * relative), alpha=1.0 - confidence, sd=sd
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
