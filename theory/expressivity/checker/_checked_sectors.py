r"""Verifies a bound on self-attention over a box of shifts, in rationals and balls; why it holds: docs/expressivity.md."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, fmpq

__all__ = ["checked_sectors"]

_ZERO = fmpq(0)


def checked_sectors(problem: dict[str, Any], proof: dict[str, Any]) -> None:
    r"""Return if the proof shows that no self-attention exceeds `proof["upper"]`; ValueError if it does not."""
    shift = [[_rational(x) for x in problem[name]] for name in ("lower", "upper")]
    zeta, prior = _rational(problem["zeta"]), _rational(problem["prior"])
    count, loss = int(proof["lines"]), (1 - _rational(proof["upper"])) / min(prior, 1 - prior)
    cuts = [shift[0][0] + (shift[1][0] - shift[0][0]) * fmpq(j, count) for j in range(count + 1)]
    (_, *low), (_, *high) = shift
    above = _Side(zeta, (low[0], high[0]), (low[1], high[1]), list(pairwise(cuts)))
    below = _Side(zeta, (-high[0], -low[0]), (-high[1], -low[1]), above.strips)
    _demand(0 < zeta < 1 and max(above.wide, below.wide) > 0, "the law has a density")
    hard = 1 / ((1 - zeta) * min(zeta, 1 - zeta)) - 1
    for side in (above, below):
        wedges = [side.mass(max(q, 2 * hard - p), side.top) for p, q in side.strips if p > -1]
        _demand(sum(wedges, _ZERO) >= loss * count, "a wedge holds as much as is lost")
    between = [max(_ZERO, above.mass(-p, p) - 2 * hard / above.wide) for p, _ in above.strips if p > 0]
    _demand(sum(between, _ZERO) >= loss * count, "the sector between the wedges holds as much as is lost")
    for side, heads in ((above, proof["above"]), (below, proof["below"])):
        ends = [(_rational(b), _rational(c)) for b, c, _ in heads]
        tiled = [b for b, _ in ends] + [fmpq(1)] == [fmpq(-1)] + [c for _, c in ends]
        _demand(bool(ends) and tiled and all(b < c and b * c >= 0 for b, c in ends), "the heads go from -1 to 1")
        for end, (_, _, digits) in zip(ends, heads, strict=True):
            lost = sum((side.lost(*end, *strip, int(d, 16)) for strip, d in zip(side.strips, digits, strict=True)), _ZERO)
            _demand(lost >= loss * count, "these heads lose as much")


@dataclass(frozen=True)
class _Side:
    r"""ζ, the ends of δw and δy, and strips of δq; the samples above the ray s = δq."""

    zeta: Any
    free: tuple[Any, Any]
    carried: tuple[Any, Any]
    strips: list[tuple[Any, Any]]

    @property
    def wide(self) -> Any:
        return max(self.free[1] - self.free[0], self.carried[1] - self.carried[0])

    @property
    def top(self) -> Any:
        return self.free[1] + min(self.carried[1], -self.carried[0])

    def mass(self, low: Any, high: Any) -> Any:
        r"""The common part of the laws of δw + δy and δw − δy between two numbers."""
        middle, centre = sum(self.free) / 2, abs(sum(self.carried)) / 2

        def below(s: Any) -> Any:  # of the law to the right up to the middle, then of the law to the left
            return self._below(min(s, middle) - middle - centre) + self._below(max(s, middle) - middle + centre)

        return max(_ZERO, below(high) - below(low))

    def _below(self, s: Any) -> Any:
        r"""The distribution function of δw + δy − its mean."""
        narrow = min(self.free[1] - self.free[0], self.carried[1] - self.carried[0])
        z = s + (self.wide + narrow) / 2
        if narrow == 0:
            return min(max(z, _ZERO), self.wide) / self.wide
        first, last = (min(max(x, _ZERO), narrow) ** 2 / (2 * narrow) + max(x - narrow, _ZERO) for x in (z, z - self.wide))
        return (first - last) / self.wide

    def lost(self, b: Any, c: Any, p: Any, q: Any, digit: int) -> Any:
        r"""What heads q_* + x w_*, b ≤ x ≤ c, lose where p ≤ δq ≤ q."""
        beyond = sum(map(abs, self.free + self.carried))
        far = beyond if b * c == 0 < q else max(q / abs(x) for x in (b, c) if x != 0)
        lost = self.mass(far, beyond) if b < 0 else self.mass(-beyond, -far)
        if digit == 0:
            return lost
        s = q + fmpq(digit, 15) * (self.top - q)
        asked = p if b >= 0 else (p + b * s) / (1 + b)
        reach = (q + c * s) / (1 - c) if b >= 0 else q * (1 + c) / (1 - c)
        odds, near = self.zeta / (1 - self.zeta), min(self.zeta, 1 - self.zeta)
        sharp = (near * (1 + asked) - 1) / odds
        _demand(p > 0 and s > q and sharp >= 1 and reach > 0, "heads and strip are as the argument needs them")
        gain = arb(1 + 2 * (1 + p) / (s - p)) * arb(sharp).log() + arb(odds).log()
        _demand(bool(gain > arb(reach).log()), "attention is too large for the other label")
        return lost + max(_ZERO, self.mass(q, s) - 2 / self.wide)


def _rational(text: str) -> Any:
    return fmpq(*Fraction(text).as_integer_ratio())


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"the proof is wrong: it must be so that {what}")
