r"""Softmax prompt-attention: conditions of being right, linear in the score and in the logarithms of the place on an arc."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from theory.expressivity.finite._attention_region import AttentionRegion
from theory.expressivity.finite._exact_law import Sample, Vector
from theory.expressivity.finite._sample_search import Row
from theory.expressivity.finite._scores import logistic, product, prompt_score, rounded

__all__ = ["PromptRegion"]


@dataclass(frozen=True)
class PromptRegion(AttentionRegion):
    r"""A cut arc of heads, and any prompt.

    .. math::

        P = \operatorname{logistic}(L + k), \quad L = \log\tfrac{\zeta}{1-\zeta}
    """

    size: ClassVar[int] = 2

    @property
    def relevant_rows(self) -> Fraction:
        return Fraction(1)

    @staticmethod
    def forms(sample: Sample) -> tuple[Vector, Vector]:
        return (prompt_score(sample),) * 2

    def rows(self, samples: Iterable[int]) -> list[Row]:
        asked = [i for i in sorted(samples) if self.demands[i] != "any"]
        return [row for i in asked for row in self._prompt_row(i)] + self._place_rows()

    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> None:
        return None

    def share(self, i: int, parameters: dict[str, Any]) -> float:
        bias = math.log(self.law.zeta / (1 - self.law.zeta))
        return logistic(bias + product(prompt_score(self.law.samples[i]), parameters["scores"]))

    def _prompt_row(self, i: int) -> list[Row]:
        r"""The condition on the score, log s and log(1−s), which are coordinates of their own."""
        first, last, least, largest = self.arc.odds(self.law.samples[i])
        normal = (*prompt_score(self.law.samples[i]), Fraction(-first), Fraction(-last))
        if self.demands[i] == "more":
            return [Row(i, "P", normal, self._log(least * self._inverse_odds))]
        return [Row(i, "P", tuple(-x for x in normal), -self._log(largest * self._inverse_odds))]

    def _place_rows(self) -> list[Row]:
        r"""What the cut says of log s and log(1−s)."""
        ends = {"s<": -self.arc.upper, "s>": self.arc.lower, "r<": self.arc.lower - 1, "r>": 1 - self.arc.upper}
        rows = []
        for kind, end in ends.items():
            sign = 1 if kind[1] == ">" else -1
            normal = [Fraction(0)] * 4
            normal[2 + (kind[0] == "r")] = Fraction(sign)
            if end != 0:
                rows.append(Row(-1, kind, tuple(normal), sign * self._log(abs(end))))
        return rows

    def _place(self, logs: Vector, scale: Fraction) -> Fraction:
        r"""The place on the arc: the middle of the cut, unless the cut touches an end and a solution says how near to go."""
        if len(logs) == 2:
            # e^-200: as near to an end as a place needs to be
            near = [math.exp(max(-200.0, min(0.0, float(x * scale)))) for x in logs]
            if self.arc.lower == 0 and near[0] < self.arc.upper / 2:
                return rounded(near[0], Fraction(near[0]))
            if self.arc.upper == 1 and near[1] < (1 - self.arc.lower) / 2:
                return 1 - rounded(near[1], Fraction(near[1]))
        return self.arc.middle
