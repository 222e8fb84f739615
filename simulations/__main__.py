r"""`python -m simulations QUANTITY …`: print an estimate with its interval."""

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Absolute, AgreementError, Estimate, Probability, estimate
from simulations.context import simulated_attention, simulated_optimal_prompt
from simulations.engine import canonical, stream
from simulations.expressivity import trained_answers
from simulations.head import separable_draws, simulated_errors
from simulations.trajectory import KEYS, simulated_count, simulated_trajectory
from theory.interface import (
    BEST_ACCURACY,
    BEST_ACCURACY_EXAMPLE,
    FORMULA,
    KNOWN_PROMPT,
    KNOWN_PROMPT_EXAMPLE,
    LOSS,
    PROMPT,
    PROMPT_DIRECTION,
    PROMPT_EXAMPLE,
    PROMPT_SAMPLES,
    RIDGE,
    SAMPLE_COMPLEXITY,
    SAMPLE_COMPLEXITY_EXAMPLE,
    STATISTIC,
    STATISTIC_LEVEL,
    TRAJECTORY,
    TRAJECTORY_EXAMPLE,
    FrontDoor,
)
from theory.model import PARAMETERS, ContextualModel, HeadSetting, Interval, Parameter, Prompt, Steps, head_setting

door = FrontDoor(
    "simulations",
    "Simulations: estimates with intervals that hold although sampling stops early.",
    refusals=(AgreementError,),
)

Sampler = Callable[[np.random.Generator, int], NDArray[np.float64]]

_OPEN_UNIT = Interval(0, 1, open_lower=True, open_upper=True)
_COUNT = Interval(1, integer=True)
_SAMPLING = tuple(
    Parameter(name, name, rf"\text{{{name}}}", domain, meaning, default=default)
    for name, domain, meaning, default in (
        ("confidence", _OPEN_UNIT, "probability that an interval holds the truth", 0.999),
        ("precision", _OPEN_UNIT, "half-width of the interval, relative to the estimate, at which sampling stops", 0.01),
        ("budget", _COUNT, "largest number of draws", 200_000),
        ("root_seed", Interval(0, integer=True), "seed of all random streams", 2023),
        ("workers", _COUNT, "processes; the result does not depend on it", 1),
    )
)


