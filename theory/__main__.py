r"""`python -m theory QUANTITY …`: print a prediction."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from theory.context import attention, attention_probability, optimal_prompt
from theory.expressivity import best_accuracy, best_box_accuracy, best_noisy_accuracy
from theory.head import head_error, least_squares_error, optimal_head_prompt, separability, trained_head_error
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
from theory.model import PARAMETERS, BoxShift, ContextualModel, KnownPrompt, ParameterError, Prediction, known_prompt
from theory.trajectory import required_samples, trajectory

door = FrontDoor("theory", "Predictions: closed forms and laws, with a bound on their numerical error.")


@door.quantity("head-error", (*KNOWN_PROMPT, LOSS, RIDGE, FORMULA), KNOWN_PROMPT_EXAMPLE)
def _head_error(formula: str, loss: str, ridge: float, **values: Any) -> dict[str, Any]:
    r"""Expected test error of a trained head under a known prompt; least squares unless --loss says otherwise."""
    setting = known_prompt(**values)
    least_squares = loss == "squared" and ridge == 0
    if not least_squares and formula != "auto":
        raise ParameterError("--formula", "auto unless the loss is squared without ridge", formula)
    if least_squares:
        answer = least_squares_error(setting) if formula == "auto" else head_error(setting, formula)
    else:
        answer = trained_head_error(setting, loss, ridge)
    return {**_predicted(answer), "setting": {**setting.values, "loss": loss, "ridge": ridge}}


@door.quantity("separability", KNOWN_PROMPT, KNOWN_PROMPT_EXAMPLE)
def _separability(**values: Any) -> dict[str, Any]:
    r"""Probability that a head without training errors exists, and the threshold of p/n above which it tends to 1."""
    setting = known_prompt(**values)
    return {**_all_predicted(separability(setting)), "setting": setting.values}


@door.quantity(
    "attention", (*PROMPT, PARAMETERS["prompt_strength"], *PROMPT_DIRECTION), f"{PROMPT_EXAMPLE} --prompt-strength 1.1"
)
def _attention(prompt_strength: float, prompt_angle: float, prompt_azimuth: float, **values: Any) -> dict[str, Any]:
    r"""Attention on the relevant tokens, noise gain, and the error of the population head, at finite T."""
    prompt = {"prompt_strength": prompt_strength, "prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}
    answers = attention(ContextualModel(**values), prompt_strength, prompt_angle, prompt_azimuth)
    return {**_all_predicted(answers), "setting": {**values, **prompt}}


@door.quantity(
    "attention-distribution",
    (*PROMPT, PARAMETERS["prompt_strength"], *PROMPT_DIRECTION, STATISTIC, STATISTIC_LEVEL),
    f"{PROMPT_EXAMPLE} --prompt-strength 1.1 --of noise-gain --at 0.017",
)
def _attention_distribution(
    prompt_strength: float, prompt_angle: float, prompt_azimuth: float, of: str, at: float, **values: Any
) -> dict[str, Any]:
    r"""Probability that attention on the relevant tokens, A/C or the noise gain of a sample lies below a number."""
    prompt = {"prompt_strength": prompt_strength, "prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}
    answer = attention_probability(ContextualModel(**values), prompt_strength, of, at, prompt_angle, prompt_azimuth)
    return {**_predicted(answer), "setting": {**values, **prompt, "of": of, "at": at}}


@door.quantity("optimal-prompt", (*PROMPT, *PROMPT_DIRECTION, PROMPT_SAMPLES), PROMPT_EXAMPLE)
def _optimal_prompt(n_samples: float, prompt_angle: float, prompt_azimuth: float, **values: Any) -> dict[str, Any]:
    r"""The prompt strength with the smallest expected error of the head orthogonal to q*, and its gain over mean pooling."""
    model = ContextualModel(**values)
    direction = {"prompt_angle": prompt_angle, "prompt_azimuth": prompt_azimuth}
    if math.isinf(n_samples):
        answers = optimal_prompt(model, prompt_angle, prompt_azimuth)
    else:
        setting = KnownPrompt(
            model=model, prompt_strength=0.0, n_samples=n_samples, prompt_angle=prompt_angle, prompt_azimuth=prompt_azimuth
        )
        answers = optimal_head_prompt(setting, least_squares_error)
    return {**_all_predicted(answers), "setting": {**values, **direction, "n_samples": n_samples}}


@door.quantity("trajectory", TRAJECTORY, TRAJECTORY_EXAMPLE)
def _trajectory(step: int, eta: float, gamma: float, n_samples: float, debias: bool, loss: str, **values: Any) -> dict[str, Any]:
    r"""Alignments, attention and test error after one, two or three gradient steps on fresh batches."""
    steps: dict[str, Any] = {"step": step, "eta": eta, "gamma": gamma, "n_samples": n_samples, "debias": debias, "loss": loss}
    answers = trajectory(ContextualModel(**values), **steps)
    return {**_all_predicted(answers), "setting": {**values, "shift": str(values["shift"]), **steps}}


@door.quantity("sample-complexity", SAMPLE_COMPLEXITY, SAMPLE_COMPLEXITY_EXAMPLE)
def _sample_complexity(
    step: int, eta: float, gamma: float, debias: bool, loss: str, goal: str, target: float, **values: Any
) -> dict[str, Any]:
    r"""Number of samples in every batch for which error, alignment or attention reaches a target after a step."""
    steps: dict[str, Any] = {"goal": goal, "step": step, "eta": eta, "gamma": gamma, "debias": debias, "loss": loss}
    answer = required_samples(ContextualModel(**values), target, **steps)
    return {**_predicted(answer), "setting": {**values, "shift": str(values["shift"]), "target": target, **steps}}


@door.quantity("best-accuracy", BEST_ACCURACY, BEST_ACCURACY_EXAMPLE)
def _best_accuracy(architecture: str, **values: Any) -> dict[str, Any]:
    r"""The best accuracy of an architecture, with a witness that attains `value` and a proof that nothing exceeds `upper`."""
    setting = {**values, "shift": str(values["shift"])}
    if values["noise_std"] > 0:
        answer = best_noisy_accuracy(architecture, ContextualModel(**values)).as_dict()
        return {**answer, "formula": "search over parameters", "setting": setting}
    noiseless = {name: values[name] for name in ("n_tokens", "n_relevant", "correlation", "label_prior", "shift")}
    is_box = isinstance(values["shift"], BoxShift)
    if is_box:
        _refuse_lines(**values)
        best: Any = best_box_accuracy(architecture, prove=True, **noiseless)
    else:
        best = best_accuracy(architecture, **noiseless, signal_norm=values["signal_norm"], context_norm=values["context_norm"])
    answer = best.as_dict()
    formula = answer["certificate"]["method"] if is_box else "exact search"
    return {**answer, "abs_error": answer["upper"] - answer["value"], "formula": formula, "setting": setting}


def _refuse_lines(signal_norm: float, context_norm: float, **_: Any) -> None:
    for name, value in (("signal_norm", signal_norm), ("context_norm", context_norm)):
        if value == 0:
            raise ParameterError(name, "positive where the shift fills a box", value)


def _predicted(answer: Prediction) -> dict[str, Any]:
    return {
        "value": answer.value,
        "abs_error": answer.abs_error,
        "formula": answer.formula,
        "regime": answer.regime,
        "details": dict(answer.details),
    }


def _all_predicted(answers: Mapping[str, Prediction]) -> dict[str, Any]:
    r"""Several numbers under their names, and what else is known of each under the name of the property."""
    return {
        **{name: answer.value for name, answer in answers.items()},
        "abs_error": {name: answer.abs_error for name, answer in answers.items()},
        "formula": {name: answer.formula for name, answer in answers.items()},
        "details": {name: dict(answer.details) for name, answer in answers.items() if answer.details},
    }


if __name__ == "__main__":
    sys.exit(door.run())
