r"""Draws and estimates of attention, as the front door and verdicts ask for them."""

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Probability
from simulations.context._attention_draws import simulated_attention
from simulations.interface import Draws, Numbers, Sampling, estimated_numbers
from theory.model import ContextualModel, Prompt

__all__ = ["attention_draws", "estimated_attention", "probability_draws"]

_WITH_SPREAD = ("relevant_mass", "noise_gain")


def attention_draws(model: ContextualModel, prompt: Prompt) -> dict[str, Draws]:
    r"""Attention on the relevant tokens, noise gain, and the error of the population head given the scores."""
    tops = {"relevant_mass": 1.0, "noise_gain": max(1.0, model.relevant_noise**2), "error": 1.0}
    return {name: Draws(partial(_drawn, model, prompt, name), (0.0, top)) for name, top in tops.items()}


def estimated_attention(model: ContextualModel, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    r"""The means of `attention_draws`, and the standard deviations of attention and noise gain."""
    numbers = attention_draws(model, prompt)
    setting = {"model": str(model), **prompt.values}
    answer = estimated_numbers("attention", numbers, setting, sampling)
    for name in _WITH_SPREAD:
        centre, ends = answer[name], answer["interval"][name]
        top = numbers[name].bounds[1]  # type: ignore[index]  # stated as a pair above
        squares = Draws(partial(_squared_deviations, numbers[name], centre), (0.0, top**2))
        square = sampling.estimate(f"attention spread of {name}", squares, setting)
        off = max(abs(end - centre) for end in ends) ** 2  # the mean of (A - a)² exceeds the variance by (E A - a)²
        answer[f"{name}_sd"] = math.sqrt(square.value)
        answer["interval"][f"{name}_sd"] = [math.sqrt(max(square.interval[0] - off, 0.0)), math.sqrt(square.interval[1])]
    return answer


def probability_draws(model: ContextualModel, prompt: Prompt, of: str, at: float) -> Numbers:
    r"""Whether a statistic of one sample lies below a number."""
    return {"value": Draws(partial(_below, model, prompt, of.replace("-", "_"), at), Probability())}


def _drawn(model: ContextualModel, prompt: Prompt, quantity: str, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    return simulated_attention(model, prompt, quantity=quantity, rng=rng, size=size)


def _below(
    model: ContextualModel, prompt: Prompt, quantity: str, at: float, rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    return (_drawn(model, prompt, quantity, rng, size) < at).astype(np.float64)


def _squared_deviations(draws: Draws, centre: float, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    deviations: NDArray[np.float64] = (draws.sampler(rng, size) - centre) ** 2
    return deviations
