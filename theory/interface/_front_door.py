r"""A front door: a command line with one command for each declared quantity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from theory.interface._command_line import Answer, Command, CommandLine
from theory.interface._quantity import QUANTITIES, Quantity
from theory.model import Parameter, Prediction

__all__ = ["FrontDoor", "predicted_answer"]


@dataclass(frozen=True)
class FrontDoor(CommandLine):
    r"""The command line `python -m PACKAGE QUANTITY --option value … [--json]` over `QUANTITIES`.

    Parameters
    ----------
    answer
        A function of a quantity and of the values of its options, by name, that returns what is printed.
    options
        A function of a quantity that returns its options beyond its parameters.
    """

    answer: Callable[..., Answer] = dict
    options: Callable[[Quantity], tuple[Parameter, ...]] = lambda quantity: quantity.theory_options

    @property
    def commands(self) -> Mapping[str, Command]:
        return {name: self._command(quantity) for name, quantity in QUANTITIES.items()}

    def _command(self, quantity: Quantity) -> Command:
        parameters = (*quantity.parameters, *self.options(quantity))
        return Command(quantity.name, quantity.summary, parameters, quantity.example, partial(self.answer, quantity))


def predicted_answer(quantity: Quantity, **values: Any) -> dict[str, Any]:
    r"""What theory answers: numbers, the bound on their numerical errors, their formulas, and the setting."""
    return {**_spelled_out(quantity.predicted(**values)), "setting": quantity.setting(values)}


def _spelled_out(predicted: Any) -> Mapping[str, Any]:
    r"""A prediction, several under their names with what else is known of each, or what knows itself as a dict."""
    if isinstance(predicted, Prediction):
        return {"value": predicted.value, **{name: known(predicted) for name, known in _KNOWN.items()}}
    if isinstance(predicted, Mapping):
        details = {name: dict(one.details) for name, one in predicted.items() if one.details}
        known = {key: {name: of(one) for name, one in predicted.items()} for key, of in _KNOWN.items()}
        return {**{name: one.value for name, one in predicted.items()}, **known, "details": details}
    answer: Mapping[str, Any] = predicted.as_dict()
    return answer


_KNOWN: Mapping[str, Callable[[Prediction], Any]] = {
    "abs_error": lambda one: one.abs_error,
    "model_error": lambda one: one.model_error,
    "trusted": lambda one: one.trusted,
    "formula": lambda one: one.formula,
    "regime": lambda one: one.regime,
    "details": lambda one: dict(one.details),
}
r"""What is printed of a prediction besides its value."""
