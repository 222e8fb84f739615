r"""A command line whose options, help and errors come from the declarations of parameters."""

import inspect
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from theory.model import Flag, Parameter, ParameterError

__all__ = ["Answer", "Command", "CommandLine"]

Answer = Mapping[str, Any]

_LONGEST = 500  # characters of an entry that are shown


@dataclass(frozen=True)
class Command:
    r"""One command: its name, a line of help, its options, an example, and a function of the options' values."""

    name: str
    summary: str
    parameters: Sequence[Parameter]
    example: str
    answer: Callable[..., Answer]


@dataclass(frozen=True)
class CommandLine:
    r"""The command line `python -m PACKAGE COMMAND --option value … [--json]`.

    Parameters
    ----------
    package
        For instance "theory".
    purpose
        One line of help.
    refusals
        Exceptions, besides those of bad input, that are one line on standard error and exit code 2.
    """

    package: str
    purpose: str
    refusals: tuple[type[Exception], ...] = ()
    _own: dict[str, Command] = field(default_factory=dict, init=False)

    @property
    def commands(self) -> Mapping[str, Command]:
        r"""The commands by name, as they are when asked."""
        return self._own

    def command(
        self, name: str, parameters: Sequence[Parameter], example: str
    ) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        r"""Register a function of the named parameters as a command; the first line of its docstring is the help.

        Parameters
        ----------
        name
            The command, for instance "setup".
        parameters
            Its options. A parameter without a default must be given.
        example
            Options of an example, shown by --help.
        """

        def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
            summary = (function.__doc__ or "").strip().splitlines()[0]
            self._own[name] = Command(name, summary, parameters, example, function)
            return function

        return register

    def run(self, arguments: Sequence[str] | None = None) -> int:
        r"""Answer a command line; returns the exit code: 0, 130 if interrupted, 2 with one line on standard error if refused."""
        given = list(sys.argv[1:] if arguments is None else arguments)
        asked = [self.commands[name] for name in given[:1] if name in self.commands] or list(self.commands.values())
        try:
            ended: int | None = self._app(asked)(given, prog_name=f"python -m {self.package}", standalone_mode=False)
        except ParameterError as error:
            options = {parameter.name: parameter.option for command in asked for parameter in command.parameters}
            message = f"{options.get(error.name, error.name)} must be {error.domain}, got {error.value}"
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

    def _app(self, commands: Sequence[Command]) -> typer.Typer:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        app.callback(invoke_without_command=True, help=self.purpose)(self._print_list_alone)
        app.command("list", help="Name every command.")(self._print_list)
        for command in commands:
            text = f"{command.summary}\n\nExample: python -m {self.package} {command.name} {command.example}"
            app.command(command.name, help=text)(_run_by_texts(command))
        return app

    def _print_list_alone(self, context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            print(f"Usage: python -m {self.package} QUANTITY --option value … [--json]\n\n{self.purpose}\n")
            self._print_list()
            print(f"\npython -m {self.package} QUANTITY --help shows the options and an example.")

    def _print_list(self) -> None:
        width = max(map(len, self.commands))
        for name, command in self.commands.items():
            print(f"{name:<{width}}  {command.summary}")


def _run_by_texts(command: Command) -> Callable[..., None]:
    r"""The command as a function of the texts of its options, with the signature that the command-line library reads."""

    def run(as_json: bool, **texts: str | bool | None) -> None:
        values = {parameter.name: _parsed(parameter, texts[parameter.name]) for parameter in command.parameters}
        answer = {"quantity": command.name, **command.answer(**values)}
        defaults = {parameter.name: parameter.default for parameter in command.parameters}
        print(_json(answer) if as_json else _text(answer, defaults))

    _give_options(run, command.parameters)
    return run


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
