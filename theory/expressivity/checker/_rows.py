r"""The rows of a proof: conditions normal·x > log t without which a sample cannot be right, for the checker alone."""

from fractions import Fraction

from theory.expressivity.checker._regions import Bounds, Row
from theory.expressivity.checker._self_rows import self_row

__all__ = ["row"]

_SELF = ("A>", "A<", "B", "AA", "AB", "BA", "BB")
_NOTHING = [(Fraction(1), Fraction(1))]


def row(region: Bounds, i: int, kind: str) -> Row:
    r"""The row of a kind: "score", a place on the arc (i = −1), "P" for a prompt, those of `self_row` for self-attention."""
    kinds = {"self-attention": _SELF, "softmax-prompt": ("P",) if i >= 0 else ("s<", "s>", "r<", "r>")}
    if kind.split()[0] not in kinds.get(region.architecture, ("score",)) or (i < 0 and region.architecture != "softmax-prompt"):
        raise ValueError(f"the proof is wrong: {region.architecture} has no row {kind} of sample {i}")
    if i < 0:
        place, power = {"s": (2, region.cut), "r": (3, (1 - region.cut[1], 1 - region.cut[0]))}[kind[0]]
        sign, number = (1, power[0]) if kind[1] == ">" else (-1, 1 / power[1])
        return _solvable([Fraction(sign * (j == place)) for j in range(4)], number)
    zeta, y, u, v = region.problem.zeta, region.problem.labels[i], region.problem.u[i], region.problem.v[i]
    if region.architecture == "mean-pooling":
        return [y * (zeta * a + (1 - zeta) * b) for a, b in zip(u, v, strict=True)], _NOTHING
    if region.architecture == "linear-prompt":
        entries = ((0, 0, y), (0, 1, 2 * y), (1, 1, y))
        return [k * (zeta * u[a] * u[b] + (1 - zeta) * v[a] * v[b]) for a, b, k in entries], _NOTHING
    if region.architecture == "self-attention":
        return self_row(region, i, kind)
    (u0, v0), (u1, v1) = (map(abs, region.toward(i, head)) for head in (region.start, region.end))
    powers = [Fraction((v0 == 0) - (u0 == 0)), Fraction((v1 == 0) - (u1 == 0))]
    odds = [((1 - s) * (v0 or v1) + s * (v1 or v0)) / ((1 - s) * (u0 or u1) + s * (u1 or u0)) for s in region.cut]
    normal = [*(a - b for a, b in zip(u, v, strict=True)), *(-p for p in powers)]
    if region.more(i):
        return _solvable(normal, min(odds) * (1 - zeta) / zeta)
    return _solvable([-x for x in normal], zeta / (1 - zeta) / max(odds))


def _solvable(normal: list[Fraction], number: Fraction) -> Row:
    if number <= 0:
        raise ValueError("the proof is wrong: it uses a row that says nothing")
    return normal, [(Fraction(1), number)]
