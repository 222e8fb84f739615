r"""Laws of the shift δ = (δq, δw, δy) that the context-irrelevant tokens of a sample share."""

import math
from dataclasses import dataclass
from fractions import Fraction

from theory.model._domain import ParameterError

__all__ = ["NO_SHIFT", "BoxShift", "FiniteShift", "ShiftDomain", "ShiftLaw"]

Shift = tuple[float, float, float]

_BOX, _BOX_FORM = "box:", "box: dq0..dq1, dw0..dw1, dy0..dy1"


class Ratio(float):
    r"""A number that was written as a quotient of integers, and prints as that: exact where exactness counts.

    >>> third = Ratio(Fraction(1, 3))
    >>> str(third), 3 * third
    ('1/3', 1.0)
    """

    _quotient: Fraction

    def __new__(cls, quotient: Fraction) -> "Ratio":
        number = super().__new__(cls, quotient.numerator / quotient.denominator)
        number._quotient = quotient
        return number

    def __str__(self) -> str:
        return str(self._quotient)

    def __reduce__(self) -> tuple[type["Ratio"], tuple[Fraction]]:
        return Ratio, (self._quotient,)


def _number(text: str) -> float:
    r"""A decimal number, or a quotient like 1/3; ValueError for anything else."""
    if "/" not in text:
        return float(text)
    above, _, below = text.partition("/")
    if int(below) == 0:
        raise ValueError("a quotient by zero")
    return Ratio(Fraction(int(above), int(below)))


def _text(number: float) -> str:
    return str(number) if isinstance(number, Ratio) else f"{number:.12g}"


@dataclass(frozen=True)
class FiniteShift:
    r"""A law with finitely many points (δq, δw, δy), each with its probability."""

    points: tuple[Shift, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.points or len(self.points) != len(self.probabilities):
            raise ParameterError("shift", "a law with one probability for each point", f"{self.points}: {self.probabilities}")
        for point in self.points:
            if len(point) != 3 or not all(map(math.isfinite, point)):
                raise ParameterError("shift", "a law on finite triples (dq, dw, dy)", point)
        if not all(0 < p <= 1 for p in self.probabilities) or not math.isclose(math.fsum(self.probabilities), 1, rel_tol=1e-12):
            raise ParameterError("shift", "a law with positive probabilities that sum to 1", self.probabilities)

    @classmethod
    def parsed(cls, text: str) -> "FiniteShift":
        r"""The law written as `dq,dw,dy:probability; dq,dw,dy:probability; …`.

        >>> FiniteShift.parsed("0,0,0:0.5; 2,-2,0:0.5").points
        ((0.0, 0.0, 0.0), (2.0, -2.0, 0.0))
        >>> str(FiniteShift.parsed("0,1/3,0:1/3; 2,-2,0:2/3"))
        '0,1/3,0:1/3; 2,-2,0:2/3'
        """
        points, probabilities = [], []
        for atom in filter(str.strip, text.split(";")):
            try:
                triple, probability = atom.split(":")
                dq, dw, dy = map(_number, triple.split(","))
                points.append((dq, dw, dy))
                probabilities.append(_number(probability))
            except ValueError:
                raise ParameterError("shift", "written as 'dq,dw,dy:probability; …'", repr(atom.strip())) from None
        return cls(tuple(points), tuple(probabilities))

    def __str__(self) -> str:
        r"""The law as `parsed` reads it.

        >>> str(FiniteShift.parsed("0,0,0:0.5; 2,-2,0:0.5"))
        '0,0,0:0.5; 2,-2,0:0.5'
        """
        rows = zip(self.points, self.probabilities, strict=True)
        return "; ".join(f"{','.join(map(_text, point))}:{_text(p)}" for point, p in rows)


@dataclass(frozen=True)
class BoxShift:
    r"""The uniform law on a box: each of δq, δw, δy uniform and independent between its two ends."""

    lower: Shift
    upper: Shift

    def __post_init__(self) -> None:
        pairs = list(zip(self.lower, self.upper, strict=True))
        if len(pairs) != 3 or not all(math.isfinite(a) and math.isfinite(b) and a <= b for a, b in pairs):
            raise ParameterError("shift", "a box with finite ends, lower <= upper", f"{self.lower} to {self.upper}")

    @classmethod
    def parsed(cls, text: str) -> "BoxShift":
        r"""The box written as `box: dq0..dq1, dw0..dw1, dy0..dy1`; a number alone is a side of length 0.

        >>> BoxShift.parsed("box: 2..4, -4..4, 0")
        BoxShift(lower=(2.0, -4.0, 0.0), upper=(4.0, 4.0, 0.0))
        """
        try:
            sides = (side.partition("..") for side in text[len(_BOX) :].split(","))
            q, w, y = ((_number(a), _number(b or a)) for a, _, b in sides)
        except ValueError:
            raise ParameterError("shift", f"written as '{_BOX_FORM}'", repr(text.strip())) from None
        return cls((q[0], w[0], y[0]), (q[1], w[1], y[1]))

    def __str__(self) -> str:
        r"""The law as `parsed` reads it.

        >>> str(BoxShift.parsed("box: 2..4, -4..4, 0"))
        'box: 2..4, -4..4, 0..0'
        """
        return f"{_BOX} " + ", ".join(f"{_text(a)}..{_text(b)}" for a, b in zip(self.lower, self.upper, strict=True))


ShiftLaw = FiniteShift | BoxShift

NO_SHIFT = FiniteShift(((0.0, 0.0, 0.0),), (1.0,))


@dataclass(frozen=True)
class ShiftDomain:
    r"""Laws of the shift, written as text: finite, or uniform on a box."""

    def __str__(self) -> str:
        return f"a finite law 'dq,dw,dy:probability; …' or a uniform one '{_BOX_FORM}'"

    def member(self, name: str, value: object) -> ShiftLaw:
        if not isinstance(value, FiniteShift | BoxShift):
            raise ParameterError(name, self, value)
        return value

    def parsed(self, name: str, text: str) -> ShiftLaw:
        text = text.strip()
        return BoxShift.parsed(text) if text.startswith(_BOX) else FiniteShift.parsed(text)
