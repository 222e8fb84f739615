r"""The rows of a proof: conditions normal·x > log t without which a sample cannot be right, for the checker alone."""

from dataclasses import dataclass, field
from fractions import Fraction

from theory.expressivity.check_witness import Problem, dot

__all__ = ["Bounds", "Row", "row"]

Row = tuple[list[Fraction], Fraction] | None
r"""(normal, t); None if the condition holds nowhere."""


@dataclass(frozen=True)
class Bounds:
    r"""A region: heads (1−s) start + s end with s in a cut, boxes for A; no ends for the linear architectures."""

    problem: Problem
    architecture: str
    bound: Fraction
    start: list[Fraction] = field(default_factory=list)
    end: list[Fraction] = field(default_factory=list)
    cut: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    boxes: dict[int, tuple[Fraction, Fraction]] = field(default_factory=dict)

    def toward(self, i: int, head: list[Fraction]) -> tuple[Fraction, Fraction]:
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


def row(region: Bounds, i: int, kind: str) -> Row:
    r"""The row of a kind: "score", a place on the arc (i = −1), "P" for a prompt, "A>", "A<" or "B" for self-attention."""
    kinds = {"self-attention": ("A>", "A<", "B"), "softmax-prompt": ("P",) if i >= 0 else ("s<", "s>", "r<", "r>")}
    if kind not in kinds.get(region.architecture, ("score",)) or (i < 0 and region.architecture != "softmax-prompt"):
        raise ValueError(f"the proof is wrong: {region.architecture} has no row {kind} of sample {i}")
    if i < 0:
        place, power = {"s": (2, region.cut), "r": (3, (1 - region.cut[1], 1 - region.cut[0]))}[kind[0]]
        sign, number = (1, power[0]) if kind[1] == ">" else (-1, 1 / power[1])
        return _solvable([Fraction(sign * (j == place)) for j in range(4)], number)
    zeta, y, u, v = region.problem.zeta, region.problem.labels[i], region.problem.u[i], region.problem.v[i]
    if region.architecture == "mean-pooling":
        return [y * (zeta * a + (1 - zeta) * b) for a, b in zip(u, v, strict=True)], Fraction(1)
    if region.architecture == "linear-prompt":
        entries = ((0, 0, y), (0, 1, 2 * y), (1, 1, y))
        return [k * (zeta * u[a] * u[b] + (1 - zeta) * v[a] * v[b]) for a, b, k in entries], Fraction(1)
    gap = [a - b for a, b in zip(u, v, strict=True)]
    more = {"more": True, "less": False}[region.asks(i)]
    (u0, v0), (u1, v1) = (map(abs, region.toward(i, head)) for head in (region.start, region.end))
    if kind == "P":
        powers = [Fraction((v0 == 0) - (u0 == 0)), Fraction((v1 == 0) - (u1 == 0))]
        odds = [((1 - s) * (v0 or v1) + s * (v1 or v0)) / ((1 - s) * (u0 or u1) + s * (u1 or u0)) for s in region.cut]
        return _over(more, [*gap, *(-p for p in powers)], min(odds) if more else max(odds), zeta)
    sides = [((1 - s) * u0 + s * u1, (1 - s) * v0 + s * v1) for s in region.cut]
    needed = [b / (a + b) for a, b in sides if a + b > 0]
    low, high = region.boxes.get(i, (Fraction(0), Fraction(1)))
    token = v if kind == "B" else u
    normal = [token[j] * gap[k] for j in (0, 1) for k in (0, 1)]
    if kind == "B":
        share = (min(needed) - zeta * high) / (1 - zeta) if more else (max(needed) - zeta * low) / (1 - zeta)
    else:
        more, share = kind == "A>", low if kind == "A>" else high
    if share >= 1 if more else share <= 0:
        return None
    if not 0 < share < 1:
        raise ValueError("the proof is wrong: it uses a row that says nothing")
    return _over(more, normal, share / (1 - share), zeta)


def _over(more: bool, normal: list[Fraction], odds: Fraction, zeta: Fraction) -> Row:
    number = odds * (1 - zeta) / zeta
    return _solvable(normal, number) if more else _solvable([-x for x in normal], 1 / number)


def _solvable(normal: list[Fraction], number: Fraction) -> Row:
    if number <= 0:
        raise ValueError("the proof is wrong: it uses a row that says nothing")
    return normal, number
