r"""What the front door of simulations answers: estimates with intervals, and the setting they belong to."""

from collections.abc import Mapping
from typing import Any

from simulations.agreement import Estimate
from simulations.interface._draws import Draws, Numbers
from simulations.interface._sampling import SAMPLING_PARAMETERS, Sampling
from theory.interface import Quantity
from theory.model import Parameter, resolved

__all__ = ["estimated_answer", "estimated_numbers", "front_door_options"]


def front_door_options(quantity: Quantity) -> tuple[Parameter, ...]:
    r"""Options beyond the setting: those of theory are read and not used, so that one line asks both doors."""
    return (*quantity.theory_options, *quantity.simulation_options, *SAMPLING_PARAMETERS)


def estimated_answer(quantity: Quantity, **values: Any) -> dict[str, Any]:
    r"""The estimates of a quantity, by its own way of estimating or as means of its draws, and the setting."""
    sampling = Sampling.taken(values)
    for option in quantity.theory_options:
        values.pop(option.name)
    own = {option.name: values.pop(option.name) for option in quantity.simulation_options}
    arguments, setting = quantity.arguments(**values), quantity.setting(values)
    if quantity.estimate is not None:
        answer = resolved(quantity.estimate)(**arguments, **own, sampling=sampling)
    else:
        answer = estimated_numbers(quantity.name, resolved(quantity.draws)(**arguments), setting, sampling)
    return {**answer, "setting": {**setting, **own}}


def estimated_numbers(name: str, numbers: Numbers, setting: Mapping[str, Any], sampling: Sampling) -> dict[str, Any]:
    r"""Numbers under their names, and what is known of each under the name of the property."""
    estimates = {
        key: sampling.estimate(name if key == "value" else f"{name} {key}", draws, setting)
        for key, draws in numbers.items()
        if isinstance(draws, Draws)
    }
    if list(numbers) == ["value"]:
        return _one_number(estimates["value"])
    known = {key: number for key, number in numbers.items() if not isinstance(number, Draws)}
    return {
        **{key: known[key] if key in known else estimates[key].value for key in numbers},
        "interval": {key: [known[key]] * 2 if key in known else list(estimates[key].interval) for key in numbers},
        "confidence": sampling.confidence,
        "method": {key: one.method for key, one in estimates.items()},
        "draws": {key: one.n_draws for key, one in estimates.items()},
        "precision_reached": all(one.reached for one in estimates.values()),
    }


def _one_number(answer: Estimate) -> dict[str, Any]:
    return {
        "value": answer.value,
        "interval": list(answer.interval),
        "confidence": answer.confidence,
        "method": answer.method,
        "draws": answer.n_draws,
        "precision_reached": answer.reached,
    }
