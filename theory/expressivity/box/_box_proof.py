r"""Bounds on the linear classes over a box with a proof that a separate program checks: cut faces of the parameter cube."""

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.box._box_law import box_law, stated_box
from theory.expressivity.box._linear_scores import LinearScores
from theory.model import BoxShift, Interval, offered

__all__ = ["BoxProof", "box_proof"]

Array = NDArray[np.float64]

_DEEPEST = 2.0**-11  # side of a box that is halved no more; the checker reads parameters to 12 binary digits
_SLACK, _ROUNDING = 1e-5, 1e-6  # the checker rounds features (2^-20) and probabilities (2^-40 a cell) outward


@dataclass(frozen=True)
class BoxProof:
    r"""An accuracy that no parameters of a linear class exceed, with all that `verified` needs, as plain lists and texts."""

    architecture: str
    upper: float
    problem: dict[str, Any]
    proof: dict[str, Any]

    def verified(self) -> bool:
        r"""Check the proof again, in whole numbers; ValueError if it is wrong."""
        offered(self.architecture, "checked_box")(self.problem, self.architecture, self.proof)
        return True


def box_proof(
    architecture: str,
    *,
    n_tokens: int,
    n_relevant: int,
    shift: BoxShift,
    label_prior: float = 0.5,
    boxes: int = 2000,
    cells: int = 4000,
) -> BoxProof:
    r"""A verified bound on mean pooling or linear prompt-attention, δ uniform on a box, noiseless tokens.

    The law is cut into equal cells of (δq, s) once and for all. In a box of parameters a cell counts as right unless interval
    arithmetic shows that it is wrong all over the box; the boxes with the largest sums are halved. It is the bound of
    `best_box_accuracy` with fewer refinements, hence larger by about the share of cells that the best parameters cut.

    Parameters
    ----------
    architecture
        A name of `theory.model.ARCHITECTURES` with a `checked_box`; "linear-prompt" with any number of prompts and heads.
    n_tokens, n_relevant, shift, label_prior
        As in `best_box_accuracy`.
    boxes, cells
        How many of each, about.

    Returns
    -------
    BoxProof
        Verified before it is returned.

    Notes
    -----
    Equation :eq:`eq-expressivity-cells` of docs/expressivity.md.

    Examples
    --------
    >>> shift = BoxShift((3, -3, 0), (3, 3, 0))
    >>> bound = box_proof("mean-pooling", n_tokens=10, n_relevant=3, shift=shift, boxes=400, cells=800)
    >>> bool(0 < bound.upper - (1 / 2 + 1 / 14) < 0.005), bound.verified()
    (True, True)
    """
    offered(architecture, "checked_box")
    scores_of = offered(architecture, "box")
    Interval(1, integer=True).member("boxes", boxes)
    Interval(1, integer=True).member("cells", cells)
    law = box_law(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    wide = [law.context[1] > law.context[0], law.widths[1] > 0]
    strips = round(math.sqrt(cells / 4)) if all(wide) else cells // 2 if wide[0] else 1
    steps = max(1, cells // (2 * strips)) if wide[1] else 1
    scores: LinearScores = scores_of(law)
    low, high, mass = _cells(scores, strips, steps)
    upper, faces = _cut_faces(*scores.faces(), low, high, mass, boxes)
    problem = stated_box(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    bound = min(1.0, math.ceil((upper + _ROUNDING) * 1e6) / 1e6)
    proof = {"upper": str(bound), "strips": strips, "steps": steps, "faces": faces}
    result = BoxProof(architecture, bound, problem, proof)
    result.verified()
    return result


def _cells(scores: LinearScores, strips: int, steps: int) -> tuple[Array, Array, Array]:
    r"""The least and the largest coefficient of every parameter in y f, shape (parameters, cells), and the probabilities."""
    law = scores.law
    cuts = np.linspace(*law.context, strips + 1)
    lows, highs, weights = [], [], []
    for y in (1, -1):
        places = np.linspace(*law.label_ends(y), steps + 1)
        below = law.below(np.full(steps + 1, float(y)), places) if steps > 1 else np.array([0.0, 1.0])
        ends = [np.meshgrid(cuts[i : strips + i], places[i : steps + i], indexing="ij") for i in (0, 1)]
        weight = np.tile(np.diff(below), strips) * (law.prior if y == 1 else 1 - law.prior) / strips
        context, carried = ([end[j].ravel() for end in ends] for j in (0, 1))
        corners = scores.corners(y, context, carried)
        lows.append([np.minimum.reduce(c) for c in corners])
        highs.append([np.maximum.reduce(c) for c in corners])
        weights.append(weight)
    return np.concatenate(lows, axis=1), np.concatenate(highs, axis=1), np.concatenate(weights)


def _cut_faces(starts: Array, ends: Array, low: Array, high: Array, mass: Array, boxes: int) -> tuple[float, list[str]]:
    r"""The largest sum left when so many boxes have been looked at, and how each face is cut."""
    nodes = [(a, b, _possible(a, b, low, high, mass)) for a, b in zip(starts, ends, strict=True)]
    halves: dict[int, tuple[int, int, int]] = {}
    queue = [(-value, i) for i, (_, _, value) in enumerate(nodes)]
    heapify(queue)
    while len(nodes) < boxes:
        worst, i = heappop(queue)
        a, b, _ = nodes[i]
        side = int(np.argmax(b - a))
        if b[side] - a[side] <= _DEEPEST:
            heappush(queue, (worst, i))
            break
        middle = np.array(b)
        middle[side] = (a[side] + b[side]) / 2
        again = np.array(a)
        again[side] = middle[side]
        halves[i] = (side, len(nodes), len(nodes) + 1)
        for start, end in ((a, middle), (again, b)):
            heappush(queue, (-_possible(start, end, low, high, mass), len(nodes)))
            nodes.append((start, end, 0.0))
    return -queue[0][0], [_letters(halves, i) for i in range(len(starts))]


def _possible(start: Array, end: Array, low: Array, high: Array, mass: Array) -> float:
    r"""The probability of the cells that are right somewhere in a box of parameters, as far as interval arithmetic tells."""
    top = sum(np.maximum.reduce([x * f for x in (a, b) for f in fs]) for a, b, *fs in zip(start, end, low, high, strict=True))
    return float(mass @ (top > -_SLACK))


def _letters(halves: dict[int, tuple[int, int, int]], root: int) -> str:
    r"""A face as the checker reads it: upper halves first."""
    letters, stack = [], [root]
    while stack:
        node = stack.pop()
        letters.append("." if node not in halves else str(halves[node][0]))
        stack += halves.get(node, (0, 0, 0))[1:] if node in halves else ()
    return "".join(letters)
