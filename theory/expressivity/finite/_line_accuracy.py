r"""The best accuracy where all tokens lie on one line: w* = 0, q* = 0, or the two parallel."""

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq

from theory.expressivity.checker import Problem, attained
from theory.expressivity.finite._exact_law import ExactLaw, exact

__all__ = ["LineBound", "line_bound", "token_line"]

_BITS = 192
_Cell = tuple[Fraction, Fraction | None, Fraction | None]

_FAR = tuple(Fraction(2) ** k for k in range(-30, 61, 3))  # ends of the first cells
_NARROWEST = Fraction(1, 2**40)  # relative
_MOST_CELLS = 4000


@dataclass(frozen=True)
class LineBound:
    r"""The best parameters found on a line, their accuracy, and an accuracy that none exceeds."""

    value: Fraction
    upper: Fraction
    witness: dict[str, Any]


def token_line(signal_norm: float, context_norm: float, correlation: float) -> tuple[Fraction, Fraction] | None:
    r"""(q_*, w_*) in a unit of the line that holds them; `None` where they are linearly independent.

    >>> token_line(0.8, 1.6, -1.0)
    (Fraction(1, 1), Fraction(-1, 2))
    >>> token_line(0.8, 0.0, 0.3)
    (Fraction(0, 1), Fraction(1, 1))
    """
    signal, context = exact(signal_norm), exact(context_norm)
    if signal == 0 or context == 0:
        return Fraction(int(context > 0)), Fraction(int(signal > 0))
    if abs(correlation) == 1:
        return Fraction(1), Fraction(int(correlation)) * signal / context
    return None


def line_bound(law: ExactLaw, problem: Problem, architecture: str, line: tuple[Fraction, Fraction]) -> LineBound:
    r"""The best accuracy of an architecture whose forms take values (α, β) times one number on (q_*, w_*).

    Up to a factor the head has two values. Mean pooling and linear prompt-attention have no other parameter; prompt- and
    self-attention have one number c, and attention that is monotone in c on each kind of row: the real line is cut into cells,
    each with a bound on what can be right in it.

    Notes
    -----
    Equation :eq:`eq-expressivity-line` of docs/expressivity.md.
    """
    tokens = [tuple(_value(token, line) for token in (s.relevant, s.irrelevant)) for s in law.samples]
    if architecture in ("mean-pooling", "linear-prompt"):
        options = [_witness(architecture, line, sign, Fraction(1)) for sign in (1, -1)]
        values = [attained(problem, architecture, witness) for witness in options]
        return LineBound(max(values), max(values), options[values.index(max(values))])
    found = [(Fraction(0), _witness(architecture, line, 1, Fraction(0)))]
    left = Fraction(0)
    for sign in (1, -1):
        for c, bound in _Search(law, architecture, tokens, sign).cells(lambda: found[-1][0]):
            if c is None:
                left = max(left, bound)
                continue
            witness = _witness(architecture, line, sign, c)
            value = attained(problem, architecture, witness)
            if value > found[-1][0]:
                found.append((value, witness))
    value, witness = found[-1]
    return LineBound(value, max(value, left), witness)


def _value(form: tuple[Fraction, ...], line: tuple[Fraction, Fraction]) -> Fraction:
    return form[0] * line[0] + form[1] * line[1]


def _witness(architecture: str, line: tuple[Fraction, Fraction], sign: int, c: Fraction) -> dict[str, Any]:
    r"""Values of head, prompt and attention on (q_*, w_*): multiples of (α, β)."""
    head = [str(sign * x) for x in line]
    if architecture == "mean-pooling":
        return {"head": head}
    if architecture in ("linear-prompt", "softmax-prompt"):
        return {"head": head, "prompt": [str(c * x) for x in line]}
    return {"head": head, "attention": [[str(c * x * y) for y in line] for x in line]}


