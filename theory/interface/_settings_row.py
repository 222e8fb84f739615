r"""A row of a settings file: which quantity it asks for, and the values of its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from theory.interface._quantity import QUANTITIES, Quantity
from theory.model import Registered

__all__ = ["Question", "question_of"]

_QUANTITY, _DEFAULT = "quantity", "head-error"


@dataclass(frozen=True)
class Question:
    r"""A quantity and values of all its parameters, by name."""

    quantity: Quantity
    values: Mapping[str, Any]

    @property
    def arguments(self) -> dict[str, Any]:
        r"""The arguments of the quantity's prediction and draws: a model, a prompt, …"""
        return self.quantity.arguments(**self.values)

    @property
    def row(self) -> dict[str, Any]:
        r"""The setting under table headers, without parameters at their defaults."""
        return self.quantity.row(self.values)


def question_of(row: Mapping[str, Any]) -> Question:
    r"""The question that a row asks: its column `quantity`, head-error if there is none, and every column its front door takes.

    Raises
    ------
    ParameterError
        If there is no such quantity, a value lies outside its domain, one that is needed is missing, or the values contradict
        each other.
    ValueError
        If a column belongs to no parameter of the quantity.

    Examples
    --------
    >>> asked = question_of({"quantity": "attention", "T": 40, "m": 8, "W": 0.3, "Q": 1.3, "tau": 1.1})
    >>> asked.quantity.name, asked.row["T"], asked.arguments["prompt"].strength
    ('attention', 40, 1.1)
    """
    columns = dict(row)
    quantity = QUANTITIES[Registered(QUANTITIES).member(_QUANTITY, columns.pop(_QUANTITY, _DEFAULT))]
    question = Question(quantity, quantity.values_of(columns))
    _ = question.arguments  # values that contradict each other are found here, before anything is drawn
    return question
