r"""A bound below 1 on self-attention over a box: three sectors of the shift, of which all parameters lose one."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.box._box_law import BoxLaw

__all__ = ["SectorProof", "sector_proof"]

Array = NDArray[np.float64]
Common = Callable[[Array], Array]

_LINES, _HALVINGS, _LEVELS = 64, 96, 15  # strips of δq, cuts of the heads; levels above the ray, one hexadecimal digit
_NARROWEST = 1 / 100  # interval of heads that is halved no more
_SLACK = 1e-9  # far above rounding: what is proven here in floating point must be confirmed by `check_sectors` in balls


@dataclass(frozen=True)
class SectorProof:
    r"""A probability that no self-attention exceeds, and what the checker needs to confirm it.

    Parameters
    ----------
    upper
        The bound.
    lines
        Into how many strips of equal width δq is cut.
    above, below
        Heads q_* + b w_* (values 1 and b) in intervals of b from −1 to 1, each with one digit, base 16, for every strip: up to
        which sixteenth of the way from the ray s = δq to the end of s samples above the ray are known to be lost but for an
        interval of length 2. `below` is the same for the mirrored law and heads.
    """

    upper: float
    lines: int
    above: list[tuple[float, float, str]]
    below: list[tuple[float, float, str]]

    def as_dict(self) -> dict[str, Any]:
        r"""As plain lists and texts; the bound rounded up to seven decimals."""
        heads = {name: [[str(b), str(c), d] for b, c, d in getattr(self, name)] for name in ("above", "below")}
        return {"upper": str(math.ceil(self.upper * 1e7) / 1e7), "lines": self.lines, **heads}


def sector_proof(law: BoxLaw) -> SectorProof:
    r"""The bound 1 − min(π, 1−π) · (the least probability of shifts for which not both labels are right).

    Over all heads and matrices, with s = δw + yδy, c_± = ⟨w, u_±⟩ and D = ⟨w, −v⟩:

    * c_+ > 0 > c_-: one of three sectors has no shift at which both labels are right: above the ray s = δq, below the ray
      s = −δq, or between them but for a strip of width 2Δ0, Δ0 = 1/((1−ζ) min(ζ, 1−ζ)) − 1;
    * c_+ > 0, c_- ≥ 0: D > 0 is needed; and of the shifts above the ray with the same δq an interval of length 2 is left;
    * c_+ ≤ 0, c_- < 0: the same mirrored; c_+ ≤ 0 ≤ c_-: no shift has both.

    Parameters
    ----------
    law
        A box; where the labels have different laws of s, their common part counts.

    Returns
    -------
    SectorProof
        With `upper` = 1 where the argument says nothing.

    Notes
    -----
    Equation :eq:`eq-expressivity-sectors` of docs/expressivity.md.

    Examples
    --------
    >>> from theory.expressivity.box import box_law
    >>> from theory.model import BoxShift
    >>> bool(sector_proof(box_law(n_tokens=2, n_relevant=1, shift=BoxShift((0, -40, 0), (30, 40, 0)))).upper < 0.91)
    True
    """
    strips = _Strips(law)
    if law.widths[1] == 0:
        return SectorProof(1.0, 1, [], [])
    middle = strips.natural_loss()
    sides = [_searched(strips, common, top, enough=middle) for common, top in (strips.upward, strips.downward)]
    loss = max(0.0, min(middle, *(loss for loss, _ in sides)) - _SLACK)
    upper = 1 - min(law.prior, 1 - law.prior) * loss
    return SectorProof(upper, strips.count, sides[0][1], sides[1][1])


@dataclass(frozen=True)
class _Strips:
    r"""The law of s that both labels have in common, and strips of δq."""

    law: BoxLaw

    @property
    def count(self) -> int:
        first, last = self.law.context
        return _LINES if last > first else 1

    @property
    def ends(self) -> tuple[Array, Array]:
        cuts = np.linspace(*self.law.context, self.count + 1)
        return cuts[:-1], cuts[1:]

    def common(self, s: Array) -> Array:
        r"""The common part of both labels' laws of s below a number: on either side of the middle one density is the less."""
        law, middle = self.law, np.array((self.law.shift.lower[1] + self.law.shift.upper[1]) / 2)
        ends = [*law.label_ends(1), *law.label_ends(-1)]
        s = np.clip(s, min(ends), max(ends))
        first, second = np.array(1.0), np.array(-1.0)
        if law.shift.lower[2] + law.shift.upper[2] < 0:
            first, second = second, first
        low: Array = law.below(first, np.minimum(s, middle))
        return low + law.below(second, np.maximum(s, middle)) - law.below(second, middle)

    @property
    def upward(self) -> tuple[Common, float]:
        r"""`common`, and where it ends."""
        return self.common, min(self.law.label_ends(1)[1], self.law.label_ends(-1)[1])

    @property
    def downward(self) -> tuple[Common, float]:
        r"""The same for −s."""
        total = self.common(np.array(np.inf))
        return lambda s: total - self.common(-s), -max(self.law.label_ends(1)[0], self.law.label_ends(-1)[0])

    def natural_loss(self) -> float:
        r"""The least of the three sectors for heads with c_+ > 0 > c_-."""
        zeta, (low, high) = self.law.zeta, self.ends
        hard = 1 / ((1 - zeta) * min(zeta, 1 - zeta)) - 1
        wedges = []
        for common, top in (self.upward, self.downward):
            start = np.maximum(high, 2 * hard - low)
            wedges.append(np.where(low > -1, np.maximum(common(np.array(top)) - common(start), 0.0), 0.0).mean())
        between = np.where(low > 0, self.common(low) - self.common(-low) - 2 * hard / self.law.widths[1], 0.0)
        return float(min(*wedges, np.maximum(between, 0.0).mean()))

    def head_loss(self, common: Common, top: float, head: tuple[float, float]) -> tuple[float, str]:
        r"""What heads q_* + b w_* lose, b in an interval on one side of 0, and the digits of the proof."""
        p, high = self.ends
        signless = sorted(map(abs, head))
        with np.errstate(divide="ignore", invalid="ignore"):
            limits = [np.where(high > 0, np.inf, -np.inf) if b == 0 else high / b for b in signless]
        far = np.maximum(*limits)
        lost = common(-far) if head[0] >= 0 else common(np.array(top)) - common(np.minimum(far, top))
        digits, window = np.zeros(len(p), dtype=int), 2 / self.law.widths[1]
        for level in range(1, _LEVELS + 1):
            digits[self._killed(p, high, high + level / _LEVELS * (top - high), head)] = level
        most = high + digits / _LEVELS * (top - high)
        kept = np.where(digits > 0, np.maximum(common(most) - common(high) - window, 0.0), 0.0)
        return float((np.maximum(lost, 0.0) + kept).mean()), "".join(f"{d:x}" for d in digits)

    def _killed(self, low: Array, high: Array, s: Array, head: tuple[float, float]) -> NDArray[np.bool_]:
        r"""Whether of two shifts above the ray and up to s, 2 apart, not both have both labels right."""
        zeta = self.law.zeta
        odds, near = zeta / (1 - zeta), min(zeta, 1 - zeta)
        if head[0] >= 0:
            asked, reach = low, (high + head[1] * s) / max(1 - head[1], 1e-300)
        else:
            first, last = -head[1], -head[0]
            asked = (low - last * s) / (1 - last) if last < 1 else np.full_like(low, -1.0)
            reach = high * (1 - first) / (1 + first)
        sharp = (near * (1 + asked) - 1) / odds
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = (1 + 2 * (1 + low) / (s - low)) * np.log(sharp) + np.log(odds)
            killed: NDArray[np.bool_] = (low > 0) & (s > high) & (sharp >= 1 + _SLACK) & (gain >= np.log(reach) + _SLACK)
        return killed


def _searched(strips: _Strips, common: Common, top: float, *, enough: float) -> tuple[float, list[tuple[float, float, str]]]:
    r"""Intervals of heads, the one that loses least halved again and again."""
    cells = [(*strips.head_loss(common, top, head), head) for head in ((-1.0, 0.0), (0.0, 1.0))]
    for _ in range(_HALVINGS):
        worst = min(cells, key=lambda cell: cell[0])
        low, high = worst[2]
        if worst[0] >= enough or high - low < _NARROWEST:
            break
        cells.remove(worst)
        cells += [(*strips.head_loss(common, top, head), head) for head in ((low, (low + high) / 2), ((low + high) / 2, high))]
    return min(loss for loss, _, _ in cells), [(*head, digits) for _, digits, head in sorted(cells, key=lambda cell: cell[2])]
