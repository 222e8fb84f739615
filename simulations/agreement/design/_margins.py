r"""Margins of the equivalence test: how far a simulated mean may lie from its prediction and still agree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._errors import AgreementError

__all__ = ["EFFORTS", "Absolute", "Margin", "Relative", "margin_width"]

EFFORTS: Mapping[str, float] = {"quick": 1.0, "paper": 0.5, "deep": 0.2}
"""Factor on a margin that is given as one number, for each effort."""


@dataclass(frozen=True)
class Relative:
    r"""Margin δ = value · |predicted|; of an array, value · max |predicted|.

    Examples
    --------
    >>> Relative(0.01).width(np.array(0.2))
    0.002
    """

    value: float

    def width(self, predicted: NDArray[np.float64]) -> float:
        """Half-width of the margin in the units of the prediction."""
        scale = float(np.max(np.abs(predicted)))
        if scale == 0.0:
            raise AgreementError("a relative margin needs a prediction other than 0: give Absolute(...) instead")
        return self.value * scale


@dataclass(frozen=True)
class Absolute:
    r"""Margin δ = value, in the units of the prediction.

    Examples
    --------
    >>> Absolute(0.003).width(np.array(0.2))
    0.003
    """

    value: float

    def width(self, predicted: NDArray[np.float64]) -> float:
        """Half-width of the margin in the units of the prediction."""
        return self.value


Margin = float | Relative | Absolute | Mapping[str, "float | Relative | Absolute"]
"""A number (relative, at quick effort), Relative(...), Absolute(...), or one of these for each effort."""


def margin_width(margin: Margin, predicted: NDArray[np.float64], *, effort: str = "quick") -> float:
    r"""Half-width δ of the equivalence margin at an effort.

    A single margin is meant at quick effort and shrinks by the factor `EFFORTS[effort]`; a mapping
    states the margin of each effort itself.

    Parameters
    ----------
    margin : Margin
    predicted : array of float, finite
    effort : {"quick", "paper", "deep"}

    Returns
    -------
    float > 0

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
    stated, factor = margin, EFFORTS[effort]
    if isinstance(stated, Mapping):
        if effort not in stated:
            raise AgreementError(f"margin is stated for {', '.join(stated)}, not for effort {effort!r}")
        stated, factor = stated[effort], 1.0
    if isinstance(stated, (int, float)):
        stated = Relative(float(stated))
    if not (math.isfinite(stated.value) and stated.value > 0.0):
        raise AgreementError(f"margin must be a positive finite number, got {stated.value}")
    return factor * stated.width(predicted)
