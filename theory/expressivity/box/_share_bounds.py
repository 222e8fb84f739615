r"""Branch and bound over all parameters of an architecture, for a uniform law on a box."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.box._cells import BoxScores, Cells

__all__ = ["attained_share", "largest_share"]

Array = NDArray[np.float64]

_SETTLED = 1e-13  # a cell whose two probabilities differ by less is closed, with the lower one: rounding
_MOST_CELLS = 400_000  # of one witness at once: memory
_NARROW = 1e-8  # narrower boxes say no more: a score within the slack of 0 stays open


@dataclass(frozen=True)
class _Front:
    r"""Boxes that may hold better parameters, what is right all over each, and the pairs of a box and a cell that are open."""

    low: Array
    high: Array
    right: Array
    box: NDArray[np.intp]
    cells: Cells

    def kept(self, boxes: NDArray[np.bool_], pairs: NDArray[np.bool_]) -> "_Front":
        pairs = pairs & boxes[self.box]
        place = np.cumsum(boxes) - 1
        return _Front(self.low[boxes], self.high[boxes], self.right[boxes], place[self.box[pairs]], self.cells[pairs])


def largest_share(scores: BoxScores, *, found: float, tolerance: float, budget: int) -> tuple[float, Array | None]:
    r"""A probability that no parameters exceed, proven; within the tolerance of `found` if that is attained and the budget lasts.

    Every box of parameters is bounded by what is right all over it plus what the cells that it leaves open hold. The widest
    side is halved, of the box or of its open cells, and what cannot exceed `found` + tolerance is dropped.

    Parameters
    ----------
    scores
        Law and architecture.
    found
        A probability that is attained.
    tolerance
        Boxes that cannot exceed `found` by more are closed.
    budget
        How many pairs of a box and a cell are looked at.

    Returns
    -------
    upper, better
        The bound, and the middle of a box all over which more than `found` is right, if the search came across one.
    """
    better: Array | None = None
    front = _whole(scores, *scores.faces())
    sizes = np.maximum(front.high - front.low, 0.0).max(axis=0)
    while True:
        front, (least, possible), is_open = _settled(scores, front)
        if least.max() > found + tolerance:
            found, better = float(least.max()), (front.low + front.high)[least.argmax()] / 2
        narrowest = (front.high - front.low).max(axis=1).min()
        promising = possible > found + tolerance
        budget -= len(front.box)
        if not promising.any():
            return min(1.0, found + tolerance), better
        front = front.kept(promising, is_open)
        if budget <= 0 or not len(front.box) or narrowest < _NARROW:
            return float(min(1.0, possible.max())), better
        front = _halved(scores, front, np.where(sizes > 0, sizes, 1.0))


def attained_share(scores: BoxScores, parameters: Array, *, resolution: float = 1e-4, rounds: int = 40) -> tuple[float, float]:
    r"""The probability of being right under one choice of parameters, enclosed."""
    front = _whole(scores, parameters[None], parameters[None])
    for _ in range(rounds):
        front, (least, most), is_open = _settled(scores, front)
        if most[0] - least[0] <= resolution or len(front.box) > _MOST_CELLS:
            break
        front = _halved(scores, front.kept(np.array([True]), is_open), np.ones(len(parameters)))
    return float(least[0]), float(most[0])


def _whole(scores: BoxScores, low: Array, high: Array) -> _Front:
    r"""Boxes with the whole law undecided: one cell for each label."""
    count, law = len(low), scores.law
    label = np.tile([1.0, -1.0], count)
    ends = [np.where(label > 0, law.label_ends(1)[j], law.label_ends(-1)[j]) for j in (0, 1)]
    context = [np.full(2 * count, end) for end in law.context]
    cells = Cells(label, (context[0], context[1]), (ends[0], ends[1]))
    return _Front(low, high, np.zeros(count), np.repeat(np.arange(count), 2), cells)


def _settled(scores: BoxScores, front: _Front) -> tuple[_Front, tuple[Array, Array], NDArray[np.bool_]]:
    r"""Settled cells added up, the least and the largest probability of each box, and the pairs that stay open."""
    sure, possible = scores.right(front.low[front.box], front.high[front.box], front.cells)
    is_open = possible - sure > _SETTLED
    least, settled, most = (np.bincount(front.box, x, len(front.low)) for x in (sure, np.where(is_open, 0.0, sure), possible))
    return replace(front, right=front.right + settled), (front.right + least, front.right + most), is_open


def _halved(scores: BoxScores, front: _Front, sizes: Array) -> _Front:
    r"""Cells halved that are wider than their boxes, and boxes halved most of whose cells are not."""
    cells, law = front.cells, scores.law
    width = ((front.high - front.low) / sizes).max(axis=1)
    sides = np.stack([_relative(cells.context, law.context), _relative(cells.carried, law.label_ends(1))])
    if scores.is_linear:
        sides[1] = 0.0
    wide = sides.max(axis=0) > width[front.box]
    cut = _cut_cells(front, wide, sides.argmax(axis=0))
    narrow = np.bincount(front.box[~wide], minlength=len(width)) >= np.bincount(front.box[wide], minlength=len(width))
    return _cut_boxes(cut, narrow & (width > 0), sizes)


def _cut_cells(front: _Front, which: NDArray[np.bool_], side: NDArray[np.intp]) -> _Front:
    whole, parts, box = front.cells[~which], front.cells[which], front.box
    halves = []
    for upper in (False, True):
        ends = []
        for j, (low, high) in enumerate((parts.context, parts.carried)):
            middle, here = (low + high) / 2, side[which] == j
            ends.append((np.where(here & upper, middle, low), np.where(here & (not upper), middle, high)))
        halves.append(Cells(parts.label, ends[0], ends[1]))
    merged = Cells(*_joined(whole, *halves))
    return replace(front, box=np.concatenate([box[~which], box[which], box[which]]), cells=merged)


def _cut_boxes(front: _Front, which: NDArray[np.bool_], sizes: Array) -> _Front:
    chosen = np.flatnonzero(which)
    side = ((front.high - front.low) / sizes).argmax(axis=1)[chosen]
    low, high, rows = front.low[chosen].copy(), front.high.copy(), np.arange(len(chosen))
    middle = (low[rows, side] + high[chosen, side]) / 2
    upper = high[chosen].copy()
    low[rows, side], high[chosen, side] = middle, middle
    place = np.full(len(which), -1)
    place[chosen] = len(which) + rows
    again = place[front.box] >= 0
    return _Front(
        np.concatenate([front.low, low]),
        np.concatenate([high, upper]),
        np.concatenate([front.right, front.right[chosen]]),
        np.concatenate([front.box, place[front.box[again]]]),
        Cells(*_joined(front.cells, front.cells[again])),
    )


def _joined(*cells: Cells) -> tuple[Array, tuple[Array, Array], tuple[Array, Array]]:
    label, a, b, c, d = (np.concatenate(x) for x in zip(*((k.label, *k.context, *k.carried) for k in cells), strict=True))
    return label, (a, b), (c, d)


def _relative(ends: tuple[Array, Array], whole: tuple[float, float]) -> Array:
    r"""The width of parts relative to the whole, 0 if the whole is a point."""
    width: Array = (ends[1] - ends[0]) / (whole[1] - whole[0]) if whole[1] > whole[0] else np.zeros_like(ends[0])
    return width
