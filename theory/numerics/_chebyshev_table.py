r"""Smooth functions of a few variables tabulated on a box: Chebyshev coefficients, evaluated at many points at once."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["ChebyshevTable", "tabulated"]

Floats = NDArray[np.float64]

_BLOCK_NUMBERS = 1 << 20  # that a block of points may hold: eight megabytes
_TAIL = 3  # coefficients of highest degree that measure what is missing; one or two may vanish by symmetry
_GROWTH, _ROUNDS = 1.5, 4  # an axis grows by half at a time, at most to 1.5³ = 3.4 times its nodes


class ChebyshevTable:
    r"""The polynomial that interpolates a function on the tensor product of Chebyshev nodes of a box.

    Parameters
    ----------
    values
        The function at `ChebyshevTable.nodes` of every axis, shape (n₁, …, n_k, …): k axes, then those of the value.
    lower, upper
        Corners of the box, k numbers each.

    Examples
    --------
    >>> nodes = [ChebyshevTable.nodes(7, 0.0, 1.0), ChebyshevTable.nodes(9, -1.0, 2.0)]
    >>> table = ChebyshevTable(np.exp(np.add.outer(*nodes)), [0.0, -1.0], [1.0, 2.0])
    >>> print(f"{table(np.array([[0.3, 1.1]]))[0]:.4f} {np.exp(1.4):.4f}")
    4.0552 4.0552
    """

    def __init__(self, values: Floats, lower: Sequence[float], upper: Sequence[float]) -> None:
        self.lower, self.upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
        coefficients = np.asarray(values, dtype=float)
        for axis in range(len(self.lower)):
            coefficients = np.moveaxis(_coefficients(np.moveaxis(coefficients, axis, 0)), 0, axis)
        self.coefficients = coefficients

    @staticmethod
    def nodes(order: int, lower: float, upper: float) -> Floats:
        r"""`order` Chebyshev nodes of the first kind in [lower, upper]."""
        angles = np.pi * (np.arange(order) + 0.5) / order
        points: Floats = (lower + upper) / 2 + (upper - lower) / 2 * np.cos(angles)
        return points

    @property
    def tails(self) -> list[float]:
        r"""For each axis the largest sum of the coefficients of its three highest degrees: a measure of what is missing.

        An axis of a single node is constant, and misses nothing.
        """
        k, size = len(self.lower), np.abs(self.coefficients)
        return [
            float(np.moveaxis(size, axis, 0)[-_TAIL:].sum(axis=0).max()) if size.shape[axis] > 1 else 0.0 for axis in range(k)
        ]

    def __call__(self, points: Floats) -> Floats:
        r"""Values at points, shape (P, k) -> (P, …); a point outside the box counts as the nearest one of the box."""
        k = len(self.lower)
        width = np.where(self.upper > self.lower, self.upper - self.lower, 1.0)
        inside = np.clip((2 * points - self.lower - self.upper) / width, -1.0, 1.0)
        shape = self.coefficients.shape
        outer = math.prod(shape[: k - 1])
        matrix = self.coefficients.reshape(outer, -1)
        block = max(1, _BLOCK_NUMBERS // max(outer, matrix.shape[1]))
        parts = [self._block(inside[start : start + block], matrix, shape[:k]) for start in range(0, len(points), block)]
        return np.concatenate(parts).reshape(len(points), *shape[k:])

    def _block(self, inside: Floats, matrix: Floats, orders: tuple[int, ...]) -> Floats:
        basis = np.ones((len(inside), 1))
        for axis, order in enumerate(orders[:-1]):
            new = np.polynomial.chebyshev.chebvander(inside[:, axis], order - 1)
            basis = (basis[:, :, None] * new[:, None, :]).reshape(len(inside), -1)
        last = np.polynomial.chebyshev.chebvander(inside[:, -1], orders[-1] - 1)
        inner = (basis @ matrix).reshape(len(inside), orders[-1], -1)
        result: Floats = np.einsum("po,pov->pv", last, inner)
        return result


def tabulated(
    values_at: Callable[[list[Floats]], Floats],
    lower: Sequence[float],
    upper: Sequence[float],
    orders: Sequence[int],
    *,
    tolerance: float,
) -> ChebyshevTable:
    r"""A table whose highest coefficients are below the tolerance, or as close to it as four refinements come.

    Parameters
    ----------
    values_at
        Takes the nodes of every axis, returns the function on their tensor product.
    lower, upper
        The box. An axis of no width gets one node.
    orders
        Nodes to start with; an axis whose tail is too large gets half as many again.
    tolerance
        For `ChebyshevTable.tails`.
    """
    current = [order if high > low else 1 for order, low, high in zip(orders, lower, upper, strict=True)]
    for _ in range(_ROUNDS):
        nodes = [ChebyshevTable.nodes(order, low, high) for order, low, high in zip(current, lower, upper, strict=True)]
        table = ChebyshevTable(values_at(nodes), lower, upper)
        if max(table.tails) < tolerance:
            break
        current = [
            math.ceil(_GROWTH * order) if tail >= tolerance else order for order, tail in zip(current, table.tails, strict=True)
        ]
    return table


def _coefficients(values: Floats) -> Floats:
    r"""Chebyshev coefficients along the first axis, by the discrete orthogonality of the nodes."""
    n = len(values)
    angles = np.pi * (np.arange(n) + 0.5) / n
    matrix = 2 / n * np.cos(np.outer(np.arange(n), angles))
    matrix[0] /= 2
    result: Floats = np.tensordot(matrix, values, 1)
    return result
