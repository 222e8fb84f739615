r"""What the attention classes have in common: conditions of being right, linear in scores once heads lie on an arc."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from theory.expressivity.finite._arcs import HeadArc
from theory.expressivity.finite._exact_law import ExactLaw, Sample, Vector
from theory.expressivity.finite._sample_search import Cut, Region, Row
from theory.expressivity.finite._scores import product, rounded

__all__ = ["TINY", "AttentionRegion"]

_CLEAR = 1e-9  # y f in units of its terms: far above rounding
_SHORT = 10**6  # largest denominator of a score: what is offered stays short
TINY = Fraction(1, 1 << 32)
r"""Stands for a logarithm that rounds to 0 and is not."""


@dataclass(frozen=True)
class AttentionRegion(ABC):
    r"""A cut arc of heads. The attention P on relevant tokens is a function of scores, which are linear in the parameters.

    Parameters
    ----------
    law, arc
        The samples and the heads.
    """

    size: ClassVar[int]
    r"""How many numbers the scores are linear in."""

    law: ExactLaw
    arc: HeadArc
    known: dict[str, list[Any]] = field(default_factory=dict, compare=False, repr=False)  # depends on the cut of the arc alone

    @property
    @abstractmethod
    def relevant_rows(self) -> Fraction:
        r"""The weight of A in P = share · A + (1 − share) · B, A and B the attention of relevant and of irrelevant rows."""

    @staticmethod
    @abstractmethod
    def forms(sample: Sample) -> tuple[Vector, Vector]:
        r"""The forms that give the scores of A and of B."""

    @abstractmethod
    def rows(self, samples: Iterable[int]) -> list[Row]:
        r"""Necessary conditions of the samples in the region."""

    @abstractmethod
    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> Cut | None:
        r"""A cut that excludes parameters at which not all samples are right; None if it is rather the heads that blur."""

    @abstractmethod
    def share(self, i: int, parameters: dict[str, Any]) -> float:
        r"""P for a sample, in floating point."""

    @property
    def demands(self) -> list[str]:
        r"""What each sample asks of P."""
        return self._known("demands", self.arc.demand)

    def _known(self, name: str, function: Callable[[Sample], Any]) -> list[Any]:
        if name not in self.known:
            self.known[name] = [function(sample) for sample in self.law.samples]
        return self.known[name]

    @cached_property
    def hopeful(self) -> frozenset[int]:
        return frozenset(i for i, demand in enumerate(self.demands) if demand != "none")

    @property
    def width(self) -> Fraction:
        return self.arc.upper - self.arc.lower

    def parameters(self, point: Vector, scale: Fraction) -> dict[str, Any]:
        scores = tuple((x * scale).limit_denominator(_SHORT) for x in point[: self.size]) or (Fraction(0),) * self.size
        return {"head": self.arc.head(self._place(point[self.size :], scale)), "scores": scores}

    def right(self, parameters: dict[str, Any], among: frozenset[int] | None = None) -> frozenset[int]:
        return frozenset(i for i in (among or self.hopeful) if self._margin(i, parameters) > _CLEAR)

    def head_cut(self) -> tuple[str, Region, Region]:
        first, second = (replace(self, arc=arc, known={}) for arc in self.arc.parts())
        return str(self.arc.middle), first, second

    def _place(self, logs: Vector, scale: Fraction) -> Fraction:
        r"""The place on the arc."""
        return self.arc.middle

    @property
    def _inverse_odds(self) -> Fraction:
        return (1 - self.law.zeta) / self.law.zeta

    @staticmethod
    def _log(number: Fraction) -> Fraction:
        log = rounded(math.log(number.numerator) - math.log(number.denominator), Fraction(1, 1 << 20))
        return log or TINY * (number != 1)  # 0 is the logarithm of 1 alone

    def _margin(self, i: int, parameters: dict[str, Any]) -> float:
        r"""y f between −1 and 1, in floating point; `check_witness` decides in ball arithmetic."""
        sample = self.law.samples[i]
        tokens = (sample.relevant, sample.irrelevant)
        toward_u, toward_v = (sample.label * product(parameters["head"], token) for token in tokens)
        share = self.share(i, parameters)
        parts = share * toward_u, (1 - share) * toward_v
        size = abs(parts[0]) + abs(parts[1])
        return sum(parts) / size if size > 0 else -1.0
