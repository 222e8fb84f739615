r"""The most probable set of samples that one choice of parameters can get right, with a proof that none is more probable."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from theory.expressivity.finite._exact_law import ExactLaw, Vector
from theory.numerics.linear_feasibility import Feasibility, feasibility

__all__ = ["Cut", "Found", "Region", "Row", "Search", "Tree"]

Tree = Any
r"""A proof as plain lists, dictionaries and texts; `theory.expressivity.check_proof` states what each node means."""

_MARGIN = Fraction(1, 10**8)
r"""A slack below minus this is a contradiction though bounds are rounded logarithms; the checker decides it in balls."""
_WIDE = 6  # by how much every row is to hold where it may hold by any margin: log-odds of 6 are within 1/400 of 0 or 1


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

    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> "Cut | None":
        r"""A cut that excludes parameters at which not all samples are right; None if it is rather the heads that blur."""

    def head_cut(self) -> "tuple[str, Region, Region]":
        r"""The heads cut in two."""


@dataclass(frozen=True)
class Cut:
    r"""Two regions that cover all at which some samples are right: the name of the cut in a proof, what it says, the two."""

    name: str
    place: list[Any]
    below: Region
    above: Region


class Found(NamedTuple):
    r"""What the search of an architecture returns.

    Parameters
    ----------
    witness
        Parameters by name, the values that they take on (q_*, w_*) as text.
    upper
        A probability that no parameters exceed.
    proof
        What a checker needs to confirm it, as plain lists, dictionaries and texts.
    """

    witness: dict[str, Any]
    upper: Fraction
    proof: Tree


@dataclass
class Search:
    r"""Depth-first search over regions and over the samples that are given up, with a budget of linear systems.

    Parameters
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

    @property
    def upper(self) -> Fraction:
        r"""What no parameters exceed, once the search is over."""
        return max(self.best, self.open_weight)

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
            cases = self._cases(region, samples)
            if cases == "attained":
                continue
            if cases == "exhausted":
                self.open_weight = max(self.open_weight, weight)
                return "weight"
            if cases == "heads":
                place, below, above = region.head_cut()
                halves = [self.proof(part, given_up, kept) for part in (below, above)]
                return {"head": place, "below": halves[0], "above": halves[1]}
            return {"conflict": cases, "without": self._without(region, given_up, kept, _members(cases))}

    def _cases(self, region: Region, samples: frozenset[int]) -> Any:
        r"""Contradictions that together show that the samples cannot all be right, one for each of several boxes.

        Otherwise why there are none: "attained" by a new witness, "heads" to be cut, or "exhausted".
        """
        if self.budget <= 0 or region.width < self.smallest:
            return "exhausted"
        rows = region.rows(samples)
        lost = [row for row in rows if row.infinite]
        if lost:
            return [[lost[0].sample, lost[0].kind, "1"]]
        self.budget -= 1
        solution = _solution(rows)
        if solution.slack is not None and _contradictory([rows[i] for i in solution.multipliers], solution.slack):
            return [[rows[i].sample, rows[i].kind, str(factor)] for i, factor in solution.multipliers.items()]
        parameters = _parameters(region, solution, rows)
        right = region.right(parameters)
        self.offer(parameters, right)
        if samples <= right:
            return "attained"
        cut = region.box_cut(parameters, samples)
        if cut is None:
            return "heads"
        halves = []
        for part in (cut.below, cut.above):
            half = self._cases(part, samples)
            if isinstance(half, str) or not {i for i in cut.place if isinstance(i, int)} <= _members(half):
                return half  # no proof, or one that does not use the cut
            halves.append(half)
        return {cut.name: cut.place, "below": halves[0], "above": halves[1]}

    def _without(
        self, region: Region, given_up: frozenset[int], kept: frozenset[int], members: frozenset[int]
    ) -> list[list[Any]]:
        r"""For each sample of a contradiction the proof without it; those before it are then kept."""
        branches = []
        for sample in sorted(members - kept, key=lambda i: (self.law.samples[i].weight, i)):
            branches.append([sample, self.proof(region, given_up | {sample}, kept)])
            kept |= {sample}
        return branches

    def offer(self, parameters: dict[str, Any], right: frozenset[int]) -> None:
        r"""Take the parameters as the witness if what they get right is the most probable so far."""
        if self.law.weight(right) > self.best or not self.witness:
            self.best, self.witness = self.law.weight(right), parameters


def _parameters(region: Region, solution: Feasibility, rows: list[Row]) -> dict[str, Any]:
    r"""The parameters of a solution; a direction is followed until every row holds by a wide margin."""
    scale = Fraction(1)
    if rows and solution.slack is None:
        gains = [sum(c * x for c, x in zip(row.normal, solution.point, strict=True)) for row in rows]
        scale = max((max(row.bound, Fraction(0)) + _WIDE) / gain for row, gain in zip(rows, gains, strict=True))
    return region.parameters(solution.point, scale)


def _solution(rows: list[Row]) -> Feasibility:
    if not rows:
        return Feasibility(None, (), {})
    return feasibility([row.normal for row in rows], [row.bound for row in rows])


def _members(cases: Any) -> frozenset[int]:
    r"""The samples that a contradiction uses."""
    if isinstance(cases, dict):
        return _members(cases["below"]) | _members(cases["above"])
    return frozenset(i for sample, kind, _ in cases for i in (sample, *_partner(kind)) if i >= 0)


def _partner(kind: str) -> list[int]:
    r"""The other sample of a row for two."""
    return [int(kind[3:])] if kind[:2] in ("AA", "AB", "BA", "BB") else []


def _contradictory(rows: list[Row], slack: Fraction) -> bool:
    r"""Whether the largest slack proves the strict system unsolvable; bounds other than 0 are rounded logarithms."""
    return slack <= 0 if all(row.bound == 0 for row in rows) else slack < -_MARGIN
