r"""Mean pooling and linear prompt-attention over a box: y f is a quadratic function of s, whose roots are known."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from theory.expressivity.box._cells import SLACK, BoxScores, Cells
from theory.expressivity.box._ranges import Array, Range, scaled, square, times, total

__all__ = ["LinearPromptScores", "LinearScores", "MeanPoolingScores"]


@dataclass(frozen=True)
class LinearScores(BoxScores):
    r"""A class whose score is a linear function of its parameters."""

    def right(self, low: Array, high: Array, cells: Cells) -> Range:
        weight = self.law.strip_weight(cells.label, *cells.context)
        box = [(low[:, j], high[:, j]) for j in range(low.shape[1])]
        y, (constant, slope, bend) = cells.label, self.quadratic(box, cells)
        shares = []
        for k, slack in ((0, -SLACK), (1, SLACK)):
            parts = [self._share(y, constant[k] + slack, (slope[k], slope[1 - k])[side], bend[k], side) for side in (0, 1)]
            shares.append(parts[0] + parts[1])
        return weight * shares[0], weight * shares[1]

    @abstractmethod
    def quadratic(self, box: list[Range], cells: Cells) -> tuple[Range, Range, Range]:
        r"""α, β and γ of y f = α + β s + γ s²."""

    @abstractmethod
    def corners(self, y: int, context: list[Array], carried: list[Array]) -> list[list[Array]]:
        r"""For each parameter numbers between whose extremes its coefficient in y f lies, from the ends of δq and of s."""

    def _share(self, y: Array, constant: Array, slope: Array, bend: Array, side: int) -> Array:
        r"""P(constant + slope s + bend s² > 0, s ≥ 0 (side 0) or s < 0 (side 1))."""
        ends = np.array([self.law.label_ends(1), self.law.label_ends(-1)])
        low, high = np.where(y > 0, ends[0][:, None], ends[1][:, None])
        low, high = (np.maximum(low, 0.0), np.maximum(high, 0.0)) if side == 0 else (np.minimum(low, 0.0), np.minimum(high, 0.0))
        if self.law.widths[1] == 0:
            s = ends[0][0] if np.all(y > 0) else np.where(y > 0, ends[0][0], ends[1][0])
            here = (s >= 0) if side == 0 else (s < 0)
            value: Array = (here & (constant + slope * s + bend * s * s > 0)).astype(float)
            return value
        first, last = _roots(constant, slope, bend)
        first, last = np.clip(first, low, high), np.clip(last, low, high)
        between = self.law.below(y, last) - self.law.below(y, first)
        whole = self.law.below(y, high) - self.law.below(y, low)
        opens_up = (bend > 0) | ((bend == 0) & (slope == 0) & (constant > 0))
        return np.where(opens_up, whole - between, between)


@dataclass(frozen=True)
class MeanPoolingScores(LinearScores):
    r"""Parameters: the head."""

    groups: ClassVar[tuple[int, ...]] = (2,)

    def quadratic(self, box: list[Range], cells: Cells) -> tuple[Range, Range, Range]:
        y, q, zeta = cells.label, cells.context, self.law.zeta
        along = times(box[0], scaled(y, (zeta - (1 - zeta) * q[1], zeta - (1 - zeta) * q[0])))
        constant = total(along, scaled(zeta, box[1]))
        return constant, scaled(-(1 - zeta) * y, box[1]), (np.zeros_like(y), np.zeros_like(y))

    def corners(self, y: int, context: list[Array], carried: list[Array]) -> list[list[Array]]:
        zeta = self.law.zeta
        return [[y * (zeta - (1 - zeta) * x) for x in context], [zeta - (1 - zeta) * y * x for x in carried]]

    def presented(self, parameters: Array) -> list[Array]:
        return [np.round(parameters / np.abs(parameters).max(), 6)]

    def named(self, parameters: Array) -> dict[str, Any]:
        return {"head": [repr(float(x)) for x in parameters]}


@dataclass(frozen=True)
class LinearPromptScores(LinearScores):
    r"""Parameters: the entries (m11, m12, m22) of a quadratic form, the product of head and prompt or a sum of such products."""

    groups: ClassVar[tuple[int, ...]] = (3,)

    def quadratic(self, box: list[Range], cells: Cells) -> tuple[Range, Range, Range]:
        y, q, zeta = cells.label, cells.context, self.law.zeta
        squares = square(q)
        along = times(box[0], (zeta + (1 - zeta) * squares[0], zeta + (1 - zeta) * squares[1]))
        constant = total(scaled(y, total(along, scaled(zeta, box[2]))), scaled(2 * zeta, box[1]))
        return constant, scaled(2 * (1 - zeta) * y, times(box[1], q)), scaled(y * (1 - zeta), box[2])

    def corners(self, y: int, context: list[Array], carried: list[Array]) -> list[list[Array]]:
        zeta, squares = self.law.zeta, []
        for r in (context, carried):
            least = np.where(r[0] * r[1] < 0, 0.0, np.minimum(r[0] ** 2, r[1] ** 2))
            squares.append([y * (zeta + (1 - zeta) * x) for x in (least, np.maximum(r[0] ** 2, r[1] ** 2))])
        mixed = [2 * (zeta + (1 - zeta) * y * a * b) for a in context for b in carried]
        return [squares[0], mixed, squares[1]]

    def presented(self, parameters: Array) -> list[Array]:
        r"""A product of two linear forms that is this quadratic form, or answers always alike if it is definite."""
        m11, m12, m22 = parameters / np.abs(parameters).max()
        if m12 * m12 <= m11 * m22:
            return [np.array([sign, 0.0, 0.0]) for sign in (1.0, -1.0)]
        return [np.array([m11, m12, m22])]

    def named(self, parameters: Array) -> dict[str, Any]:
        head, prompt = _factors(parameters)
        return {"head": [repr(float(x)) for x in head], "prompt": [repr(float(x)) for x in prompt]}


def _factors(form: Array) -> tuple[Array, Array]:
    r"""Two linear forms whose product is a quadratic form that is not definite."""
    m11, m12, m22 = form
    root = math.sqrt(max(m12 * m12 - m11 * m22, 0.0))
    if abs(m11) >= abs(m22) and m11 != 0:
        return np.array([1.0, (m12 + root) / m11]), np.array([m11, m12 - root])
    if m22 != 0:
        return np.array([(m12 + root) / m22, 1.0]), np.array([m12 - root, m22])
    return np.array([1.0, 0.0]), np.array([0.0, 2 * m12])


def _roots(constant: Array, slope: Array, bend: Array) -> Range:
    r"""The ends between which a quadratic is positive (bend ≤ 0) or not positive (bend > 0), ±∞ included."""
    discriminant = slope * slope - 4 * bend * constant
    real = np.sqrt(np.maximum(discriminant, 0.0))
    pivot = -0.5 * (slope + np.where(slope >= 0, real, -real))
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = np.where(bend != 0, pivot / bend, np.nan), np.where(pivot != 0, constant / pivot, 0.0)
    line = bend == 0
    one = np.where(line, np.where(slope > 0, np.inf, -np.inf), one)
    first, last = np.minimum(one, other), np.maximum(one, other)
    none = (discriminant < 0) | (line & (slope == 0))
    return np.where(none, 0.0, first), np.where(none, 0.0, last)
