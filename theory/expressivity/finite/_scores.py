r"""Scores of attention: the forms in which a prompt or a matrix prefers the relevant tokens of a sample."""

import math
from fractions import Fraction

from theory.expressivity.finite._exact_law import Sample, Vector

__all__ = ["logistic", "product", "prompt_score", "rounded", "self_scores"]


def prompt_score(sample: Sample) -> Vector:
    r"""u − v: the score by which a prompt prefers the relevant tokens is its product with (⟨q, q_*⟩, ⟨q, w_*⟩)."""
    return tuple(u - v for u, v in zip(sample.relevant, sample.irrelevant, strict=True))


def self_scores(sample: Sample) -> tuple[Vector, Vector]:
    r"""u(u−v)ᵀ and v(u−v)ᵀ, row by row: the scores by which relevant and irrelevant tokens prefer the relevant ones."""
    gap = prompt_score(sample)
    first, second = (
        (token[0] * gap[0], token[0] * gap[1], token[1] * gap[0], token[1] * gap[1])
        for token in (sample.relevant, sample.irrelevant)
    )
    return first, second


def rounded(number: float, width: Fraction) -> Fraction:
    r"""A dyadic number near a float, fine against the width of an interval that it must cut."""
    bits = 12 + max(0, math.ceil(-math.log2(width)))
    return Fraction(round(number * (1 << bits)), 1 << bits)


def logistic(x: float) -> float:
    r"""1/(1 + e^{−x})."""
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def product(x: Vector, y: Vector) -> float:
    r"""The inner product, rounded once."""
    return float(sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0)))
