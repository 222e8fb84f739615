r"""Verifies a proof that no parameters exceed an accuracy; rules and soundness in docs/expressivity.md."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from theory.expressivity.checker._checked_witness import Problem, demand, dot, log_sum
from theory.expressivity.checker._regions import Bounds
from theory.expressivity.checker._rows import row

__all__ = ["checked_proof"]


def checked_proof(problem: Problem, architecture: str, proof: Any, bound: Fraction) -> None:
    r"""Return if the proof shows that no parameters are right with probability above `bound`; ValueError if it does not."""
    whole = Bounds(problem, architecture, bound)
    if architecture in ("mean-pooling", "linear-prompt"):
        return _check(proof, whole, frozenset(), frozenset())
    ends = [([Fraction(x) for x in arc["start"]], [Fraction(x) for x in arc["end"]]) for arc in proof]
    for (start, end), (following, _), arc in zip(ends, ends[1:] + ends[:1], proof, strict=True):
        demand(end == following and start[0] * end[1] > start[1] * end[0], "arcs go round the circle")
        _check(arc["tree"], replace(whole, start=start, end=end), frozenset(), frozenset())
    return demand(bool(ends), "there are arcs")


def _check(node: Any, region: Bounds, given_up: frozenset[int], kept: frozenset[int]) -> None:
    if node == "weight":
        left = [i for i in range(len(region.problem.labels)) if i not in given_up and region.asks(i) != "none"]
        return demand(sum(region.problem.weights[i] for i in left) <= region.bound, "what is left is improbable enough")
    if "lost" in node:
        return demand(node["lost"] in kept and region.asks(node["lost"]) == "none", "a kept sample is wrong here")
    if "conflict" in node:
        members = _contradiction(region, node["conflict"])
        demand(members - kept <= {i for i, _ in node["without"]} and not members & given_up, "each member is given up")
        for i, branch in node["without"]:
            _check(branch, region, given_up | {i}, kept)
            kept |= {i}
        return None
    halves = _halves(region.cut, node["head"])
    for name, cut in zip(("below", "above"), halves, strict=True):
        _check(node[name], replace(region, cut=cut), given_up, kept)
    return None


def _contradiction(region: Bounds, cases: Any) -> frozenset[int]:
    r"""The samples that cannot all be right, by contradictory rows in each of the boxes."""
    if "sum" in cases:
        members, regions = frozenset(cases["sum"][:2]), region.sum_halves(*cases["sum"])
    elif "attention" in cases:
        i, cut = cases["attention"]
        halves = _halves(region.boxes.get(i, (Fraction(0), Fraction(1))), cut)
        members, regions = frozenset({i}), [replace(region, boxes={**region.boxes, i: half}) for half in halves]
    if isinstance(cases, dict):
        return members.union(*(_contradiction(r, cases[name]) for r, name in zip(regions, ("below", "above"), strict=True)))
    rows = [row(region, i, kind) for i, kind, _ in cases]
    factors = [Fraction(factor) for _, _, factor in cases]
    if None not in rows:
        normals, bounds = zip(*(r for r in rows if r), strict=True)
        cancels = not any(dot(factors, column) for column in zip(*normals, strict=True))
        demand(min(factors) > 0 and cancels, "the rows cancel")
        powers, numbers = zip(*((f * p, t) for f, bound in zip(factors, bounds, strict=True) for p, t in bound), strict=True)
        exact = all(t == 1 for t in numbers)
        demand(exact or log_sum(powers, numbers) > 0, "the bounds add up to more than nothing")
    return frozenset(i for i, _, _ in cases if i >= 0)


def _halves(interval: tuple[Fraction, Fraction], cut: str) -> list[tuple[Fraction, Fraction]]:
    low, middle, high = interval[0], Fraction(cut), interval[1]
    demand(low < middle < high, "a cut lies inside")
    return [(low, middle), (middle, high)]
