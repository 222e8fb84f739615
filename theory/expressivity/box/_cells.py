r"""How much of a cell of the shift is right under every, or under some, parameters of a box: interval arithmetic."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from theory.expressivity.box._box_law import BoxLaw

__all__ = ["BoxScores", "Cells"]

Array = NDArray[np.float64]
Range = tuple[Array, Array]

_SLACK = 1e-11  # far above what rounding does to a score, whose terms are at most a few units times the largest shift squared

_GROUPS = {"mean-pooling": (2,), "linear-prompt": (3,), "softmax-prompt": (2, 2), "self-attention": (2, 4)}


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
class BoxScores:
    r"""The parameters of an architecture in a compact form, and what cells of a law are right in a box of them.

    A score does not change its sign when the head, or the form of linear prompt-attention, is multiplied by a positive number:
    they lie on the surface of a cube. Scores of softmax are r times a form on the surface of a cube, r = t/(1−t), 0 ≤ t ≤ 1.
    """

    law: BoxLaw
    architecture: str

    @property
    def is_linear(self) -> bool:
        r"""Whether a cell reaches over all of s, of which the score is a quadratic function."""
        return len(_GROUPS[self.architecture]) == 1

    def faces(self) -> Range:
        r"""The faces of the parameter cubes, as boxes: lower and upper ends, shape (faces, parameters)."""
        lows, highs = [[np.empty(0)]], [[np.empty(0)]]
        for size in _GROUPS[self.architecture]:
            face_low = [np.where(np.arange(size) == j, sign, -1.0) for j in range(size) for sign in (-1.0, 1.0)]
            face_high = [np.where(np.arange(size) == j, sign, 1.0) for j in range(size) for sign in (-1.0, 1.0)]
            lows.append([np.r_[x, f] for x in lows[-1] for f in face_low])
            highs.append([np.r_[x, f] for x in highs[-1] for f in face_high])
        low, high = np.array(lows[-1]), np.array(highs[-1])
        if not self.is_linear:
            low, high = (np.c_[ends, np.full(len(ends), t)] for ends, t in ((low, 0.0), (high, 1.0)))
        return low, high

    def right(self, low: Array, high: Array, cells: Cells) -> Range:
        r"""The probability of what is right in a cell for all parameters of a box, and for at least one; in pairs."""
        weight = self.law.strip_weight(cells.label, *cells.context)
        box = [(low[:, j], high[:, j]) for j in range(low.shape[1])]
        if self.is_linear:
            sure, possible = self._quadratic(box, cells)
            return weight * sure, weight * possible
        y, s = cells.label, cells.carried
        if self.law.widths[1] > 0:
            weight = weight * (self.law.below(y, s[1]) - self.law.below(y, s[0]))
        score = self._attention(box, cells)
        return weight * (score[0] > _SLACK), weight * (score[1] > -_SLACK)

    def _quadratic(self, box: list[Range], cells: Cells) -> Range:
        r"""The share of s with y f = α + β s + γ s² > 0, for the least and for the largest of these functions."""
        y, q, zeta = cells.label, cells.context, self.law.zeta
        if self.architecture == "mean-pooling":
            along = _times(box[0], _scaled(y, (zeta - (1 - zeta) * q[1], zeta - (1 - zeta) * q[0])))
            constant = _sum(along, _scaled(zeta, box[1]))
            slope, bend = _scaled(-(1 - zeta) * y, box[1]), (np.zeros_like(y), np.zeros_like(y))
        else:
            square = _square(q)
            along = _times(box[0], (zeta + (1 - zeta) * square[0], zeta + (1 - zeta) * square[1]))
            constant = _sum(_scaled(y, _sum(along, _scaled(zeta, box[2]))), _scaled(2 * zeta, box[1]))
            slope, bend = _scaled(2 * (1 - zeta) * y, _times(box[1], q)), _scaled(y * (1 - zeta), box[2])
        shares = []
        for k, slack in ((0, -_SLACK), (1, _SLACK)):
            parts = [self._share(y, constant[k] + slack, (slope[k], slope[1 - k])[side], bend[k], side) for side in (0, 1)]
            shares.append(parts[0] + parts[1])
        return shares[0], shares[1]

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

    def _attention(self, box: list[Range], cells: Cells) -> Range:
        r"""y f for softmax prompt- or self-attention: P y⟨w, u⟩ + (1−P) y⟨w, v⟩."""
        y, q, s, zeta = cells.label, cells.context, cells.carried, self.law.zeta
        bias = np.log(zeta / (1 - zeta))
        with np.errstate(divide="ignore"):
            size = (box[-1][0] / (1 - box[-1][0]), box[-1][1] / (1 - box[-1][1]))
        gap = ((1 + q[0], 1 + q[1]), (y + s[0], y + s[1]))
        if self.architecture == "softmax-prompt":
            score = _stretched(size, _sum(_times(box[2], gap[0]), _times(box[3], gap[1])))
            share = (expit(bias + score[0]), expit(bias + score[1]))
        else:
            rows = [(box[2 + j], _scaled(y, box[4 + j])) for j in (0, 1)]
            toward = _sum(*(_times(_sum(*rows[j]), gap[j]) for j in (0, 1)))
            away = _sum(*(_times(_sum(_times(q, box[2 + j]), _times(s, box[4 + j])), gap[j]) for j in (0, 1)))
            k_u, k_v = _stretched(size, toward), _stretched(size, (-away[1], -away[0]))
            share = tuple(zeta * expit(bias + k_u[j]) + (1 - zeta) * expit(bias + k_v[j]) for j in (0, 1))
        at_u = _sum(_scaled(y, box[0]), box[1])
        at_v = _scaled(-y, _sum(_times(box[0], q), _times(box[1], s)))
        corners = [[p * at_u[j] + (1 - p) * at_v[j] for p in share] for j in (0, 1)]
        return np.minimum(*corners[0]), np.maximum(*corners[1])


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


def _sum(*ranges: Range) -> Range:
    return sum(r[0] for r in ranges), sum(r[1] for r in ranges)  # type: ignore[return-value]  # arrays, not the integer 0


def _scaled(factor: Array | float, r: Range) -> Range:
    ends = factor * r[0], factor * r[1]
    return np.minimum(*ends), np.maximum(*ends)


def _times(x: Range, y: Range) -> Range:
    products = (x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1])
    return np.minimum.reduce(products), np.maximum.reduce(products)


def _square(r: Range) -> Range:
    ends = r[0] ** 2, r[1] ** 2
    return np.where(r[0] * r[1] < 0, 0.0, np.minimum(*ends)), np.maximum(*ends)


def _stretched(size: Range, r: Range) -> Range:
    r"""The product of r with sizes from 0 to infinity, infinity itself excluded."""
    with np.errstate(invalid="ignore"):
        low = np.where(r[0] < 0, size[1] * r[0], size[0] * r[0])
        high = np.where(r[1] > 0, size[1] * r[1], size[0] * r[1])
    return np.nan_to_num(low, nan=0.0, posinf=np.inf, neginf=-np.inf), np.nan_to_num(high, nan=0.0, posinf=np.inf, neginf=-np.inf)