@dataclass(frozen=True)
class _Search:
    r"""One sign of the head: P = Σ share · logistic(L + c · slope) of each sample, and f = P u + (1 - P) v times the sign."""

    law: ExactLaw
    architecture: str
    tokens: list[tuple[Fraction, ...]]
    sign: int

    def cells(self, value: Callable[[], Fraction]) -> Iterator[tuple[Fraction | None, Fraction]]:
        r"""Places to try, one in each cell that may hold something better; `None` with the bound of a cell that is given up."""
        ends: list[Fraction | None] = [None, *(-end for end in reversed(_FAR)), Fraction(0), *_FAR, None]
        queue: list[_Cell] = [(self._possible(start, end), start, end) for start, end in pairwise(ends)]
        queue.sort(key=_urgency)
        yield Fraction(0), Fraction(1)
        for _ in range(_MOST_CELLS):
            if not queue or queue[-1][0] <= value():
                return
            bound, low, high = queue.pop()
            middle = _middle(low, high)
            yield middle, bound
            if low is None or high is None or high - low < _NARROWEST * max(Fraction(1), abs(low)):
                yield None, bound
                continue
            for part in ((low, middle), (middle, high)):
                insort(queue, (self._possible(*part), *part), key=_urgency)
        yield None, queue[-1][0] if queue else Fraction(0)

    def _possible(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        r"""The weight of the samples that some c in a cell may get right; of samples with one |f|, those of one sign of f."""
        ctx.prec = _BITS
        sides: dict[tuple[Fraction, ...], list[Fraction]] = {}
        for sample, (u, v) in zip(self.law.samples, self.tokens, strict=True):
            flip = self.architecture == "self-attention" and (u < 0 or (u == 0 and v < 0))  # M enters with u², uv and v²
            gain = self.sign * sample.label
            if self._may_be_right(gain * u, gain * v, u, v, low, high):
                weights = sides.setdefault((-u, -v) if flip else (u, v), [Fraction(0), Fraction(0)])
                weights[(gain > 0) == flip] += sample.weight
        return sum((max(pair) for pair in sides.values()), Fraction(0))

    def _may_be_right(
        self, gain_u: Fraction, gain_v: Fraction, u: Fraction, v: Fraction, low: Fraction | None, high: Fraction | None
    ) -> bool:
        r"""Whether P gain_u + (1 - P) gain_v may be positive: at an end of the range of P, or beside a tie at c = 0."""
        if self.architecture == "softmax-prompt":
            return any(self._is_right_at(gain_u, gain_v, u - v, c, side) for side, c in ((-1, low), (1, high)))
        if self._is_hopeless(gain_u, gain_v):
            return False
        tie = gain_u * self.law.zeta + gain_v * (1 - self.law.zeta) == 0
        if tie and not self._is_balanced(u, v) and 0 in (low, high) and low is not None and high is not None:
            return not _ball(gain_u - gain_v) * self._departure(self._rows(u, v), low, high) <= 0
        return any(_may_be_positive(gain_u, gain_v, p) for p in self._attention(u, v, low, high))

    def _is_right_at(self, gain_u: Fraction, gain_v: Fraction, slope: Fraction, c: Fraction | None, side: int) -> bool:
        r"""Whether a prompt may be right at an end of a cell: the sign of f/(1 - P), which is kept however near P is to 1."""
        if c is None and slope != 0:
            return gain_u > 0 if slope * side > 0 else gain_v > 0
        odds = _ball(self.law.zeta / (1 - self.law.zeta)) * _ball(slope * (c or Fraction(0))).exp()
        return not _ball(gain_u) * odds + _ball(gain_v) <= 0

    def _is_hopeless(self, gain_u: Fraction, gain_v: Fraction) -> bool:
        r"""Whether no c helps: opposite tokens beyond the threshold, or its mirror image.

        Equation :eq:`eq-expressivity-threshold` of docs/expressivity.md.
        """
        zeta = self.law.zeta
        more = gain_u > 0 > gain_v and zeta >= Fraction(1, 2) and -gain_v * (1 - zeta) >= zeta * gain_u
        less = gain_v > 0 > gain_u and zeta <= Fraction(1, 2) and -gain_u * zeta >= (1 - zeta) * gain_v
        return more or less

    def _departure(self, rows: list[tuple[Fraction, Fraction]], low: Fraction, high: Fraction) -> Any:
        r"""A ball whose sign is that of P - ζ on a cell that ends at 0: of c P', or of P'' where P' vanishes at 0."""
        zeta = self.law.zeta
        place = arb(_ball((low + high) / 2), _ball((high - low) / 2))
        masses = [1 / (1 + _ball((1 - zeta) / zeta) * (-_ball(slope) * place).exp()) for _, slope in rows]
        if sum(share * slope for share, slope in rows) != 0:
            side = 1 if low == 0 else -1
            return side * sum((_ball(a * b) * m * (1 - m) for (a, b), m in zip(rows, masses, strict=True)), arb(0))
        return sum((_ball(a * b * b) * m * (1 - m) * (1 - 2 * m) for (a, b), m in zip(rows, masses, strict=True)), arb(0))

    def _is_balanced(self, u: Fraction, v: Fraction) -> bool:
        r"""Whether P = 1/2 at every c, because logistic(k) + logistic(-k) = 1."""
        return self.architecture == "self-attention" and self.law.zeta == Fraction(1, 2) and u == -v

    def _rows(self, u: Fraction, v: Fraction) -> list[tuple[Fraction, Fraction]]:
        r"""Share and slope of each kind of row."""
        zeta = self.law.zeta
        return [(Fraction(1), u - v)] if self.architecture == "softmax-prompt" else [(zeta, u * (u - v)), (1 - zeta, v * (u - v))]

    def _attention(self, u: Fraction, v: Fraction, low: Fraction | None, high: Fraction | None) -> list[Any]:
        r"""The least and the largest P over a cell: every row is monotone in c. At c = 0 and ±∞ it is a fraction."""
        zeta, rows = self.law.zeta, self._rows(u, v)
        ends: list[Any] = []
        if self._is_balanced(u, v):
            return [zeta, zeta]
        for up in (False, True):
            places = [(share, slope, high if (slope > 0) == up else low) for share, slope in rows]
            if all(slope == 0 or c == 0 for _, slope, c in places):
                ends.append(zeta)
            elif all(slope != 0 and c is None for _, slope, c in places):  # the limit, which is not attained
                ends.append(sum((share * up for share, _, _ in places), Fraction(0)))
            else:
                ends.append(sum((_ball(share) * self._mass(slope, c, up) for share, slope, c in places), arb(0)))
        return ends

    def _mass(self, slope: Fraction, c: Fraction | None, up: bool) -> Any:
        if slope == 0:
            return _ball(self.law.zeta)
        if c is None:
            return arb(int(up))
        return 1 / (1 + _ball((1 - self.law.zeta) / self.law.zeta) * _ball(-slope * c).exp())


def _may_be_positive(u: Fraction, v: Fraction, mass: Any) -> bool:
    if isinstance(mass, Fraction):
        return u * mass + v * (1 - mass) > 0
    return not _ball(u) * mass + _ball(v) * (1 - mass) <= 0


def _urgency(cell: _Cell) -> tuple[Fraction, Fraction]:
    r"""Cells with the largest bound first, and of those the smallest parameters."""
    return cell[0], -abs(_middle(*cell[1:]))


def _middle(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None or high is None:
        return Fraction(2) * ((high or Fraction(0)) if low is None else low)
    return (low + high) / 2


def _ball(number: Fraction) -> Any:
    return arb(fmpq(number.numerator, number.denominator))
