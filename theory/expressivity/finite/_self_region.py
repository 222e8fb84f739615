r"""Self-attention: conditions of being right, linear in the scores once head and attention lie in small boxes."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, ClassVar

from theory.expressivity.finite._attention_region import TINY, AttentionRegion
from theory.expressivity.finite._curves import curve_bounds
from theory.expressivity.finite._exact_law import Sample, Vector
from theory.expressivity.finite._sample_search import Cut, Row
from theory.expressivity.finite._scores import logistic, product, rounded, self_scores

__all__ = ["SelfRegion"]

_UNIT = (Fraction(0), Fraction(1))
_TIE = 1e-9  # shares that differ by less count as equal: ties are to be cut, and the checker decides
_BLURRED = 0.2  # what P misses, over what the heads of the cut blur, above which a box is cut rather than the heads


@dataclass(frozen=True)
class SelfRegion(AttentionRegion):
    r"""A cut arc of heads, a box for the attention A of each sample's relevant tokens, and sums.

    A sum (i, j, names) says that what samples i and j ask for, of A or B as named, adds up to more than 1.

    .. math::

        P = \zeta A + (1-\zeta) B,\ A = \operatorname{logistic}(L + k_u),\ B = \operatorname{logistic}(L + k_v),
        \quad L = \log\tfrac{\zeta}{1-\zeta}
    """

    size: ClassVar[int] = 4

    boxes: Mapping[int, tuple[Fraction, Fraction]] = field(default_factory=dict)
    sums: tuple[tuple[int, int, str], ...] = ()

    @property
    def relevant_rows(self) -> Fraction:
        return self.law.zeta

    @staticmethod
    def forms(sample: Sample) -> tuple[Vector, Vector]:
        return self_scores(sample)

    @property
    def _limits(self) -> list[tuple[Fraction, Fraction]]:
        r"""The least and the largest P̄ of each sample."""
        return self._known("limits", self.arc.thresholds)

    @property
    def _scores(self) -> list[tuple[Vector, Vector]]:
        return self._known("scores", self_scores)

    @property
    def width(self) -> Fraction:
        return min([self.arc.upper - self.arc.lower, *(high - low for low, high in self.boxes.values())])

    def rows(self, samples: Iterable[int]) -> list[Row]:
        asked = [i for i in sorted(samples) if self.demands[i] != "any"]
        sums = [self._sum_row(*total) for total in self.sums if total[0] in asked and total[1] in asked]
        return [row for i in asked for row in self._self_rows(i)] + sums

    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> Cut | None:
        missing = {i: self._missing(i, parameters) for i in sorted(samples) if self.demands[i] in ("more", "less")}
        short = [i for i in missing if missing[i] > _BLURRED * float(self._blur(i)) - _TIE]
        if not short:
            return self._sum_cut(list(missing), parameters)
        worst = max(short, key=lambda i: missing[i])
        low, high = self.boxes.get(worst, _UNIT)
        share, _ = self._attention(worst, parameters)
        # where A is, but a fifth away from the ends: both parts shrink
        near = rounded(min(max(share, float(0.8 * low + 0.2 * high)), float(0.2 * low + 0.8 * high)), high - low)
        place = near if worst in self.boxes else self.law.zeta  # where the score is 0, and ties are exact
        below, above = (replace(self, boxes={**self.boxes, worst: box}) for box in ((low, place), (place, high)))
        return Cut("attention", [worst, str(place)], below, above)

    def share(self, i: int, parameters: dict[str, Any]) -> float:
        return self._attention(i, parameters)[1]

    def _sum_cut(self, samples: list[int], parameters: dict[str, Any]) -> Cut | None:
        r"""Two samples whose conditions contradict each other at the parameters whatever the head of the cut."""
        for i, j in sorted(set(combinations(samples, 2)) - {(i, j) for i, j, _ in self.sums}):
            names = self._sums_not_exceeded(i, j, parameters)
            if names:
                below, above = (replace(self, sums=(*self.sums, (i, j, name))) for name in names)
                return Cut("sum", [i, j, names[0]], below, above)
        return None

    def _self_rows(self, i: int) -> list[Row]:
        low, high = self.boxes.get(i, _UNIT)
        least, largest = self._limits[i]
        zeta = self.law.zeta
        k_u, k_v = self._scores[i]
        rows = self._at_least(i, "A>", k_u, low) + self._at_most(i, "A<", k_u, high) + self._curve_rows(i)
        if self.demands[i] == "more":
            return rows + self._at_least(i, "B", k_v, (least - zeta * high) / (1 - zeta))
        return rows + self._at_most(i, "B", k_v, (largest - zeta * low) / (1 - zeta))

    def _curve_rows(self, i: int) -> list[Row]:
        r"""Conditions on k_v + λ k_u; a sample that asks for less asks for more of 1 − A, 1 − B and 1 − P."""
        if i not in self.boxes:
            return []
        (low, high), (least, largest) = self.boxes[i], self._limits[i]
        sign, scores = self._sign(i), self._scores[i]
        box, share = ((low, high), least) if sign == 1 else ((1 - high, 1 - low), 1 - largest)
        rows = []
        for slope, a, b in curve_bounds(self.law.zeta, box, share):
            bound = self._log(b / (1 - b) * self._inverse_odds**sign) + slope * self._log(a / (1 - a) * self._inverse_odds**sign)
            normal = tuple(sign * (slope * x + y) for x, y in zip(*scores, strict=True))
            rows.append(Row(i, f"B {slope}", normal, bound or TINY * (a != b)))
        return rows

    def _sum_row(self, i: int, j: int, names: str) -> Row:
        r"""The condition that two shares add up to more than 1: their log-odds add up to more than 0."""
        signs, scores = (self._sign(i), self._sign(j)), [self._scores[k] for k in (i, j)]
        terms = [scores[k]["AB".index(names[k])] for k in (0, 1)]
        normal = tuple(signs[0] * x + signs[1] * y for x, y in zip(*terms, strict=True))
        return Row(i, f"{names} {j}", normal, self._log(self._inverse_odds ** sum(signs)))

    def _sums_not_exceeded(self, i: int, j: int, parameters: dict[str, Any]) -> tuple[str, str] | None:
        r"""Of two sums one of which must exceed 1 the names, if neither does."""
        shares = []
        for k in (i, j):
            a, total = self._attention(k, parameters)
            pair = a, (total - float(self.law.zeta) * a) / float(1 - self.law.zeta)
            shares.append(pair if self._sign(k) == 1 else (1 - pair[0], 1 - pair[1]))
        for names in (("AA", "BB"), ("AB", "BA")) if self.law.zeta == Fraction(1, 2) else (("AA", "BB"),):
            totals = [shares[0]["AB".index(x)] + shares[1]["AB".index(y)] for x, y in names]
            if max(totals) < 1 + _TIE and self.arc.opposed(self.law.samples[i], self.law.samples[j]):
                return names
        return None

    def _sign(self, i: int) -> int:
        return 1 if self.demands[i] == "more" else -1

    def _at_least(self, i: int, kind: str, normal: Vector, share: Fraction) -> list[Row]:
        r"""logistic(L + k) > share as a row in k."""
        if share <= 0:
            return []
        if share >= 1:
            return [Row(i, kind, normal, Fraction(0), infinite=True)]
        return [Row(i, kind, normal, self._score(share))]

    def _at_most(self, i: int, kind: str, normal: Vector, share: Fraction) -> list[Row]:
        if share >= 1:
            return []
        opposite = tuple(-x for x in normal)
        if share <= 0:
            return [Row(i, kind, opposite, Fraction(0), infinite=True)]
        return [Row(i, kind, opposite, -self._score(share))]

    def _score(self, share: Fraction) -> Fraction:
        r"""The score k at which logistic(L + k) is a share."""
        return self._log(share / (1 - share) * self._inverse_odds)

    def _attention(self, i: int, parameters: dict[str, Any]) -> tuple[float, float]:
        r"""A and the total P."""
        bias = math.log(self.law.zeta / (1 - self.law.zeta))
        a, b = (logistic(bias + product(normal, parameters["scores"])) for normal in self._scores[i])
        return a, float(self.law.zeta) * a + float(1 - self.law.zeta) * b

    def _blur(self, i: int) -> Fraction:
        r"""By how much the condition on P varies over the heads of the cut."""
        least, largest = self._limits[i]
        return largest - least

    def _missing(self, i: int, parameters: dict[str, Any]) -> float:
        r"""By how much P falls short of what the most favourable head of the cut would ask."""
        least, largest = self._limits[i]
        share = self.share(i, parameters)
        return float(least) - share if self.demands[i] == "more" else share - float(largest)
