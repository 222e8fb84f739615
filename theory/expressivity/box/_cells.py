r"""How much of a cell of the shift is right under every, or under some, parameters of a box: interval arithmetic."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.box._box_law import BoxLaw
from theory.expressivity.box._ranges import Array, Range

__all__ = ["SLACK", "BoxScores", "Cells"]

SLACK = 1e-11
r"""Far above what rounding does to a score, whose terms are at most a few units times the largest shift squared."""


@dataclass(frozen=True)
class Cells:
    r"""Parts of the law: label, ends of δq, ends of s; all of one length."""

    label: Array
    context: Range
    carried: Range

    def __getitem__(self, which: NDArray[Any]) -> "Cells":
        parts = (self.label, *self.context, *self.carried)
        label, *ends = (part[which] for part in parts)
        return Cells(label, (ends[0], ends[1]), (ends[2], ends[3]))


@dataclass(frozen=True)
class BoxScores(ABC):
    r"""The parameters of an architecture in a compact form, and what cells of a law are right in a box of them.

    A score does not change its sign when the head, or the form of linear prompt-attention, is multiplied by a positive number:
    they lie on the surface of a cube. Scores of softmax are r times a form on the surface of a cube, r = t/(1−t), 0 ≤ t ≤ 1.
    """

    groups: ClassVar[tuple[int, ...]]
    r"""How many parameters lie on the surface of each cube."""

    law: BoxLaw

    @property
    def is_linear(self) -> bool:
        r"""Whether a cell reaches over all of s, of which the score is a quadratic function."""
        return len(self.groups) == 1

    def faces(self) -> Range:
        r"""The faces of the parameter cubes, as boxes: lower and upper ends, shape (faces, parameters)."""
        lows, highs = [[np.empty(0)]], [[np.empty(0)]]
        for size in self.groups:
            face_low = [np.where(np.arange(size) == j, sign, -1.0) for j in range(size) for sign in (-1.0, 1.0)]
            face_high = [np.where(np.arange(size) == j, sign, 1.0) for j in range(size) for sign in (-1.0, 1.0)]
            lows.append([np.r_[x, f] for x in lows[-1] for f in face_low])
            highs.append([np.r_[x, f] for x in highs[-1] for f in face_high])
        low, high = np.array(lows[-1]), np.array(highs[-1])
        if not self.is_linear:
            low, high = (np.c_[ends, np.full(len(ends), t)] for ends, t in ((low, 0.0), (high, 1.0)))
        return low, high

    @abstractmethod
    def right(self, low: Array, high: Array, cells: Cells) -> Range:
        r"""The probability of what is right in a cell for all parameters of a box, and for at least one; in pairs."""

    @abstractmethod
    def named(self, parameters: Array) -> dict[str, Any]:
        r"""The parameters by their names, decimals as text."""

    def known_parameters(self) -> Array | None:
        r"""Parameters that are perfect on the box, where a construction gives them; values on (q_*, w_*), head first."""
        return None

    def presented(self, parameters: Array) -> list[Array]:
        r"""Parameters that stand for what a search has found, to six decimals."""
        return [np.round(parameters, 6)]

    def sectors(self) -> dict[str, Any] | None:
        r"""A bound on self-attention as `checked_sectors` reads it, if the class is contained in self-attention."""
        return None
