r"""Prompt- and self-attention: conditions of being right, linear in the scores once head and attention lie in small boxes."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from theory.expressivity.finite._arcs import HeadArc
from theory.expressivity.finite._curves import curve_bounds
from theory.expressivity.finite._exact_law import ExactLaw, Sample, Vector
from theory.expressivity.finite._sample_search import Cut, Region, Row
from theory.expressivity.finite._scores import logistic, product, prompt_score, rounded, self_scores

__all__ = ["AttentionRegion"]

_UNIT = (Fraction(0), Fraction(1))
_TINY = Fraction(1, 1 << 32)
_BLURRED = 0.2  # what P misses, over what the heads of the cut blur, above which a box is cut rather than the heads


@dataclass(frozen=True)
class AttentionRegion:
    r"""A cut arc of heads; for self-attention also a box for the attention A of each sample's relevant tokens, and sums.

    A sum (i, j, names) says that what samples i and j ask for, of A or B as named, adds up to more than 1.

    .. math::

        P = \operatorname{logistic}(L + k)\ \text{(prompt)}, \quad
        P = \zeta A + (1-\zeta) B,\ A = \operatorname{logistic}(L + k_u),\ B = \operatorname{logistic}(L + k_v)
        \ \text{(self)}, \quad L = \log\tfrac{\zeta}{1-\zeta}
    """

    law: ExactLaw
    architecture: str
    arc: HeadArc
    boxes: Mapping[int, tuple[Fraction, Fraction]] = field(default_factory=dict)
    sums: tuple[tuple[int, int, str], ...] = ()
    known: dict[str, list[Any]] = field(default_factory=dict, compare=False, repr=False)  # depends on the cut of the arc alone

    @property
    def demands(self) -> list[str]:
        r"""What each sample asks of P."""
        return self._known("demands", self.arc.demand)

    @property
    def _limits(self) -> list[tuple[Fraction, Fraction]]:
        r"""The least and the largest P̄ of each sample."""
        return self._known("limits", self.arc.thresholds)

    @property
    def _scores(self) -> list[tuple[Vector, Vector]]:
        return self._known("scores", self_scores)

    def _known(self, name: str, function: Callable[[Sample], Any]) -> list[Any]:
        if name not in self.known:
            self.known[name] = [function(sample) for sample in self.law.samples]
        return self.known[name]

    @cached_property
    def hopeful(self) -> frozenset[int]:
        return frozenset(i for i, demand in enumerate(self.demands) if demand != "none")

    @property
    def width(self) -> Fraction:
        return min([self.arc.upper - self.arc.lower, *(high - low for low, high in self.boxes.values())])

    def rows(self, samples: Iterable[int]) -> list[Row]:
        asked = [i for i in sorted(samples) if self.demands[i] != "any"]
        if self.architecture == "softmax-prompt":
            return [row for i in asked for row in self._prompt_row(i)] + self._place_rows()
        sums = [self._sum_row(*total) for total in self.sums if total[0] in asked and total[1] in asked]
        return [row for i in asked for row in self._self_rows(i)] + sums

    def parameters(self, point: Vector, scale: Fraction) -> dict[str, Any]:
        size = 2 if self.architecture == "softmax-prompt" else 4
        scores = tuple((x * scale).limit_denominator(10**6) for x in point[:size]) or (Fraction(0),) * size
        return {"head": self.arc.head(self._place(point[size:], scale)), "scores": scores}

    def right(self, parameters: dict[str, Any], among: frozenset[int] | None = None) -> frozenset[int]:
        return frozenset(i for i in (among or self.hopeful) if self._margin(i, parameters) > 1e-9)

    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> "Cut | None":
        if self.architecture == "softmax-prompt":
            return None
        missing = {i: self._missing(i, parameters) for i in sorted(samples) if self.demands[i] in ("more", "less")}
        short = [i for i in missing if missing[i] > _BLURRED * float(self._blur(i)) - 1e-9]
        if not short:
            return self._sum_cut(list(missing), parameters)
        worst = max(short, key=lambda i: missing[i])
        low, high = self.boxes.get(worst, _UNIT)
        share, _ = self._attention(worst, parameters)
        near = rounded(min(max(share, float(0.8 * low + 0.2 * high)), float(0.2 * low + 0.8 * high)), high - low)
        place = near if worst in self.boxes else self.law.zeta  # where the score is 0, and ties are exact
        below, above = (replace(self, boxes={**self.boxes, worst: box}) for box in ((low, place), (place, high)))
        return Cut("attention", [worst, str(place)], below, above)

    def _sum_cut(self, samples: list[int], parameters: dict[str, Any]) -> Cut | None:
        r"""Two samples whose conditions contradict each other at the parameters whatever the head of the cut."""
        for i, j in sorted(set(combinations(samples, 2)) - {(i, j) for i, j, _ in self.sums}):
            names = self._sums_not_exceeded(i, j, parameters)
            if names:
                below, above = (replace(self, sums=(*self.sums, (i, j, name))) for name in names)
                return Cut("sum", [i, j, names[0]], below, above)
        return None

    def head_cut(self) -> tuple[str, Region, Region]:
        first, second = (replace(self, arc=arc, known={}) for arc in self.arc.parts())
        return str(self.arc.middle), first, second

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
            near = [math.exp(max(-200.0, min(0.0, float(x * scale)))) for x in logs]
            if self.arc.lower == 0 and near[0] < self.arc.upper / 2:
                return rounded(near[0], Fraction(near[0]))
            if self.arc.upper == 1 and near[1] < (1 - self.arc.lower) / 2:
                return 1 - rounded(near[1], Fraction(near[1]))
        return self.arc.middle

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
            rows.append(Row(i, f"B {slope}", normal, bound or _TINY * (a != b)))
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
            if max(totals) < 1 + 1e-9 and self.arc.opposed(self.law.samples[i], self.law.samples[j]):
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

    @property
    def _inverse_odds(self) -> Fraction:
        return (1 - self.law.zeta) / self.law.zeta

    def _score(self, share: Fraction) -> Fraction:
        r"""The score k at which logistic(L + k) is a share."""
        return self._log(share / (1 - share) * self._inverse_odds)

    @staticmethod
    def _log(number: Fraction) -> Fraction:
        log = rounded(math.log(number.numerator) - math.log(number.denominator), Fraction(1, 1 << 20))
        return log or _TINY * (number != 1)  # 0 is the logarithm of 1 alone

    def _attention(self, i: int, parameters: dict[str, Any]) -> tuple[float, float]:
        r"""A and the total P; for a prompt the same number twice."""
        bias = math.log(self.law.zeta / (1 - self.law.zeta))
        sample, scores = self.law.samples[i], parameters["scores"]
        if self.architecture == "softmax-prompt":
            share = logistic(bias + product(prompt_score(sample), scores))
            return share, share
        a, b = (logistic(bias + product(normal, scores)) for normal in self._scores[i])
        return a, float(self.law.zeta) * a + float(1 - self.law.zeta) * b

    def _margin(self, i: int, parameters: dict[str, Any]) -> float:
        r"""y f between −1 and 1, in floating point; `check_witness` decides in ball arithmetic."""
        sample = self.law.samples[i]
        tokens = (sample.relevant, sample.irrelevant)
        toward_u, toward_v = (sample.label * product(parameters["head"], token) for token in tokens)
        _, share = self._attention(i, parameters)
        parts = share * toward_u, (1 - share) * toward_v
        size = abs(parts[0]) + abs(parts[1])
        return sum(parts) / size if size > 0 else -1.0

    def _blur(self, i: int) -> Fraction:
        r"""By how much the condition on P varies over the heads of the cut."""
        least, largest = self._limits[i]
        return largest - least

    def _missing(self, i: int, parameters: dict[str, Any]) -> float:
        r"""By how much P falls short of what the most favourable head of the cut would ask."""
        least, largest = self._limits[i]
        _, share = self._attention(i, parameters)
        return float(least) - share if self.demands[i] == "more" else share - float(largest)
