r"""Domains of parameters: what a value may be, said in one line when it is not."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

__all__ = ["Choice", "Domain", "Flag", "Interval", "ParameterError"]


class ParameterError(ValueError):
    r"""A parameter lies outside its domain; the message names the parameter, the domain and the value."""

    def __init__(self, name: str, domain: object, value: object) -> None:
        super().__init__(f"{name} must be {domain}, got {value}")
        self.name = name
        self.domain = domain
        self.value = value

    def __reduce__(self) -> tuple[type["ParameterError"], tuple[str, object, object]]:
        return ParameterError, (self.name, self.domain, self.value)


class Domain(Protocol):
    r"""A set of admissible values that can describe itself."""

    def member(self, name: str, value: object) -> Any:
        r"""The value as a plain Python object, or `ParameterError`."""

    def parsed(self, name: str, text: str) -> Any:
        r"""The value that a text on the command line or in a settings file stands for, or `ParameterError`."""


@dataclass(frozen=True)
class Interval:
    r"""The integers or reals between two ends; an infinite end belongs to the set only if `closed_at_infinity`."""

    lower: float
    upper: float = math.inf
    integer: bool = False
    open_lower: bool = False
    open_upper: bool = False
    closed_at_infinity: bool = False

    def __str__(self) -> str:
        kind = "an integer" if self.integer else "a real number"
        left = "(" if self.open_lower or math.isinf(self.lower) else "["
        right = ")" if self.open_upper or math.isinf(self.upper) else "]"
        or_inf = " or inf" if self.closed_at_infinity else ""
        return f"{kind} in {left}{self.lower:g}, {self.upper:g}{right}{or_inf}"

    def __contains__(self, value: float) -> bool:
        if math.isnan(value):
            return False
        if math.isinf(value):
            return value > 0 and self.closed_at_infinity
        above = value > self.lower if self.open_lower else value >= self.lower
        below = value < self.upper if self.open_upper else value <= self.upper
        return above and below and (not self.integer or float(value).is_integer())

    def member(self, name: str, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, Real) or float(value) not in self:
            raise ParameterError(name, self, value)
        if math.isinf(value) or not self.integer:
            return float(value)
        if not isinstance(value, Integral):
            raise ParameterError(name, self, repr(value))
        return int(value)

    def parsed(self, name: str, text: str) -> int | float:
        try:
            number = float(text)
        except ValueError:
            raise ParameterError(name, self, repr(text)) from None
        if number not in self:
            raise ParameterError(name, self, text)
        return int(number) if self.integer and math.isfinite(number) else number


@dataclass(frozen=True)
class Choice:
    r"""One of a few words."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)

    def member(self, name: str, value: object) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ParameterError(name, self, value)
        return value

    def parsed(self, name: str, text: str) -> str:
        r"""A word; hyphens and underscores are the same.

        >>> Choice(("alignment_w", "max-margin")).parsed("word", "alignment-w")
        'alignment_w'
        """
        known = {word.replace("_", "-"): word for word in self.words}
        return self.member(name, known.get(text.replace("_", "-"), text))


@dataclass(frozen=True)
class Flag:
    r"""Given or not."""

    def __str__(self) -> str:
        return "true or false"

    def member(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise ParameterError(name, self, value)
        return value

    def parsed(self, name: str, text: str) -> bool:
        if text not in ("true", "false"):
            raise ParameterError(name, self, text)
        return text == "true"