@door.quantity("head-error", (*KNOWN_PROMPT, LOSS, RIDGE, FORMULA, *_SAMPLING), KNOWN_PROMPT_EXAMPLE)
def _head_error(formula: str, loss: str, ridge: float, **values: Any) -> dict[str, Any]:
    r"""Expected test error of a trained head under a known prompt (--formula is read and not used)."""
    sampling = _taken(values)
    setting = head_setting(**values, loss=loss, ridge=ridge)

    def sampler(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return simulated_errors(setting, rng=rng, size=size)

    shown = setting.values
    return {**_estimated(_estimate("head-error", sampler, shown, sampling), "heads trained on pooled features"), "setting": shown}


@door.quantity("separability", (*KNOWN_PROMPT, *_SAMPLING), KNOWN_PROMPT_EXAMPLE)
def _separability(**values: Any) -> dict[str, Any]:
    r"""Probability that a head without training errors exists: how often a certificate says so."""
    sampling = _taken(values)
    setting = head_setting(**values)
    answer = estimate(
        lambda rng, size: separable_draws(setting, rng=rng, size=size),
        bounds=Probability(),
        name="separability",
        setting=setting.row,
        largest_block=4096,
        **{**sampling, "precision": Absolute(sampling["precision"])},
    )
    return {**_estimated(answer, "certificates by linear programming"), "setting": setting.values}


@door.quantity(
    "attention",
    (*PROMPT, PARAMETERS["prompt_strength"], *PROMPT_DIRECTION, *_SAMPLING),
    f"{PROMPT_EXAMPLE} --prompt-strength 1.1",
)
def _attention(prompt_strength: float, prompt_angle: float, prompt_azimuth: float, **values: Any) -> dict[str, Any]:
    r"""Attention on the relevant tokens, noise gain, and the error of the population head."""
    sampling, model = _taken(values), ContextualModel(**values)
    prompt = {"prompt_strength": prompt_strength, "prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}
    setting = {**values, **prompt}
    largest = max(1.0, model.relevant_noise**2)  # of C²

    def sampler(quantity: str) -> Sampler:
        chosen = Prompt(prompt_strength, prompt_angle, prompt_azimuth)
        return lambda rng, size: simulated_attention(model, chosen, quantity=quantity, rng=rng, size=size)

    tops = {"relevant_mass": 1.0, "noise_gain": largest, "error": 1.0}
    answers = {name: _estimate(f"attention {name}", sampler(name), setting, sampling, (0.0, top)) for name, top in tops.items()}
    spread, interval = {}, {}
    for name in ("relevant_mass", "noise_gain"):
        mean = answers[name]
        draws, centre = sampler(name), mean.value

        def squared(rng: np.random.Generator, size: int, draws: Sampler = draws, centre: float = centre) -> NDArray[np.float64]:
            return (draws(rng, size) - centre) ** 2

        square = _estimate(f"attention spread of {name}", squared, setting, sampling, (0.0, tops[name] ** 2))
        off = max(abs(end - mean.value) for end in mean.interval) ** 2  # the mean of (A - a)² exceeds the variance by (E A - a)²
        spread[f"{name}_sd"] = math.sqrt(square.value)
        interval[f"{name}_sd"] = [math.sqrt(max(square.interval[0] - off, 0.0)), math.sqrt(square.interval[1])]
    return {**_all_estimated(answers, "samples of the definition", spread, interval), "setting": setting}


@door.quantity(
    "attention-distribution",
    (*PROMPT, PARAMETERS["prompt_strength"], *PROMPT_DIRECTION, STATISTIC, STATISTIC_LEVEL, *_SAMPLING),
    f"{PROMPT_EXAMPLE} --prompt-strength 1.1 --of noise-gain --at 0.017",
)
def _attention_distribution(
    prompt_strength: float, prompt_angle: float, prompt_azimuth: float, of: str, at: float, **values: Any
) -> dict[str, Any]:
    r"""Probability that attention on the relevant tokens, A/C or the noise gain of a sample lies below a number."""
    sampling, model = _taken(values), ContextualModel(**values)
    prompt = {"prompt_strength": prompt_strength, "prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}
    setting = {**values, **prompt, "of": of, "at": at}

    def sampler(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        chosen = Prompt(prompt_strength, prompt_angle, prompt_azimuth)
        draws = simulated_attention(model, chosen, quantity=of.replace("-", "_"), rng=rng, size=size)
        return (draws < at).astype(float)

    answer = _estimate("attention-distribution", sampler, setting, sampling, Probability())
    return {**_estimated(answer, "samples of the definition"), "setting": setting}


@door.quantity("optimal-prompt", (*PROMPT, *PROMPT_DIRECTION, PROMPT_SAMPLES, *_SAMPLING), PROMPT_EXAMPLE)
def _optimal_prompt(n_samples: float, prompt_angle: float, prompt_azimuth: float, **values: Any) -> dict[str, Any]:
    r"""The prompt strength with the smallest expected error of the head orthogonal to q*, and its gain over mean pooling."""
    sampling, model = _taken(values), ContextualModel(**values)
    direction = {"prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}

    def experiment(tau: float, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        prompt = Prompt(tau, prompt_angle, prompt_azimuth)
        if math.isinf(n_samples):
            return simulated_attention(model, prompt, quantity="error", rng=rng, size=size)
        setting = HeadSetting(model=model, prompt=prompt, n_samples=n_samples)
        return simulated_errors(setting, rng=rng, size=size)

    draws = max(100, sampling["budget"] // (10 if math.isinf(n_samples) else 500))
    found = simulated_optimal_prompt(
        model, experiment, draws=draws, confidence=sampling["confidence"], root_seed=sampling["root_seed"]
    )
    answer = {
        **found,
        "confidence": sampling["confidence"],
        "formula": "grid of strengths, common random numbers",
        "draws": draws,
    }
    return {**answer, "setting": {**values, **direction, "n_samples": n_samples}}


@door.quantity("trajectory", (*TRAJECTORY, *_SAMPLING), TRAJECTORY_EXAMPLE)
def _trajectory(step: int, eta: float, gamma: float, n_samples: float, debias: bool, loss: str, **values: Any) -> dict[str, Any]:
    r"""Alignments, attention and test error after one, two or three gradient steps on fresh batches."""
    sampling, model = _taken(values), ContextualModel(**values)
    steps: dict[str, Any] = {"step": step, "eta": eta, "gamma": gamma, "n_samples": n_samples, "debias": debias, "loss": loss}
    setting = {**values, "shift": str(values["shift"]), **steps}
    n = int(_COUNT.member("n_samples", n_samples))
    chosen = Steps(step=step, eta=eta, gamma=gamma, debias=debias, loss=loss)

    def sampler(key: str) -> Sampler:
        return lambda rng, size: simulated_trajectory(model, chosen, n, rng=rng, size=size)[key]

    known = {"alignment_q": 0.0, "relevant_mass": model.relevant_fraction} if step == 1 else {}  # the prompt is zero
    answers = {
        key: _estimate(f"trajectory {key}", sampler(key), setting, sampling, (-1.0, 1.0) if "alignment" in key else (0.0, 1.0))
        for key in KEYS
        if key not in known
    }
    return {
        **_all_estimated(answers, "runs of the algorithm", known, {key: [v, v] for key, v in known.items()}),
        "setting": setting,
    }


@door.quantity("sample-complexity", (*SAMPLE_COMPLEXITY, *_SAMPLING), SAMPLE_COMPLEXITY_EXAMPLE)
def _sample_complexity(
    step: int, eta: float, gamma: float, debias: bool, loss: str, goal: str, target: float, **values: Any
) -> dict[str, Any]:
    r"""Number of samples in every batch for which error, alignment or attention reaches a target after a step."""
    sampling, model = _taken(values), ContextualModel(**values)
    steps: dict[str, Any] = {"goal": goal, "step": step, "eta": eta, "gamma": gamma, "debias": debias, "loss": loss}
    setting = {**values, "shift": str(values["shift"]), "target": target, **steps}
    known = {name: sampling[name] for name in ("confidence", "budget", "root_seed")}
    rng = stream(sampling["root_seed"], "sample-complexity", canonical(setting))
    chosen = Steps(step=step, eta=eta, gamma=gamma, debias=debias, loss=loss)
    found = simulated_count(model, chosen, goal, target, rng=rng, **known)
    return {
        "value": found.value,
        "interval": list(found.interval),
        "confidence": found.confidence,
        "formula": "runs of the algorithm at counts around the crossing",
        "draws": found.n_draws,
        "setting": setting,
    }


_TRAINING = (
    Parameter("starts", "starts", r"\text{starts}", _COUNT, "random starts of the training", default=16),
    Parameter("steps", "steps", r"\text{steps}", _COUNT, "steps of the training", default=300),
)


@door.quantity("best-accuracy", (*BEST_ACCURACY, *_TRAINING, *_SAMPLING), BEST_ACCURACY_EXAMPLE)
def _best_accuracy(architecture: str, starts: int, steps: int, **values: Any) -> dict[str, Any]:
    r"""The accuracy, on fresh tokens, of the best parameters that training from many starts finds."""
    sampling, model = _taken(values), ContextualModel(**values)
    setting = {"architecture": architecture, **values, "shift": str(model.shift), "starts": starts, "steps": steps}
    rng = stream(sampling["root_seed"], "best-accuracy training", architecture)
    sampler = trained_answers(model, architecture, rng=rng, starts=starts, steps=steps)
    answer = _estimate("best-accuracy", sampler, setting, sampling, Probability())
    return {**_estimated(answer, "trained parameters"), "setting": setting}


def _taken(values: dict[str, Any]) -> dict[str, Any]:
    r"""The sampling options, taken out of the values."""
    return {parameter.name: values.pop(parameter.name) for parameter in _SAMPLING}


def _estimate(
    name: str,
    sampler: Sampler,
    setting: Mapping[str, Any],
    sampling: Mapping[str, Any],
    bounds: tuple[float, float] | Probability = (0.0, 1.0),
) -> Estimate:
    return estimate(sampler, bounds=bounds, name=name, setting=setting, largest_block=4096, **sampling)


def _estimated(answer: Estimate, formula: str) -> dict[str, Any]:
    return {
        "value": answer.value,
        "interval": list(answer.interval),
        "confidence": answer.confidence,
        "formula": formula,
        "method": answer.method,
        "draws": answer.n_draws,
        "precision_reached": answer.reached,
    }


def _all_estimated(
    answers: Mapping[str, Estimate], formula: str, more: Mapping[str, float], more_intervals: Mapping[str, list[float]]
) -> dict[str, Any]:
    r"""Several estimates under their names; the confidence is that of each interval."""
    return {
        **{name: answer.value for name, answer in answers.items()},
        **more,
        "interval": {**{name: list(answer.interval) for name, answer in answers.items()}, **more_intervals},
        "confidence": next(iter(answers.values())).confidence,
        "formula": formula,
        "draws": {name: answer.n_draws for name, answer in answers.items()},
        "precision_reached": all(answer.reached for answer in answers.values()),
    }


if __name__ == "__main__":
    sys.exit(door.run())
