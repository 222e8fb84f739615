r"""Draws and estimates of the first gradient steps, as the front door and verdicts ask for them."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.engine import canonical, stream
from simulations.interface import Draws, Numbers, Sampling
from simulations.trajectory._outcome_draws import KEYS, simulated_trajectory
from simulations.trajectory._sample_count import simulated_count
from theory.model import ContextualModel, Interval, Steps

__all__ = ["count_checks", "estimated_count", "trajectory_draws"]

_FINITE = Interval(1, integer=True)


def trajectory_draws(model: ContextualModel, steps: Steps, n_samples: float) -> Numbers:
    r"""Outcomes of runs of the algorithm; after the first step the prompt is zero, and two of them are known."""
    n = int(_FINITE.member("n_samples", n_samples))
    known = {"alignment_q": 0.0, "relevant_mass": model.relevant_fraction} if steps.step == 1 else {}
    return {key: known[key] if key in known else _outcome(key, model, steps, n) for key in KEYS}


def estimated_count(model: ContextualModel, steps: Steps, goal: str, target: float, sampling: Sampling) -> dict[str, Any]:
    r"""The number of samples at which the mean outcome crosses its target, by runs at counts around the crossing."""
    setting = {"model": str(model), **steps.values, "goal": goal, "target": target}
    found = simulated_count(
        model,
        steps,
        goal,
        target,
        rng=stream(sampling.root_seed, "sample-complexity", canonical(setting)),
        confidence=sampling.confidence,
        budget=sampling.budget,
        root_seed=sampling.root_seed,
    )
    return {
        "value": found.value,
        "interval": list(found.interval),
        "confidence": found.confidence,
        "method": "runs of the algorithm at counts around the crossing",
        "draws": found.n_draws,
    }


def count_checks(answer: Any, model: ContextualModel, steps: Steps, goal: str, target: float) -> Mapping[str, tuple[Any, Draws]]:
    r"""The outcomes that are predicted at the predicted numbers of samples; the target itself is not used."""
    checks = {}
    for found in answer.values():
        if math.isfinite(found.value):
            n = int(found.value)
            checks[f"{goal} at n = {n}"] = (found.details["reached"], _outcome(goal, model, steps, n))
    return checks


def _outcome(key: str, model: ContextualModel, steps: Steps, n_samples: int) -> Draws:
    bounds = (-1.0, 1.0) if "alignment" in key else (0.0, 1.0)
    return Draws(partial(_drawn, key, model, steps, n_samples), bounds)


def _drawn(
    key: str, model: ContextualModel, steps: Steps, n_samples: int, rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    return simulated_trajectory(model, steps, n_samples, rng=rng, size=size)[key]
