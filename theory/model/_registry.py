r"""Registries: what is declared once by name, in this project or from outside, and the domain that knows the names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from theory.model._domain import Choice

__all__ = ["Reference", "Registered", "Registry", "resolved"]

T = TypeVar("T")

Reference = Any
r"""Something that a declaration names: the thing itself, or "package:name", imported when it is first asked for.

So a declaration in `theory.model` or `theory.interface` names parts of theory and of simulations, and neither imports the other.
"""


def resolved(reference: Reference) -> Any:
    r"""What a reference refers to.

    >>> resolved("theory.model:Prompt")(1.5).strength
    1.5
    """
    if not isinstance(reference, str):
        return reference
    package, _, name = reference.partition(":")
    return getattr(import_module(package), name)


class Registry(Mapping[str, T], Generic[T]):
    r"""Things by name, in the order of their declaration.

    Parameters
    ----------
    kind
        What is declared, for messages.

    Examples
    --------
    >>> colours = Registry[int]("colour")
    >>> colours.declare("red", 1)
    1
    >>> list(colours), colours["red"]
    (['red'], 1)
    >>> colours.declare("red", 2)
    Traceback (most recent call last):
        ...
    ValueError: colour red is declared twice
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def declare(self, name: str, item: T) -> T:
        r"""Add a thing under a new name; returns it. `ValueError` if the name is taken."""
        if name in self._items:
            raise ValueError(f"{self.kind} {name} is declared twice")
        self._items[name] = item
        return item

    def withdraw(self, name: str) -> None:
        r"""Forget a name: what a test declares, it takes back."""
        del self._items[name]

    def __getitem__(self, name: str) -> T:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True)
class Registered:
    r"""The names of a registry, as they stand when asked."""

    registry: Mapping[str, Any]

    def __str__(self) -> str:
        return str(self._choice)

    def member(self, name: str, value: object) -> str:
        return self._choice.member(name, value)

    def parsed(self, name: str, text: str) -> str:
        return self._choice.parsed(name, text)

    @property
    def _choice(self) -> Choice:
        return Choice(tuple(self.registry))
