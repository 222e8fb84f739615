r"""Verifies a proof that no parameters exceed an accuracy; rules and soundness in docs/expressivity.md."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from theory.expressivity.check_rows import Bounds, row
from theory.expressivity.check_witness import Problem, dot, log_sum

__all__ = ["checked_proof"]

def checked_proof(problem: Problem, architecture: str, proof: Any, bound: Fraction) -> None:
    r"""Return if the proof shows that no parameters are right with probability above `bound`; ValueError if it does not."""
    whole = Bounds(problem, architecture, bound)
    if architecture in ("mean-pooling", "linear-prompt"):
        return _check(proof, whole, frozenset(), frozenset())
    ends = [([Fraction(x) for x in arc["start"]], [Fraction(x) for x in arc["end"]]) for arc in proof]
    for (start, end), (following, _), arc in zip(ends, ends[1:] + ends[:1], proof, strict=True):
        _demand(end == following and start[0] * end[1] > start[1] * end[0], "arcs go round the circle")
        _check(arc["tree"], replace(whole, start=start, end=end), frozenset(), frozenset())
    return _demand(bool(ends), "there are arcs")


def _check(node: Any, region: Bounds, given_up: frozenset[int], kept: frozenset[int]) -> None:
    if node == "weight":
        left = [i for i in range(len(region.problem.labels)) if i not in given_up and region.asks(i) != "none"]
        return _demand(sum(region.problem.weights[i] for i in left) <= region.bound, "what is left is improbable enough")
    if "lost" in node:
        return _demand(node["lost"] in kept and region.asks(node["lost"]) == "none", "a kept sample is wrong here")
    if "conflict" in node:
        members = {i for i, _, _ in node["conflict"] if i >= 0}
        branches = {i for i, _ in node["without"]}
        _demand(_contradictory(region, node["conflict"]), "the rows contradict each other")
        _demand(members - kept <= branches and not members & given_up, "each member is given up")
        for i, branch in node["without"]:
            _check(branch, region, given_up | {i}, kept)
            kept |= {i}
        return None
    if "head" in node:
        (low, high), middle = region.cut, Fraction(node["head"])
        parts = [replace(region, cut=cut) for cut in ((low, middle), (middle, high))]
    else:
        i, middle = node["attention"][0], Fraction(node["attention"][1])
        low, high = region.boxes.get(i, (Fraction(0), Fraction(1)))
        parts = [replace(region, boxes={**region.boxes, i: box}) for box in ((low, middle), (middle, high))]
    _demand(low < middle < high, "a cut lies inside")
    _check(node["below"], parts[0], given_up, kept)
    return _check(node["above"], parts[1], given_up, kept)


def _contradictory(region: Bounds, conflict: list[list[Any]]) -> bool:
    rows = [row(region, i, kind) for i, kind, _ in conflict]
    factors = [Fraction(factor) for _, _, factor in conflict]
    if None in rows:
        return True
    normals, numbers = zip(*(r for r in rows if r), strict=True)
    _demand(min(factors) > 0 and not any(dot(factors, column) for column in zip(*normals, strict=True)), "rows cancel")
    if all(number == 1 for number in numbers):
        return any(kind in ("score", "P", "B") for _, kind, _ in conflict)
    return bool(log_sum(factors, numbers) > 0)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"the proof is wrong: it must be so that {what}")
