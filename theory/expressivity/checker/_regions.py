r"""The regions of a proof, and what samples ask there, for the checker alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from theory.expressivity.checker._checked_witness import Problem, dot

__all__ = ["Bounds", "Row"]

Pair = tuple[Fraction, Fraction]
Row = tuple[list[Fraction], list[Pair]] | None
r"""normal and the (power, t) whose Σ power · log t it must exceed; None if the condition holds nowhere."""

_CROSSWISE = {"AA": "BB", "AB": "BA"}


@dataclass(frozen=True)
class Bounds:
    r"""Heads (1−s) start + s end with s in a cut, boxes for A, sums of two shares above 1; no ends if linear."""

    problem: Problem
    architecture: str
    bound: Fraction
    start: list[Fraction] = field(default_factory=list)
    end: list[Fraction] = field(default_factory=list)
    cut: Pair = (Fraction(0), Fraction(1))
    boxes: dict[int, Pair] = field(default_factory=dict)
    sums: frozenset[tuple[int, int, str]] = frozenset()

    def toward(self, i: int, head: list[Fraction]) -> Pair:
        r"""y⟨w, u⟩ and y⟨w, v⟩."""
        y = self.problem.labels[i]
        return y * dot(head, self.problem.u[i]), y * dot(head, self.problem.v[i])

    def asks(self, i: int) -> str:
        r"""What the sample asks of the attention P, throughout the open arc."""
        if not self.start:
            return "score"
        (u0, v0), (u1, v1) = self.toward(i, self.start), self.toward(i, self.end)
        if min(u0 * u1, v0 * v1) < 0:
            raise ValueError("the proof is wrong: signs must be constant on an arc")
        if u0 + u1 > 0:
            return "any" if v0 + v1 >= 0 else "more"
        return "none" if v0 + v1 <= 0 else "less"

    def more(self, i: int) -> bool:
        r"""Whether the sample asks for more of P; if not, for less."""
        return {"more": True, "less": False}[self.asks(i)]

    def sides(self, i: int) -> list[Pair]:
        r"""|⟨w, u⟩| and |⟨w, v⟩| at both ends of the cut."""
        (u0, v0), (u1, v1) = (map(abs, self.toward(i, head)) for head in (self.start, self.end))
        return [((1 - s) * u0 + s * u1, (1 - s) * v0 + s * v1) for s in self.cut]

    def needed(self, i: int) -> list[Fraction]:
        r"""P̄ at both ends of the cut, between which it is monotone."""
        return [v / (u + v) for u, v in self.sides(i) if u + v > 0]

    def sum_halves(self, i: int, j: int, names: str) -> "list[Bounds]":
        r"""P_i + P_j > 1, with 1 − P where less is asked: so A_i + A_j > 1 or B_i + B_j > 1; if ζ = 1/2, or crosswise."""
        odds = [list(zip(*(s[::-1] if self.more(k) else s for s in self.sides(k)), strict=True)) for k in (i, j)]
        if i == j or (names == "AB" and self.problem.zeta != Fraction(1, 2)) or not _opposed(*odds):
            raise ValueError("the proof is wrong: two samples are not opposed")
        return [replace(self, sums=self.sums | {(i, j, name)}) for name in (names, _CROSSWISE[names])]


def _opposed(first: Sequence[Sequence[Fraction]], second: Sequence[Sequence[Fraction]]) -> bool:
    r"""Whether two odds, affine functions (numerators, denominators) at both ends of a cut, have a product of at least 1."""
    asked, other = ((x[0] * y[0], dot(x, y[::-1]), x[1] * y[1]) for x, y in zip(first, second, strict=True))
    return all(p >= q for p, q in zip(asked, other, strict=True))
