r"""The number of samples at which a simulated outcome of the steps reaches its target."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Absolute, estimate
from simulations.tokens import directions
from simulations.trajectory._outcome_draws import KEYS, simulated_trajectory, trained_parameters
from simulations.trajectory._pair_outcomes import cosines, debiased
from simulations.trajectory._pooled_steps import first_heads, first_prompts
from theory.model import Choice, ContextualModel, Interval, ParameterError, Steps

__all__ = ["SampleCount", "mean_alignment", "simulated_count", "simulated_sample_complexity"]

_QUANTITIES = Choice(("alignment_w", "alignment_q"))
_GOALS = Choice(KEYS)
_NUMBERS = 1 << 21
r"""Numbers that one batch of runs may hold."""
_LARGEST = 1 << 17  # samples at which the search gives up
_SEARCH_RUNS, _PILOT_RUNS, _HALVINGS = 400, 2000, 5  # runs at each count of the search and of a pilot; halvings in log n
_CLEAR = 6.0  # standard errors that a pilot must be away from the target before an estimate is worth its draws
_FACTORS = (1.05, 1.1, 1.2, 1.5, 2.0, 4.0)  # from the crossing to either end of the interval, the tightest first

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SampleCount:
    r"""A count by search, and an interval that holds the crossing with the stated confidence, if the outcome is monotone in n."""

    value: float
    interval: tuple[float, float]
    confidence: float
    n_draws: int


def simulated_count(
    model: ContextualModel,
    steps: Steps,
    goal: str,
    target: float,
    *,
    rng: np.random.Generator,
    confidence: float = 0.999,
    budget: int = 200_000,
    root_seed: int = 2023,
) -> SampleCount:
    r"""n at which the mean outcome of runs of the algorithm crosses the target.

    A search by doubling and halving finds the crossing n₀ roughly. Then outcomes at n₀/f and f n₀ are estimated with intervals
    that hold although sampling stops early, for f = 1.05, 1.1, …, until they lie on their own sides of the target.

    Parameters
    ----------
    model
        The law of the data.
    steps
        As for `simulated_trajectory`.
    goal
        "error" (to fall to the target), "alignment_w", "alignment_q" or "relevant_mass" (to rise to it).
    target
        In (0, 1).
    rng
        Source of randomness of the search.
    confidence
        Of the interval.
    budget
        Largest number of runs for one estimate.
    root_seed
        Seed of the streams of the estimates.

    Raises
    ------
    ParameterError
        If 2^17 samples do not reach the target, or no interval within a factor 4 is conclusive.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=12, n_relevant=4, dim=6, signal_norm=0.9, context_norm=1.5)
    >>> count = simulated_count(model, Steps(step=1, debias=True), "alignment_w", 0.7, rng=np.random.default_rng(0))
    >>> count.interval[0] < count.value < count.interval[1] < 30
    True
    """
    _GOALS.member("goal", goal)
    target = float(Interval(0, 1, open_lower=True, open_upper=True).member("target", target))
    sign = -1.0 if goal == "error" else 1.0

    def draws(n: int, generator: np.random.Generator, size: int) -> Array:
        block = max(1, _NUMBERS // (n + model.dim))
        sizes = [min(block, size - start) for start in range(0, size, block)]
        return np.concatenate([_outcome(model, steps, n, goal, rng=generator, size=part) for part in sizes])

    found = _crossing(lambda n: sign * (float(draws(n, rng, _SEARCH_RUNS).mean()) - target))
    each = 1 - (1 - confidence) / (2 * len(_FACTORS))
    ends, total = [], 0
    for power in (-1, 1):
        for factor in _FACTORS:
            n = max(1, round(found * factor**power))
            pilot = sign * power * (draws(n, rng, _PILOT_RUNS) - target)
            if pilot.mean() < _CLEAR * pilot.std() / np.sqrt(_PILOT_RUNS):
                continue
            answer = estimate(
                partial(_swapped, draws, n),
                bounds=(-1.0, 1.0) if "alignment" in goal else (0.0, 1.0),
                confidence=each,
                precision=Absolute(float(pilot.mean()) / 2),
                name=f"count {goal}",
                setting={"n": n, "step": steps.step},
                budget=budget,
                largest_block=1024,
                root_seed=root_seed,
            )
            total += answer.n_draws
            if min(sign * power * (end - target) for end in answer.interval) > 0:
                ends.append(float(n))
                break
        else:
            raise ParameterError("budget", "large enough to tell n* to a factor 4", budget)
    return SampleCount(found, (ends[0], ends[1]), confidence, total)


def _outcome(model: ContextualModel, steps: Steps, n: int, goal: str, *, rng: np.random.Generator, size: int) -> Array:
    r"""Draws of one outcome; the cosines need no test samples."""
    if "alignment" not in goal:
        return simulated_trajectory(model, steps, n, rng=rng, size=size)[goal]
    prompts, heads = trained_parameters(model, steps, n, rng=rng, size=size)
    context, signal = directions(model)
    if goal == "alignment_q":
        return cosines(prompts, context)
    return cosines(*(debiased(model, heads), debiased(model, signal[None])[0]) if steps.debias else (heads, signal))


def _swapped(draws: Callable[[int, np.random.Generator, int], Array], n: int, rng: np.random.Generator, size: int) -> Array:
    return draws(n, rng, size)


def _crossing(excess: Callable[[int], float]) -> float:
    r"""Where an increasing function of n, seen with noise, changes its sign; interpolated in log n."""
    low, high = 1, 2
    at_low, at_high = excess(low), excess(high)
    while at_high < 0:
        low, at_low, high = high, at_high, 2 * high
        if high > _LARGEST:
            raise ParameterError("target", f"within reach of {_LARGEST} samples", "one that is not")
        at_high = excess(high)
    for _ in range(_HALVINGS):
        middle = round(np.sqrt(low * high))
        if middle in (low, high):
            break
        value = excess(middle)
        if value < 0:
            low, at_low = middle, value
        else:
            high, at_high = middle, value
    share = min(max(-at_low / (at_high - at_low), 0.0), 1.0) if at_high > at_low else 0.5
    return float(np.exp(np.log(low) + share * np.log(high / low)))


def simulated_sample_complexity(
    model: ContextualModel,
    target: float,
    *,
    quantity: str,
    rng: np.random.Generator,
    runs: int = 2000,
    eta: float = 1e-3,
) -> float:
    r"""n at which the mean cosine over `runs` runs crosses the target, interpolated in log n.

    The count is bracketed by doubling and halved five times on the logarithmic axis; then the cosines at both ends are
    interpolated. With "alignment_w" the head is debiased.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=12, n_relevant=4, dim=6, signal_norm=0.9, context_norm=1.5)
    >>> 3 < simulated_sample_complexity(
    ...     model, 0.7, quantity="alignment_w", rng=np.random.default_rng(0), runs=300) < 30
    True
    """
    _QUANTITIES.member("quantity", quantity)

    def mean(n: int) -> float:
        return mean_alignment(model, quantity=quantity, n_samples=n, rng=rng, runs=runs, eta=eta)

    return _crossing(lambda n: mean(n) - target)


def mean_alignment(
    model: ContextualModel, *, quantity: str, n_samples: int, rng: np.random.Generator, runs: int, eta: float
) -> float:
    r"""Mean cosine of w₁ (debiased) with w_*, or of q₁ with q_*, over independent runs with n samples in every batch."""
    context, signal = directions(model)
    block = max(1, _NUMBERS // (n_samples + model.dim))
    total = 0.0
    for start in range(0, runs, block):
        heads = first_heads(model, eta=eta, n_samples=n_samples, rng=rng, size=min(block, runs - start))
        if quantity == "alignment_w":
            total += cosines(debiased(model, heads), debiased(model, signal[None])[0]).sum()
        else:
            total += cosines(first_prompts(model, heads, gamma=1.0, n_samples=n_samples, rng=rng), context).sum()
    return total / runs
