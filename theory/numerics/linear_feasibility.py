r"""Exact linear feasibility: a point on the right side of all half-spaces, or a positive dependency that forbids it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

__all__ = ["Feasibility", "feasibility"]

_ZERO, _ONE = fmpq(0), fmpq(1)


@dataclass(frozen=True)
class Feasibility:
    r"""The largest slack with which a system c_i·x ≥ b_i can be met, with proof.

    Parameters
    ----------
    slack
        max over x of min over i of (c_i·x − b_i); `None` if it is infinite.
    point
        An x with that slack; if the slack is infinite, a direction along which every c_i·x grows.
    multipliers
        λ_i ≥ 0 with Σ λ_i = 1, Σ λ_i c_i = 0 and Σ λ_i b_i = −slack, at most one more than the dimension of them
        positive, by place; empty if the slack is infinite.
    """

    slack: Fraction | None
    point: tuple[Fraction, ...]
    multipliers: dict[int, Fraction]


def feasibility(normals: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction]) -> Feasibility:
    r"""Solve  max_x min_i (c_i·x − b_i)  exactly, by the simplex method on the dual with Bland's rule.

    .. math::

        \max \textstyle\sum_i \lambda_i b_i \quad\text{subject to}\quad
        \lambda \ge 0,\ \sum_i \lambda_i = 1,\ \sum_i \lambda_i c_i = 0

    Parameters
    ----------
    normals
        c_i, at least one, all of the same length.
    bounds
        b_i.

    Returns
    -------
    Feasibility

    Notes
    -----
    Equation :eq:`eq-expressivity-alternatives` of docs/expressivity.md.

    Examples
    --------
    No x has x > 0 and −2x > 0: the multipliers 2/3 and 1/3 say so.

    >>> feasibility([(Fraction(1),), (Fraction(-2),)], [Fraction(0)] * 2)
    Feasibility(slack=Fraction(0, 1), point=(Fraction(0, 1),), multipliers={0: Fraction(2, 3), 1: Fraction(1, 3)})
    """
    size, dim = len(normals), len(normals[0])
    # Columns: one for each λ, one artificial for each row, the right-hand side.
    rows = [[*(_q(c[r]) for c in normals), *(fmpq(r == k) for k in range(dim + 1)), _ZERO] for r in range(dim)]
    rows.append([*([_ONE] * size), *(fmpq(k == dim) for k in range(dim + 1)), _ONE])
    basis = [size + r for r in range(dim + 1)]
    artificial = [_ZERO] * size + [-_ONE] * (dim + 1)
    duals = _maximised(rows, basis, artificial, size)
    if any(basis[r] >= size and rows[r][-1] != 0 for r in range(dim + 1)):
        return Feasibility(None, tuple(_fraction(y) for y in duals[:dim]), {})
    _driven_out(rows, basis, size)
    duals = _maximised(rows, basis, [*map(_q, bounds), *([_ZERO] * (dim + 1))], size)
    multipliers = {basis[r]: _fraction(rows[r][-1]) for r in range(dim + 1) if basis[r] < size and rows[r][-1] != 0}
    point = tuple(_fraction(y) for y in duals[:dim])
    return Feasibility(-_fraction(duals[dim]), point, dict(sorted(multipliers.items())))


def _maximised(rows: list[list[Any]], basis: list[int], gains: list[Any], size: int) -> list[Any]:
    r"""Pivot until no column of λ has a positive reduced gain; the dual value of every row."""
    while True:
        prices = [gains[b] for b in basis]
        support = [(price, row) for price, row in zip(prices, rows, strict=True) if price != 0]
        column = next((j for j in range(size) if gains[j] > sum((p * row[j] for p, row in support), _ZERO)), None)
        if column is None:
            count = len(rows)
            return [sum((p * row[size + k] for p, row in support), _ZERO) for k in range(count)]
        candidates = [r for r, row in enumerate(rows) if row[column] > 0]
        pivot = min(candidates, key=lambda r: (rows[r][-1] / rows[r][column], basis[r]))
        _pivot(rows, basis, pivot, column)


def _driven_out(rows: list[list[Any]], basis: list[int], size: int) -> None:
    r"""Exchange artificial columns at level zero for columns of λ where that is possible."""
    for r in range(len(rows)):
        if basis[r] >= size:
            column = next((j for j in range(size) if rows[r][j] != 0), None)
            if column is not None:
                _pivot(rows, basis, r, column)


def _pivot(rows: list[list[Any]], basis: list[int], pivot: int, column: int) -> None:
    lead = rows[pivot][column]
    rows[pivot] = [entry / lead for entry in rows[pivot]]
    for r, row in enumerate(rows):
        if r != pivot and row[column] != 0:
            factor = row[column]
            rows[r] = [a - factor * b if b != 0 else a for a, b in zip(row, rows[pivot], strict=True)]
    basis[pivot] = column


def _q(number: Fraction) -> Any:
    return fmpq(number.numerator, number.denominator)


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))
