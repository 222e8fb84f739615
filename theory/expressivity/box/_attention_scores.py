r"""Softmax prompt- and self-attention over a box: y f is a mean of two products with the attention P."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from theory.expressivity.box._cells import SLACK, BoxScores, Cells
from theory.expressivity.box._ranges import Array, Range, scaled, stretched, times, total
from theory.expressivity.box._sectors import sector_proof

__all__ = ["AttentionScores", "SelfAttentionScores", "SoftmaxPromptScores"]


@dataclass(frozen=True)
class AttentionScores(BoxScores):
    r"""A class with y f = P y⟨w, u⟩ + (1−P) y⟨w, v⟩."""

    def right(self, low: Array, high: Array, cells: Cells) -> Range:
        weight = self.law.strip_weight(cells.label, *cells.context)
        box = [(low[:, j], high[:, j]) for j in range(low.shape[1])]
        y, s = cells.label, cells.carried
        if self.law.widths[1] > 0:
            weight = weight * (self.law.below(y, s[1]) - self.law.below(y, s[0]))
        score = self._score(box, cells)
        return weight * (score[0] > SLACK), weight * (score[1] > -SLACK)

    @abstractmethod
    def attention(self, box: list[Range], size: Range, gap: tuple[Range, Range], cells: Cells) -> Range:
        r"""P, with the sizes r of the scores and the two coordinates of u − v."""

    def _score(self, box: list[Range], cells: Cells) -> Range:
        y, q, s = cells.label, cells.context, cells.carried
        with np.errstate(divide="ignore"):
            size = (box[-1][0] / (1 - box[-1][0]), box[-1][1] / (1 - box[-1][1]))
        share = self.attention(box, size, ((1 + q[0], 1 + q[1]), (y + s[0], y + s[1])), cells)
        at_u = total(scaled(y, box[0]), box[1])
        at_v = scaled(-y, total(times(box[0], q), times(box[1], s)))
        corners = [[p * at_u[j] + (1 - p) * at_v[j] for p in share] for j in (0, 1)]
        return np.minimum(*corners[0]), np.maximum(*corners[1])

    @property
    def _bias(self) -> float:
        return float(np.log(self.law.zeta / (1 - self.law.zeta)))


@dataclass(frozen=True)
class SoftmaxPromptScores(AttentionScores):
    r"""Parameters: the head, and the values of the prompt."""

    groups: ClassVar[tuple[int, ...]] = (2, 2)

    def attention(self, box: list[Range], size: Range, gap: tuple[Range, Range], cells: Cells) -> Range:
        score = stretched(size, total(times(box[2], gap[0]), times(box[3], gap[1])))
        return expit(self._bias + score[0]), expit(self._bias + score[1])

    def known_parameters(self) -> Array | None:
        r"""Where δq > −1 throughout, the head w ⟂ q_* and a prompt beyond the threshold strength of the box."""
        law = self.law
        if law.context[0] <= -1:
            return None
        against = max(map(abs, (*law.label_ends(1), *law.label_ends(-1)))) * (1 - law.zeta) / law.zeta
        score = max(0.0, math.log(max(against, 1e-300))) / (1 + law.context[0])
        return np.array([0.0, 1.0, round(1.5 * score + 1.0, 6), 0.0])  # well beyond: 1.5 times and 1 more

    def named(self, parameters: Array) -> dict[str, Any]:
        texts = [repr(float(x)) for x in parameters]
        return {"head": texts[:2], "prompt": texts[2:]}


@dataclass(frozen=True)
class SelfAttentionScores(AttentionScores):
    r"""Parameters: the head, and the matrix row by row."""

    groups: ClassVar[tuple[int, ...]] = (2, 4)

    def attention(self, box: list[Range], size: Range, gap: tuple[Range, Range], cells: Cells) -> Range:
        y, q, s, zeta = cells.label, cells.context, cells.carried, self.law.zeta
        rows = [(box[2 + j], scaled(y, box[4 + j])) for j in (0, 1)]
        toward = total(*(times(total(*rows[j]), gap[j]) for j in (0, 1)))
        away = total(*(times(total(times(q, box[2 + j]), times(s, box[4 + j])), gap[j]) for j in (0, 1)))
        k_u, k_v = stretched(size, toward), stretched(size, (-away[1], -away[0]))
        low, high = (zeta * expit(self._bias + k_u[j]) + (1 - zeta) * expit(self._bias + k_v[j]) for j in (0, 1))
        return low, high

    def sectors(self) -> dict[str, Any]:
        return sector_proof(self.law).as_dict()

    def named(self, parameters: Array) -> dict[str, Any]:
        texts = [repr(float(x)) for x in parameters]
        return {"head": texts[:2], "attention": [texts[2:4], texts[4:]]}
