r"""Draws and estimates of the quantities of a trained head, as the front door and verdicts ask for them."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Probability
from simulations.context import simulated_attention, simulated_optimal_prompt
from simulations.head._convex_experiment import separable_draws
from simulations.head._simulated_errors import simulated_errors
from simulations.interface import Draws, Numbers, Sampling
from theory.model import HeadSetting

__all__ = ["error_draws", "estimated_optimal_prompt", "optimal_prompt_checks", "separability_draws"]

_SHARE_OF_POPULATION, _SHARE_OF_TRAINED = 10, 500
r"""The budget over the draws at each strength of the grid, for the population's head and for a trained one."""


def error_draws(setting: HeadSetting) -> Numbers:
    r"""Test errors of trained heads."""
    return {"value": Draws(partial(_called, simulated_errors, setting))}


def separability_draws(setting: HeadSetting) -> Numbers:
    r"""Whether a training set is separable, as a certificate says."""
    return {"probability": Draws(partial(_called, separable_draws, setting), Probability(), precision_is_absolute=True)}


def estimated_optimal_prompt(setting: HeadSetting, sampling: Sampling) -> dict[str, Any]:
    r"""The best strength on a grid, with common random numbers, and the strengths that the draws cannot tell from it."""
    share = _SHARE_OF_POPULATION if math.isinf(setting.n_samples) else _SHARE_OF_TRAINED
    draws = max(100, sampling.budget // share)  # the fewest that the search over strengths takes
    found = simulated_optimal_prompt(
        setting.model,
        lambda tau, rng, size: _errors_at(setting.at_strength(tau), rng, size),
        draws=draws,
        confidence=sampling.confidence,
        root_seed=sampling.root_seed,
    )
    method = "grid of strengths, common random numbers"
    return {**found, "confidence": sampling.confidence, "method": method, "draws": draws}


def optimal_prompt_checks(answer: Mapping[str, Any], setting: HeadSetting) -> dict[str, tuple[Any, Draws]]:
    r"""The predicted errors at the predicted strength, and without a prompt."""
    best = setting.at_strength(answer["value"].value)
    return {"error": (answer["error"], Draws(partial(_errors_at, best)))}


def _errors_at(setting: HeadSetting, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    if math.isinf(setting.n_samples):
        return simulated_attention(setting.model, setting.prompt, quantity="error", rng=rng, size=size)
    return simulated_errors(setting, rng=rng, size=size)


def _called(sampler: Any, setting: HeadSetting, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    draws: NDArray[np.float64] = sampler(setting, rng=rng, size=size)
    return draws
