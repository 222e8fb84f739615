r"""A front door: a command line whose options, help and errors come from the parameter declarations."""

import inspect
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from theory.model import Flag, Parameter, ParameterError

__all__ = ["FrontDoor"]

Answer = Mapping[str, Any]
Quantity = Callable[..., Answer]

_LONGEST = 500  # characters of an entry that are shown


@dataclass(frozen=True)
class FrontDoor:
    r"""The command line `python -m PACKAGE QUANTITY --option value … [--json]`.

    Parameters
    ----------
    package
        "theory" or "simulations".
    purpose
        One line of help.
    refusals
        Exceptions, besides those of bad input, that are one line on standard error and exit code 2.

    Attributes
    ----------
    examples
        For each quantity, options with which it runs.
    """

    package: str
    purpose: str
    refusals: tuple[type[Exception], ...] = ()
    examples: dict[str, str] = field(default_factory=dict, init=False)
    _summaries: dict[str, str] = field(default_factory=dict, init=False)
    _options: dict[str, str] = field(default_factory=dict, init=False)
    _app: typer.Typer = field(
        default_factory=lambda: typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    )

    def __post_init__(self) -> None:
        self._app.callback(invoke_without_command=True, help=self.purpose)(self._print_list_alone)
        self._app.command("list", help="Name every quantity.")(self._print_list)

    def quantity(self, name: str, parameters: Sequence[Parameter], example: str) -> Callable[[Quantity], Quantity]:
        r"""Register a function of the named parameters as a quantity; the first line of its docstring is the help.

        Parameters
        ----------
        name
            The quantity, for instance "head-error".
        parameters
            Its options. A parameter without a default must be given.
        example
            Options of an example, shown by --help.
        """

        def register(function: Quantity) -> Quantity:
            summary = (function.__doc__ or "").strip().splitlines()[0]
            self._summaries[name], self.examples[name] = summary, example
            self._options.update({parameter.name: parameter.option for parameter in parameters})

            def command(as_json: bool, **texts: str | bool | None) -> None:
                values = {parameter.name: _parsed(parameter, texts[parameter.name]) for parameter in parameters}
                answer = {"quantity": name, **function(**values)}
                defaults = {parameter.name: parameter.default for parameter in parameters}
                print(_json(answer) if as_json else _text(answer, defaults))

            _give_options(command, parameters)
            self._app.command(name, help=f"{summary}\n\nExample: python -m {self.package} {name} {example}")(command)
            return function

        return register

    def run(self, arguments: Sequence[str] | None = None) -> int:
        r"""Answer a command line; returns the exit code: 0, 130 if interrupted, 2 with one line on standard error if refused."""
        try:
            ended: int | None = self._app(
                list(sys.argv[1:] if arguments is None else arguments),
                prog_name=f"python -m {self.package}",
                standalone_mode=False,
            )
        except ParameterError as error:
            option = self._options.get(error.name, error.name)
            message = f"{option} must be {error.domain}, got {error.value}"
        except self.refusals as error:
            message = " ".join(str(error).split())
        except Exception as error:
            # a usage error of the command-line library, which has no public base class in every version
            if not hasattr(error, "format_message"):
                raise
            message = " ".join(error.format_message().split())
        else:
            return ended or 0
        print(f"error: {message}", file=sys.stderr)
        return 2

    def _print_list_alone(self, context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            print(f"Usage: python -m {self.package} QUANTITY --option value … [--json]\n\n{self.purpose}\n")
            self._print_list()
            print(f"\npython -m {self.package} QUANTITY --help shows the options and an example.")

    def _print_list(self) -> None:
        width = max(map(len, self._summaries))
        for name, summary in self._summaries.items():
            print(f"{name:<{width}}  {summary}")


def _parsed(parameter: Parameter, text: str | bool | None) -> Any:
    if isinstance(text, bool):
        return text
    if text is not None:
        return parameter.domain.parsed(parameter.option, text)
    if parameter.default is None:
        raise ParameterError(parameter.option, parameter.domain, "nothing")
    return parameter.default


def _give_options(command: Callable[..., None], parameters: Sequence[Parameter]) -> None:
    r"""Give a function of keyword arguments the signature from which the command-line library reads its options."""
    annotations: dict[str, Any] = {"as_json": Annotated[bool, typer.Option("--json", help="Print one JSON object.")]}
    defaults: dict[str, Any] = {"as_json": False}
    for parameter in parameters:
        is_flag = isinstance(parameter.domain, Flag)
        default = "required" if parameter.default is None else f"default {parameter.default}"
        text = f"{parameter.meaning}" if is_flag else f"{parameter.symbol}: {parameter.meaning}; {parameter.domain}; {default}"
        option = typer.Option(parameter.option, help=text, metavar=None if is_flag else "", show_default=False)
        annotations[parameter.name] = Annotated[bool, option] if is_flag else Annotated[str | None, option]
        defaults[parameter.name] = False if is_flag else None
    command.__annotations__ = annotations
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # read by inspect.signature, unknown to the type
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=defaults[name])
            for name, annotation in annotations.items()
        ]
    )


def _finite(value: Any) -> Any:
    r"""The value with infinity as the word inf, which JSON lacks."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return "inf" if value == math.inf else value


def _json(answer: Answer) -> str:
    return json.dumps(_finite(answer), ensure_ascii=False, allow_nan=False)


def _shortened(text: str) -> str:
    r"""The text, cut where a proof would fill screens."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters; --json prints them all)"


def _text(answer: Answer, defaults: Mapping[str, Any]) -> str:
    r"""A line for each entry that is not empty; of the setting, what is at its default stands apart."""
    parts = dict(answer)
    setting = answer.get("setting", {})
    at_default = {name: value for name, value in setting.items() if name in defaults and str(value) == str(defaults[name])}
    parts["setting"] = {name: value for name, value in setting.items() if name not in at_default}
    parts["at default"] = at_default
    shown = {
        key: _shortened(", ".join(f"{k} = {v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value))
        for key, value in parts.items()
        if value is not None and value != {}
    }
    width = max(map(len, shown))
    return "\n".join(f"{key:<{width}}  {value}" for key, value in shown.items())
