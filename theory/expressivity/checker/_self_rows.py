r"""The rows of self-attention in a proof, for the checker alone."""

from fractions import Fraction

from theory.expressivity.checker._checked_witness import demand
from theory.expressivity.checker._regions import Bounds, Pair, Row

__all__ = ["self_row"]


def self_row(region: Bounds, i: int, kind: str) -> Row:
    r"""The row of a kind: "A>" and "A<" of a box, "B" at its far end, "B λ" of B and λ times A, "AA j" of two samples."""
    zeta, sign, (name, *rest) = region.problem.zeta, _sign(region, i), kind.split()
    low, high = region.boxes.get(i, (Fraction(0), Fraction(1)))
    if name in ("A>", "A<"):
        return _row(region, [(i, Fraction(1), "A", low)] if name == "A>" else [(i, Fraction(-1), "A", 1 - high)])
    if name != "B":
        j = int(rest[0])
        demand((i, j, name) in region.sums, "a sum of two shares has been shown to exceed 1")
        half = Fraction(1, 2)
        return _row(region, [(i, sign, name[0], half), (j, _sign(region, j), name[1], half)])
    share = min(region.needed(i)) if sign == 1 else 1 - max(region.needed(i))
    low, high = (low, high) if sign == 1 else (1 - high, 1 - low)
    if not rest:
        return _row(region, [(i, sign, "B", (share - zeta * high) / (1 - zeta))])
    a, b = _beyond_curve(zeta, (low, high), share, Fraction(rest[0]))
    return _row(region, [(i, sign, "B", b), (i, sign * Fraction(rest[0]), "A", a)])


def _sign(region: Bounds, i: int) -> Fraction:
    return Fraction(1 if region.more(i) else -1)


def _row(region: Bounds, terms: list[tuple[int, Fraction, str, Fraction]]) -> Row:
    r"""Σ |factor| · log-odds of A or B, or of 1 − A or 1 − B if the factor is negative, exceeds the same of the shares."""
    normal, bound, prior = [Fraction(0)] * 4, [], region.problem.zeta / (1 - region.problem.zeta)
    for i, factor, name, share in terms:
        if share >= 1:
            return None
        demand(share > 0, "a row says something")
        u, v = region.problem.u[i], region.problem.v[i]
        token = u if name == "A" else v
        normal = [x + factor * token[k // 2] * (u[k % 2] - v[k % 2]) for k, x in enumerate(normal)]
        bound.append((abs(factor), share / (1 - share) / (prior if factor > 0 else 1 / prior)))
    return normal, bound


def _beyond_curve(zeta: Fraction, box: Pair, share: Fraction, slope: Fraction) -> Pair:
    r"""(A, B) with the least of log-odds of B + slope · log-odds of A wherever A is in the box and ζA + (1−ζ)B > share."""
    low, high = max(box[0], (share - 1 + zeta) / zeta), box[1]
    (a, b), (c, d) = ((x, (share - zeta * x) / (1 - zeta)) for x in (low, high))
    pairs = ((a, a, b, b), (a, c, b, d), (c, c, d, d))
    growth = [slope * (1 - zeta) * (x + y - 2 * x * y) - zeta * (p + q - 2 * p * q) for p, q, x, y in pairs]
    demand(slope > 0 and low < high and d >= 0, "the curve ends in the box")
    if min(growth) >= 0 and 0 < a < 1 and 0 < b < 1:
        return a, b
    demand(max(growth) <= 0 and 0 < c < 1 and 0 < d < 1, "an end of the box is least")
    return c, d
