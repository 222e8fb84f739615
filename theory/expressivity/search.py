r"""The most probable set of samples that one choice of parameters can get right, with a proof that none is more probable."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from theory.expressivity.dependency import Feasibility, feasibility
from theory.expressivity.law import ExactLaw, Vector

__all__ = ["Region", "Row", "Search", "Tree"]

Tree = Any
r"""A proof as plain lists, dictionaries and texts; `theory.expressivity.check_proof` states what each node means."""

_MARGIN = Fraction(1, 10**8)


@dataclass(frozen=True)
class Row:
    r"""A necessary condition c·x > b for a sample to be right, anywhere in a region.

    `infinite` marks b = +∞: the sample is wrong everywhere in the region.
    """

    sample: int
    kind: str
    normal: Vector
    bound: Fraction
    infinite: bool = False


class Region(Protocol):
    r"""A set of parameters in which the conditions of being right are bounded by linear ones."""

    @property
    def hopeful(self) -> frozenset[int]:
        r"""The samples that may be right somewhere in the region."""

    @property
    def width(self) -> Fraction:
        r"""How small the region has become by splitting, from 1 downwards."""

    def rows(self, samples: Iterable[int]) -> list[Row]:
        r"""Necessary conditions of the samples in the region."""

    def parameters(self, point: Vector, scale: Fraction) -> dict[str, Any]:
        r"""Parameters in the region that belong to a point of the linear system."""

    def right(self, parameters: dict[str, Any]) -> frozenset[int]:
        r"""The samples that these parameters get right."""

    def split(self, point: Vector, samples: frozenset[int]) -> "tuple[dict[str, Any], Region, Region]":
        r"""The region in two parts, and what separates them."""


@dataclass
class Search:
    r"""Depth-first search over regions and over the samples that are given up, with a budget of linear systems.

    Attributes
    ----------
    law, budget, smallest
        What is searched, how many linear systems may be solved, and the width at which a region is split no more.
    best, witness
        The largest probability found, and parameters that attain it.
    open_weight
        The largest probability that an unfinished branch might still attain; 0 if every branch is finished.
    """

    law: ExactLaw
    budget: int
    smallest: Fraction = Fraction(0)
    best: Fraction = Fraction(0)
    witness: dict[str, Any] = field(default_factory=dict)
    open_weight: Fraction = Fraction(0)

    def proof(self, region: Region, given_up: frozenset[int] = frozenset(), kept: frozenset[int] = frozenset()) -> Tree:
        r"""A tree that proves that no parameters of the region get more than `best` right, once the search is over.

        Parameters
        ----------
        region
            Where the parameters are.
        given_up
            Samples that are assumed wrong in this branch.
        kept
            Samples that are assumed right in this branch.
        """
        while True:
            samples = region.hopeful - given_up
            weight = self.law.weight(samples)
            if weight <= self.best:
                return "weight"
            if not kept <= region.hopeful:
                return {"lost": min(kept - region.hopeful)}
            if self.budget <= 0 or region.width < self.smallest:
                self.open_weight = max(self.open_weight, weight)
                return "weight"
            rows = region.rows(samples)
            lost = [row for row in rows if row.infinite]
            if lost:
                return self._conceded(region, given_up, kept, [(lost[0], Fraction(1))])
            self.budget -= 1
            solution = _solution(rows)
            if solution.slack is not None and _contradictory(rows, solution.slack):
                used = [(rows[i], factor) for i, factor in solution.multipliers.items()]
                return self._conceded(region, given_up, kept, used)
            right = self._offered(region, solution, rows)
            if samples <= right:
                continue
            separation, below, above = region.split(solution.point, samples)
            parts = [self.proof(part, given_up, kept) for part in (below, above)]
            return {**separation, "below": parts[0], "above": parts[1]}

    def _conceded(
        self, region: Region, given_up: frozenset[int], kept: frozenset[int], used: list[tuple[Row, Fraction]]
    ) -> Tree:
        r"""A contradiction between samples, and for each of them the proof without it; earlier ones are then kept."""
        conflict = [[row.sample, row.kind, str(factor)] for row, factor in used]
        members = sorted({row.sample for row, _ in used if row.sample >= 0} - kept, key=lambda i: (self.law.samples[i].weight, i))
        branches = []
        for sample in members:
            branches.append([sample, self.proof(region, given_up | {sample}, kept)])
            kept |= {sample}
        return {"conflict": conflict, "without": branches}

    def _offered(self, region: Region, solution: Feasibility, rows: list[Row]) -> frozenset[int]:
        r"""The samples that the solution gets right; it becomes the witness if it is the best so far."""
        scale = Fraction(1)
        if rows and solution.slack is None:
            gains = [sum(c * x for c, x in zip(row.normal, solution.point, strict=True)) for row in rows]
            scale = max((max(row.bound, Fraction(0)) + 6) / gain for row, gain in zip(rows, gains, strict=True))
        parameters = region.parameters(solution.point, scale)
        right = region.right(parameters)
        self.offer(parameters, right)
        return right

    def offer(self, parameters: dict[str, Any], right: frozenset[int]) -> None:
        r"""Take the parameters as the witness if what they get right is the most probable so far."""
        if self.law.weight(right) > self.best or not self.witness:
            self.best, self.witness = self.law.weight(right), parameters


def _solution(rows: list[Row]) -> Feasibility:
    if not rows:
        return Feasibility(None, (), {})
    return feasibility([row.normal for row in rows], [row.bound for row in rows])


def _contradictory(rows: list[Row], slack: Fraction) -> bool:
    r"""Whether the largest slack proves the strict system unsolvable; bounds other than 0 are rounded logarithms."""
    return slack <= 0 if all(row.bound == 0 for row in rows) else slack < -_MARGIN
