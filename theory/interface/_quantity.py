r"""A quantity: declared once, and read by both front doors, by settings files, by tables and by the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from theory.model import Parameter, ParameterError, Reference, Registry, parameter_named, resolved

__all__ = ["QUANTITIES", "Quantity"]


@dataclass(frozen=True, kw_only=True)
class Quantity:
    r"""What can be asked of both front doors under one name.

    Parameters
    ----------
    name
        For instance "head-error".
    summary
        One line of help.
    parameters
        The options that make a setting; one without a default must be given.
    example
        Options of an example that runs.
    arguments
        From the values of the parameters, by name, to the arguments of `prediction` and `draws`: a model, a prompt, …
    prediction
        A function of these arguments, and of the values of `theory_options`, that returns a `Prediction`, a mapping of names to
        predictions, or an object with a method `as_dict`.
    draws
        A function of these arguments that returns a mapping from names of predicted numbers to `simulations.interface.Draws`,
        whose means they are, or to a number that is known.
    estimate
        Where a number is no mean: a function of these arguments, of the values of `simulation_options`, and of `sampling`, that
        returns the answer of the simulations' front door. By default the means of `draws`.
    checks
        Where a number is no mean: a function of `answer`, the prediction, and of these arguments that returns a mapping from
        names to a predicted mean and draws of it: what a verdict on the quantity compares. By default `prediction` and `draws`.
    theory_options, simulation_options
        Options that say how to answer, and belong to no setting. Simulations read those of theory and do not use them.
    margin
        Relative deviation that a verdict on a user's own settings calls agreement.

    Examples
    --------
    >>> from theory.interface import QUANTITIES
    >>> QUANTITIES["attention"].values_of({"T": 40, "m": 8, "W": 0.3, "Q": 1.3, "tau": 1.1})["n_relevant"]
    8
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    example: str
    arguments: Callable[..., dict[str, Any]]
    prediction: Reference
    draws: Reference = None
    estimate: Reference = None
    checks: Reference = None
    theory_options: tuple[Parameter, ...] = ()
    simulation_options: tuple[Parameter, ...] = ()
    margin: float = 0.05

    def predicted(self, **values: Any) -> Any:
        r"""What `prediction` returns for these values of parameters and options."""
        options = {parameter.name: values.pop(parameter.name) for parameter in self.theory_options if parameter.name in values}
        return resolved(self.prediction)(**self.arguments(**values), **options)

    def values_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        r"""The values of all parameters from a row of a settings file, whose columns are names, headers or symbols.

        Raises
        ------
        ParameterError
            If a value lies outside its domain, or one without a default is missing.
        ValueError
            If a column belongs to no parameter of this quantity, or two to one.
        """
        given = {parameter_named(column, self.parameters).name: value for column, value in row.items()}
        if len(given) < len(row):
            raise ValueError(f"columns {', '.join(row)} name a parameter twice")
        values = {}
        for parameter in self.parameters:
            if parameter.name in given:
                values[parameter.name] = _member(parameter, given[parameter.name])
            elif parameter.default is None:
                raise ParameterError(parameter.name, parameter.domain, "nothing")
            else:
                values[parameter.name] = parameter.default
        return values

    def row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        r"""The setting under table headers, without parameters at their defaults."""
        return {
            parameter.column: shown(values[parameter.name])
            for parameter in self.parameters
            if values[parameter.name] != parameter.default or parameter.name == "noise_std"
        }

    def setting(self, values: Mapping[str, Any]) -> dict[str, Any]:
        r"""The setting as the front doors print it: every parameter by its name."""
        return {parameter.name: shown(values[parameter.name]) for parameter in self.parameters}


def shown(value: Any) -> Any:
    r"""The value as a table prints it: a law of shifts by its text."""
    return value if isinstance(value, bool | int | float | str) else str(value)


def _member(parameter: Parameter, value: Any) -> Any:
    r"""A text as on the command line, else a value of the domain."""
    if isinstance(value, str):
        return parameter.domain.parsed(parameter.name, value)
    return parameter.domain.member(parameter.name, value)


QUANTITIES: Registry[Quantity] = Registry("quantity")
r"""Every declared quantity by its name."""
