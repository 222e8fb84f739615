r"""Mean pooling and linear prompt-attention: every sample is right on an open half-space of the parameters."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from theory.expressivity.finite._exact_law import ExactLaw, Sample, Vector
from theory.expressivity.finite._sample_search import Cut, Region, Row

__all__ = ["LinearRegion", "mean_feature", "product", "rank_one", "second_moment"]


def mean_feature(law: ExactLaw, sample: Sample) -> Vector:
    r"""The mean token ζu + (1−ζ)v in the coordinates of (q_*, w_*): f = a·(first entry) + b·(second entry)."""
    return tuple(law.zeta * u + (1 - law.zeta) * v for u, v in zip(sample.relevant, sample.irrelevant, strict=True))


def second_moment(law: ExactLaw, sample: Sample) -> Vector:
    r"""The entries (11, twice 12, 22) of ζuuᵀ + (1−ζ)vvᵀ: f is their product with (m11, m12, m22).

    .. math::

        f = \zeta\, u^\top M u + (1-\zeta)\, v^\top M v, \qquad M = \tfrac12 (w q^\top + q w^\top)
    """
    pairs = ((law.zeta, sample.relevant), (1 - law.zeta, sample.irrelevant))
    first = sum((share * t[0] * t[0] for share, t in pairs), Fraction(0))
    cross = sum((2 * share * t[0] * t[1] for share, t in pairs), Fraction(0))
    last = sum((share * t[1] * t[1] for share, t in pairs), Fraction(0))
    return first, cross, last


@dataclass(frozen=True)
class LinearRegion:
    r"""All parameters of an architecture whose score is a linear function of them: their product with a feature."""

    law: ExactLaw
    feature: Callable[[ExactLaw, Sample], Vector]

    @property
    def hopeful(self) -> frozenset[int]:
        return frozenset(range(len(self.law.samples)))

    @property
    def width(self) -> Fraction:
        return Fraction(1)

    def rows(self, samples: Iterable[int]) -> list[Row]:
        return [Row(i, "score", self._signed_feature(i), Fraction(0)) for i in sorted(samples)]

    def parameters(self, point: Vector, scale: Fraction) -> dict[str, Any]:
        return {"parameters": point}

    def right(self, parameters: dict[str, Any]) -> frozenset[int]:
        point = parameters["parameters"]
        scores = {i: sum(c * x for c, x in zip(self._signed_feature(i), point, strict=True)) for i in self.hopeful}
        return frozenset(i for i, score in scores.items() if score > 0)

    def box_cut(self, parameters: dict[str, Any], samples: frozenset[int]) -> Cut | None:
        return None

    def head_cut(self) -> tuple[str, Region, Region]:
        raise AssertionError("a linear system needs no cuts: it is solved exactly")

    def _signed_feature(self, i: int) -> Vector:
        sample = self.law.samples[i]
        return tuple(sample.label * entry for entry in self.feature(self.law, sample))


def rank_one(region: LinearRegion, form: Vector) -> tuple[Vector, Vector]:
    r"""Two rational linear forms whose product gets right all that a quadratic form gets right, or as much.

    A form that is not definite is a product of two real linear forms; their coefficients are rounded, finer and finer,
    until every sample that was right is right. A semidefinite form answers one label throughout, as ±(first coordinate)² does.

    Parameters
    ----------
    region
        The samples, with the feature `second_moment`.
    form
        (m11, m12, m22) of m11 x² + 2 m12 xy + m22 y².

    Returns
    -------
    pair of vectors
        The values of the head and of the prompt on (q_*, w_*).
    """
    m11, m12, m22 = form
    discriminant = m12 * m12 - m11 * m22
    if discriminant <= 0:
        sign = Fraction(1 if m11 + m22 > 0 else -1)
        return (sign, Fraction(0)), (Fraction(1), Fraction(0))
    wanted = region.right({"parameters": form})
    digits = 1 << 10
    while True:
        root = Fraction(isqrt(discriminant.numerator * digits**2 // discriminant.denominator), digits)
        # m11·form = (m11 x + (m12 + root) y)(m11 x + (m12 − root) y); for m11 = 0 the form is y (2 m12 x + m22 y).
        if m11 != 0:
            head, prompt = (Fraction(1), (m12 + root) / m11), (m11, m12 - root)
        else:
            head, prompt = (Fraction(0), Fraction(1)), (2 * m12, m22)
        if wanted <= region.right({"parameters": product(head, prompt)}):
            return head, prompt
        digits **= 2


def product(head: Vector, prompt: Vector) -> Vector:
    r"""The quadratic form (m11, m12, m22) of the product of two linear forms."""
    return head[0] * prompt[0], (head[0] * prompt[1] + head[1] * prompt[0]) / 2, head[1] * prompt[1]
