r"""Distribution claims: a predicted law, by its distribution function or its characteristic function."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Asymptotic
from simulations.agreement.design import Absolute, Margin, margin_width
from simulations.agreement.intervals import Array, Band, kolmogorov_distance, planned_band_draws
from simulations.agreement.judgement._mean import BUDGETS, ROOT_SEED
from simulations.agreement.judgement._verdict import Decision, Verdict
from simulations.agreement.samplers import Sampler, check_sampler, checked_draws
from simulations.engine import Store, canonical, finished_blocks, stream

__all__ = ["characteristic_draws", "characteristic_values", "judge_distribution"]

Law = Callable[[Array], Array]


def judge_distribution(
    claim: str,
    *,
    setting: Mapping[str, object],
    cdf: Law,
    sampler: Sampler,
    margin: float | Absolute | Mapping[str, float | Absolute],
    wrong_variants: Mapping[str, Law] | None = None,
    formula: str = "",
    false_alarm: float = 1e-9,
    miss_rate: float = 1e-3,
    budget: int | None = None,
    largest_block: int = 32768,
    effort: str = "quick",
    root_seed: int = ROOT_SEED,
    workers: int = 1,
    store: Store | None = None,
) -> Verdict:
    r"""Does the law of a sampler agree with a predicted distribution function?

    The distance is D = sup_x |F(x) − F₀(x)|; the row predicts D = 0, and agrees if the upper end of the
    band for D is within the margin. Any law, continuous or not; nothing is assumed but iid draws.

    Parameters
    ----------
    claim, setting, false_alarm, miss_rate, budget, largest_block, effort, root_seed, workers, store : see `judge`
    cdf : function of an array
        Right-continuous distribution function F₀.
    sampler : function of (rng, size)
        Returns iid draws, shape (size,).
    margin : float in (0, 1), Absolute, or a mapping of effort to these
        Largest distance that still agrees.
    wrong_variants : mapping of name to distribution function, optional
        Laws that the same draws must reject.
    formula : str
        Name of the predicted law.

    Returns
    -------
    Verdict

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
    width = margin_width(_absolute(margin), np.asarray(1.0), effort=effort)
    planned = planned_band_draws(width, false_alarm=false_alarm, miss_rate=miss_rate)
    allowed = BUDGETS[effort] if budget is None else budget
    if planned > allowed:
        raise DesignError(
            f"{claim}: distance {width:g} with false alarm {false_alarm:.3g} and miss rate {miss_rate:.3g} needs "
            f"{planned} draws, more than the budget of {allowed}; it would take that budget or a wider margin"
        )
    key = canonical(setting)
    memory = None if store is None else store.row(root_seed, claim, key, f"draws {width!r} {false_alarm!r} {miss_rate!r}")
    if not memory:
        check_sampler(sampler, root_seed, claim, key)
    laws: dict[str, Law] = {str(name): law for name, law in (wrong_variants or {}).items()}
    epochs = list(Band(planned, false_alarm).epochs(largest_block, min(allowed, 2 * planned + 1)))
    bands = dict(epochs)
    draws: list[Array] = []
    work = partial(_block, sampler, root_seed, claim, key)
    distance = band = math.inf
    decision: Decision = "undecided"
    for block, result in finished_blocks(work, iter([block for block, _ in epochs]), workers=workers, memory=memory):
        draws.append(result)
        earned = bands[block]
        if earned is None:
            continue
        pooled = np.concatenate(draws)
        if pooled[0] == pooled[-1] and (pooled == pooled[0]).all():
            raise AgreementError(f"draws are constant ({pooled[0]:g}): compare exact numbers without a simulation")
        distance, band = kolmogorov_distance(pooled, cdf), earned
        decision = _decision(distance, band, width)
        rejected = {name: _rejects(kolmogorov_distance(pooled, law), band, width) for name, law in laws.items()}
        if decision == "disagrees" or (decision == "agrees" and all(rejected.values())):
            break
    n = sum(len(part) for part in draws)
    caught = max(width, band + math.sqrt(math.log(2.0 / miss_rate) / (2.0 * n)))
    return Verdict(
        claim=claim, setting=dict(setting), verdict=decision, predicted=0.0, abs_error=0.0, simulated=distance,
        low=max(distance - band, 0.0), high=min(distance + band, 1.0), deviation=distance, caught=caught,
        relative_deviation=distance, relative_caught=caught, margin=width, draws=n, planned=planned,
        false_alarm=false_alarm, miss_rate=miss_rate, method="law, DKW band", formula=formula, variants=rejected,
    )


def characteristic_draws(sampler: Sampler, frequencies: NDArray[np.float64]) -> Sampler:
    r"""Draws of (cos ωX, sin ωX), bounded by 1, whose mean is the characteristic function of X at ω.

    Parameters
    ----------
    sampler : function of (rng, size) returning shape (size,)
    frequencies : array, shape (k,)

    Returns
    -------
    sampler of shape (size, 2, k), for `judge` with bounds (−1, 1), `characteristic_values` and an Absolute margin

    Examples
    --------
    >>> draws = characteristic_draws(lambda rng, size: rng.random(size), np.array([0.5, 2.0]))
    >>> draws(np.random.default_rng(1), 7).shape
    (7, 2, 2)
    """
    return partial(_waves, sampler, np.asarray(frequencies, dtype=float))


def characteristic_values(values: NDArray[np.complex128]) -> Array:
    r"""Predicted characteristic function at k frequencies as an array of shape (2, k): real and imaginary part.

    Examples
    --------
    >>> characteristic_values(np.array([0.3 + 0.1j]))
    array([[0.3],
           [0.1]])
    """
    return np.stack([np.real(values), np.imag(values)])


def _waves(sampler: Sampler, frequencies: Array, rng: np.random.Generator, size: int) -> Array:
    phase = np.multiply.outer(np.asarray(sampler(rng, size), dtype=float), frequencies)
    return np.stack([np.cos(phase), np.sin(phase)], axis=1)


def _block(sampler: Sampler, root_seed: int, claim: str, key: str, index: int, size: int) -> Array:
    rng = stream(root_seed, claim, key, index)
    return checked_draws(sampler, rng, size, shape=(), assumption=Asymptotic())


def _absolute(margin: float | Absolute | Mapping[str, float | Absolute]) -> Margin:
    if isinstance(margin, Mapping):
        return {effort: Absolute(m) if isinstance(m, (int, float)) else m for effort, m in margin.items()}
    return Absolute(margin) if isinstance(margin, (int, float)) else margin


def _decision(distance: float, band: float, margin: float) -> Decision:
    if distance + band <= margin:
        return "agrees"
    return "disagrees" if distance - band > margin else "undecided"


def _rejects(distance: float, band: float, margin: float) -> bool:
    return distance > band and distance + band > margin
