r"""Arcs of head directions, between the lines on which a head ignores one of the two tokens of a sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from theory.expressivity.finite._exact_law import ExactLaw, Sample, Vector

__all__ = ["HeadArc", "head_arcs"]


@dataclass(frozen=True)
class HeadArc:
    r"""The heads (1−s) start + s end, 0 < s < 1, cut to lower ≤ s ≤ upper; (a, b) are the values on q_* and w_*.

    On the open arc y⟨w, u⟩ and y⟨w, v⟩ keep their signs for every sample. If the first is positive and the second negative,
    the sample is right iff the attention P on relevant tokens exceeds P̄ = |⟨w, v⟩| / (|⟨w, u⟩| + |⟨w, v⟩|); if it is the
    other way round, iff P falls short of it. Otherwise every P, or none, will do.
    """

    start: Vector
    end: Vector
    lower: Fraction = Fraction(0)
    upper: Fraction = Fraction(1)

    def head(self, s: Fraction) -> Vector:
        r"""The head at a place of the arc."""
        return tuple((1 - s) * p + s * q for p, q in zip(self.start, self.end, strict=True))

    @property
    def middle(self) -> Fraction:
        r"""Half way between the ends of the cut."""
        return (self.lower + self.upper) / 2

    def parts(self) -> "tuple[HeadArc, HeadArc]":
        r"""The two halves."""
        s = self.middle
        return HeadArc(self.start, self.end, self.lower, s), HeadArc(self.start, self.end, s, self.upper)

    def demand(self, sample: Sample) -> str:
        r"""What a sample asks of P on the open arc: "any", "none", "more" or "less"."""
        toward_u, toward_v = self.signed(sample, self.head(Fraction(1, 2)))
        if toward_u > 0:
            return "any" if toward_v >= 0 else "more"
        return "none" if toward_v <= 0 else "less"

    def thresholds(self, sample: Sample) -> tuple[Fraction, Fraction]:
        r"""The least and the largest P̄ on the cut; P̄ is monotone in s."""
        values = []
        for s in (self.lower, self.upper):
            toward_u, toward_v = (abs(value) for value in self.signed(sample, self.head(s)))
            if toward_u + toward_v != 0:
                values.append(toward_v / (toward_u + toward_v))
        return min(values), max(values)

    def opposed(self, first: Sample, second: Sample) -> bool:
        r"""Whether two samples ask for shares that add up to 1 or more on the whole cut; "less" of P is more of 1 − P.

        A comparison of two products of affine functions, by the coefficients of both in the Bernstein basis.
        """
        products = []
        for tokens in ((1, 0), (0, 1)):  # numerators |⟨w, v⟩| or |⟨w, u⟩| of both odds, then denominators
            (a, b), (c, d) = (
                [abs(self.signed(sample, self.head(s))[tokens[self.demand(sample) == "less"]]) for s in (self.lower, self.upper)]
                for sample in (first, second)
            )
            products.append((a * c, a * d + b * c, b * d))
        return all(asked >= other for asked, other in zip(*products, strict=True))

    def odds(self, sample: Sample) -> tuple[int, int, Fraction, Fraction]:
        r"""P̄/(1−P̄) = s^i (1−s)^j g(s): the whole numbers i and j, and the least and the largest g on the cut.

        g is the quotient of two affine functions that vanish nowhere on the arc, so it is monotone.
        """
        ends = [self.signed(sample, end) for end in (self.start, self.end)]
        powers, values = [0, 0], [Fraction(1), Fraction(1)]
        for token, sign in ((1, 1), (0, -1)):
            first, last = abs(ends[0][token]), abs(ends[1][token])
            powers[0] += sign * (first == 0)
            powers[1] += sign * (last == 0)
            first, last = first or last, last or first
            values = [v * ((1 - s) * first + s * last) ** sign for v, s in zip(values, (self.lower, self.upper), strict=True)]
        return powers[0], powers[1], min(values), max(values)

    @staticmethod
    def signed(sample: Sample, head: Vector) -> tuple[Fraction, Fraction]:
        r"""y⟨w, u⟩ and y⟨w, v⟩."""
        return sample.label * _dot(head, sample.relevant), sample.label * _dot(head, sample.irrelevant)


def head_arcs(law: ExactLaw) -> list[HeadArc]:
    r"""The arcs of a law, anticlockwise round the whole circle.

    Heads at the ends of arcs need no arc of their own: a sample that is right is right for all neighbouring heads too.
    """
    normals = {token for sample in law.samples for token in (sample.relevant, sample.irrelevant) if any(token)}
    rays = list(_distinct_rays(sorted(normals)))
    return [HeadArc(rays[i], rays[(i + 1) % len(rays)]) for i in range(len(rays))]


def _distinct_rays(normals: list[Vector]) -> Iterator[Vector]:
    r"""Both directions of every line orthogonal to a token, by angle, each once."""
    rays = [ray for p, r in normals for ray in ((-r, p), (r, -p))]
    rays.sort(key=_angle_key)
    for i, ray in enumerate(rays):
        if i == 0 or _angle_key(ray) != _angle_key(rays[i - 1]):
            yield ray


def _angle_key(ray: Vector) -> tuple[int, Fraction]:
    r"""A number that grows with the angle from the first axis, in exact arithmetic: half-turn, then minus the cotangent."""
    a, b = ray
    if b == 0:
        return (0, Fraction(-1)) if a > 0 else (2, Fraction(-1))
    return (1 if b > 0 else 3), -a / b


def _dot(x: Vector, y: Vector) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))
