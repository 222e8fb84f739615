r"""Verifies a bound on mean pooling or linear prompt-attention over a box of shifts, in whole numbers alone."""

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

import numpy as np

__all__ = ["checked_box"]

_FINE, _DEEP, _MASS = 20, 12, 40  # binary digits of features, of parameters, of probabilities


def checked_box(problem: dict[str, Any], architecture: str, proof: dict[str, Any]) -> None:
    r"""Return if the proof shows that no parameters of the architecture exceed `proof["upper"]`; ValueError if it does not.

    Parameters lie on the faces of a cube. A face is a text: a digit halves that coordinate, both halves follow, a dot ends.
    """
    size = {"mean-pooling": 2, "linear-prompt": 3}[architecture]
    low, high, mass = _cells(problem, architecture, int(proof["strips"]), int(proof["steps"]))
    _demand(max(abs(low).max(), abs(high).max()) < 1 << 60 - _DEEP, "numbers fit")
    most = floor(Fraction(proof["upper"]) * (1 << _MASS))
    faces = [(j, side) for j in range(size) for side in (-1, 1)]
    for (j, side), cuts in zip(faces, proof["faces"], strict=True):
        ends = [[side << _DEEP] * 2 if k == j else [-1 << _DEEP, 1 << _DEEP] for k in range(size)]
        boxes, letters = [ends], iter(cuts)
        while boxes:
            box, letter = boxes.pop(), next(letters, "")
            if letter == ".":
                # The largest y f over the box and a cell: every parameter occurs once.
                top = sum(np.maximum.reduce([x * f[k] for x in box[k] for f in (low, high)]) for k in range(size))
                _demand(int(mass[top > 0].sum()) <= most, "what may be right in a box is improbable enough")
                continue
            _demand(letter in "012"[:size] and letter != "", "a face is cut up to its end")
            k = int(letter)
            middle, odd = divmod(box[k][0] + box[k][1], 2)
            _demand(not odd and box[k][0] < middle < box[k][1], "a cut halves a side")
            boxes += [[*box[:k], [box[k][0], middle], *box[k + 1 :]], [*box[:k], [middle, box[k][1]], *box[k + 1 :]]]
        _demand(next(letters, "") == "", "nothing follows the last box")


def _cells(problem: dict[str, Any], architecture: str, strips: int, steps: int) -> tuple[Any, Any, Any]:
    r"""The features of every cell of (y, δq, s), rounded outward, shape (features, cells), and its probability, rounded up."""
    (q0, w0, y0), (q1, w1, y1) = ([Fraction(x) for x in problem[name]] for name in ("lower", "upper"))
    zeta, prior = Fraction(problem["zeta"]), Fraction(problem["prior"])
    lows, highs, masses = [], [], []
    for y, (s0, s1) in ((1, (w0 + y0, w1 + y1)), (-1, (w0 - y1, w1 - y0))):
        cuts = [s0 + (s1 - s0) * Fraction(k, steps) for k in range(steps + 1)]
        below = [_below(s - s0, *sorted((w1 - w0, y1 - y0))) for s in cuts]
        for p in pairwise(q0 + (q1 - q0) * Fraction(k, strips) for k in range(strips + 1)):
            for s, share in zip(pairwise(cuts), pairwise(below), strict=True):
                ends = _features(architecture, zeta, y, p, s)
                lows.append([floor(min(e) * (1 << _FINE)) for e in ends])
                highs.append([ceil(max(e) * (1 << _FINE)) for e in ends])
                weight = (prior if y == 1 else 1 - prior) / strips
                masses.append(ceil(weight * (share[1] - share[0] if s1 > s0 else Fraction(1, steps)) * (1 << _MASS)))
    return np.array(lows, dtype=np.int64).T, np.array(highs, dtype=np.int64).T, np.array(masses, dtype=np.int64)


def _features(architecture: str, zeta: Fraction, y: int, p: Any, s: Any) -> list[list[Fraction]]:
    r"""Values between which the coefficients of the parameters in y f lie, for δq and s between two numbers each."""
    rest = 1 - zeta
    if architecture == "mean-pooling":
        return [[y * (zeta - rest * x) for x in p], [zeta - rest * y * x for x in s]]
    squares = [[y * (zeta + rest * x * x) for x in (*r, *([Fraction(0)] if r[0] < 0 < r[1] else []))] for r in (p, s)]
    return [squares[0], [2 * (zeta + rest * y * a * b) for a in p for b in s], squares[1]]


def _below(z: Fraction, narrow: Fraction, wide: Fraction) -> Fraction:
    r"""The distribution function of the sum of two uniform numbers, from its lower end."""
    if narrow == 0:
        return min(max(z, Fraction(0)), wide) / wide if wide > 0 else Fraction(0)
    first, last = (min(max(x, Fraction(0)), narrow) ** 2 / (2 * narrow) + max(x - narrow, Fraction(0)) for x in (z, z - wide))
    return (first - last) / wide


def _demand(holds: Any, what: str) -> None:
    if not holds:
        raise ValueError(f"the proof is wrong: it must be so that {what}")
