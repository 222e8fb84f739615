r"""What accuracy a witness attains, decided in exact rationals and ball arithmetic; shares no code with the solver."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

__all__ = ["Problem", "attained", "demand", "dot", "log_sum"]

_BITS = 256  # of a ball: a sign that they do not decide counts as an error


@dataclass(frozen=True)
class Problem:
    r"""ζ, and for each sample its weight, its label and its tokens u (relevant) and v (irrelevant)."""

    zeta: Fraction
    weights: tuple[Fraction, ...]
    labels: tuple[int, ...]
    u: tuple[tuple[Fraction, Fraction], ...]
    v: tuple[tuple[Fraction, Fraction], ...]

    @classmethod
    def stated(cls, statement: dict[str, Any]) -> "Problem":
        r"""From `{"zeta": "3/10", "samples": [[["dq", "dw", "dy"], label, "weight"], …]}`."""
        samples = [([Fraction(x) for x in shift], y, Fraction(weight)) for shift, y, weight in statement["samples"]]
        return cls(
            Fraction(statement["zeta"]),
            tuple(weight for _, _, weight in samples),
            tuple(y for _, y, _ in samples),
            tuple((Fraction(1), Fraction(y)) for _, y, _ in samples),
            tuple((-dq, -dw - dy * y) for (dq, dw, dy), y, _ in samples),
        )


def attained(problem: Problem, architecture: str, witness: dict[str, Any]) -> Fraction:
    r"""The total weight of the samples with y f > 0, each proven; a sign that 256 bits do not decide counts as an error."""
    right = (i for i in range(len(problem.labels)) if _is_right(problem, architecture, witness, i))
    return sum((problem.weights[i] for i in right), Fraction(0))


def demand(holds: bool, what: str) -> None:
    r"""ValueError unless a proof is as it must be."""
    if not holds:
        raise ValueError(f"the proof is wrong: it must be so that {what}")


def dot(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    r"""The inner product of two vectors."""
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def log_sum(factors: Sequence[Fraction], numbers: Sequence[Fraction]) -> Any:
    r"""A ball that contains Σ factor · log number."""
    ctx.prec = _BITS
    return sum((_ball(f) * _ball(x).log() for f, x in zip(factors, numbers, strict=True)), arb(0))


def _is_right(problem: Problem, architecture: str, witness: dict[str, Any], i: int) -> bool:
    zeta, u, v = problem.zeta, problem.u[i], problem.v[i]
    head = [Fraction(x) for x in witness["head"]]
    at_u, at_v = problem.labels[i] * dot(head, u), problem.labels[i] * dot(head, v)
    if architecture == "mean-pooling":
        return zeta * at_u + (1 - zeta) * at_v > 0
    if architecture == "linear-prompt":
        prompt = [Fraction(x) for x in witness["prompt"]]
        return zeta * at_u * dot(prompt, u) + (1 - zeta) * at_v * dot(prompt, v) > 0
    gap = [a - b for a, b in zip(u, v, strict=True)]
    if architecture == "softmax-prompt":
        queries = [(Fraction(1), [Fraction(x) for x in witness["prompt"]])]
    else:
        matrix = [[Fraction(x) for x in row] for row in witness["attention"]]
        rows = [[dot(token, column) for column in zip(*matrix, strict=True)] for token in (u, v)]
        queries = [(zeta, rows[0]), (1 - zeta, rows[1])]
    ctx.prec = _BITS
    total = arb(0)
    for share, query in queries:
        odds = _ball(zeta / (1 - zeta)) * _ball(dot(query, gap)).exp()
        total += _ball(share) * (_ball(at_u) / (1 + 1 / odds) + _ball(at_v) / (1 + odds))
    return bool(total > 0)


def _ball(number: Fraction) -> Any:
    return arb(fmpq(number.numerator, number.denominator))
