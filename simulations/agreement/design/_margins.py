r"""Margins of the equivalence test: how far a simulated mean may lie from its prediction and still agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._errors import AgreementError

__all__ = ["EFFORTS", "Absolute", "Margin", "Relative", "Width", "margin_width", "stated_width"]

EFFORTS: Mapping[str, float] = {"quick": 1.0, "paper": 0.5, "deep": 0.2}
r"""Factor on a margin that is given as one number, for each effort."""


class Width(Protocol):
    r"""A margin that knows its half-width."""

    @property
    def value(self) -> float:
        r"""The number as it was stated."""

    def of(self, size: float) -> float:
        r"""Half-width next to a number of that size."""

    def width(self, predicted: NDArray[np.float64]) -> float:
        r"""Half-width in the units of the prediction."""


@dataclass(frozen=True)
class Relative:
    r"""Margin δ = value · |predicted|; of an array, value · max |predicted|.

    Parameters
    ----------
    value
        Without unit, > 0.

    Examples
    --------
    >>> Relative(0.01).width(np.array(0.2))
    0.002
    """

    value: float

    def of(self, size: float) -> float:
        r"""Half-width next to a number of that size."""
        return self.value * size

    def width(self, predicted: NDArray[np.float64]) -> float:
        r"""Half-width of the margin in the units of the prediction."""
        scale = float(np.max(np.abs(predicted)))
        if scale == 0.0:
            raise AgreementError("a relative margin needs a prediction other than 0: give Absolute(...) instead")
        return self.of(scale)


@dataclass(frozen=True)
class Absolute:
    r"""Margin δ = value.

    Parameters
    ----------
    value
        In the units of the prediction, > 0.

    Examples
    --------
    >>> Absolute(0.003).width(np.array(0.2))
    0.003
    """

    value: float

    def of(self, size: float) -> float:
        r"""Half-width, whatever it is next to."""
        return self.value

    def width(self, predicted: NDArray[np.float64]) -> float:
        r"""Half-width of the margin in the units of the prediction."""
        return self.value


Margin = float | Width | Mapping[str, "float | Width"]
r"""A number (relative, at quick effort), Relative(...), Absolute(...), or one of these for each effort."""


def margin_width(
    margin: Margin, predicted: NDArray[np.float64], *, effort: str = "quick", number: Callable[[float], Width] = Relative
) -> float:
    r"""Half-width δ of the equivalence margin at an effort.

    A single margin is meant at quick effort and shrinks by the factor `EFFORTS[effort]`; a mapping
    states the margin of each effort itself.

    Parameters
    ----------
    margin
        As a claim states it.
    predicted
        Finite.
    effort
        "quick", "paper" or "deep".
    number
        What a plain number means.

    Raises
    ------
    AgreementError
        If the margin is not a positive finite number, or is relative to a prediction of 0.

    Examples
    --------
    >>> margin_width(0.01, np.array(0.5), effort="paper")
    0.0025
    """
    if effort not in EFFORTS:
        raise AgreementError(f"effort must be one of {', '.join(EFFORTS)}, got {effort!r}")
    if not isinstance(margin, Mapping):
        return EFFORTS[effort] * stated_width("margin", margin, number).width(predicted)
    if effort not in margin:
        raise AgreementError(f"margin is stated for {', '.join(margin)}, not for effort {effort!r}")
    return stated_width("margin", margin[effort], number).width(predicted)


def stated_width(name: str, stated: float | Width, number: Callable[[float], Width] = Relative) -> Width:
    r"""A width from a plain number or a width; refused unless it is positive and finite.

    Parameters
    ----------
    name
        What it is called where it is refused.
    stated
        As a user states it.
    number
        What a plain number means.
    """
    width = number(float(stated)) if isinstance(stated, (int, float)) else stated
    if not (math.isfinite(width.value) and width.value > 0.0):
        raise AgreementError(f"{name} must be a positive finite number, got {width.value}")
    return width
