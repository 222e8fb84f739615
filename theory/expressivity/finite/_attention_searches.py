r"""The searches of the attention classes: arcs of heads, cut until a witness and a proof meet or the budget is spent."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from theory.expressivity.finite._arcs import head_arcs
from theory.expressivity.finite._attention_region import AttentionRegion
from theory.expressivity.finite._candidates import candidates, pursued
from theory.expressivity.finite._exact_law import ExactLaw
from theory.expressivity.finite._prompt_region import PromptRegion
from theory.expressivity.finite._sample_search import Found, Search, Tree
from theory.expressivity.finite._self_region import SelfRegion

__all__ = ["self_attention_search", "softmax_prompt_search"]

_WIDTHS = (3, 6, 12, 24)
r"""Searches stop splitting at these powers of one half, coarse ones first: they find witnesses for the fine ones."""

_THOROUGH = 12
r"""Before this width a witness is pursued set by set: what is open by then more often lacks a witness than a proof."""


def softmax_prompt_search(law: ExactLaw, budget: int) -> Found:
    r"""The best head and prompt, and a proof."""
    search, proof = _searched([PromptRegion(law, arc) for arc in head_arcs(law)], budget)
    head, scores = ([*map(str, search.witness[name])] for name in ("head", "scores"))
    return Found({"head": head, "prompt": scores}, search.upper, proof)


def self_attention_search(law: ExactLaw, budget: int) -> Found:
    r"""The best head and matrix, and a proof."""
    search, proof = _searched([SelfRegion(law, arc) for arc in head_arcs(law)], budget)
    head, scores = ([*map(str, search.witness[name])] for name in ("head", "scores"))
    return Found({"head": head, "attention": [scores[:2], scores[2:]]}, search.upper, proof)


def _searched(regions: Sequence[AttentionRegion], budget: int) -> tuple[Search, Tree]:
    r"""Arc by arc, coarsely first, the likeliest arcs first."""
    law = regions[0].law
    search = Search(law, budget)
    _offered(search, regions[0], candidates(law, regions[0]))
    order = sorted(range(len(regions)), key=lambda j: -law.weight(regions[j].hopeful))
    trees: dict[int, Tree] = {}
    still_open = dict.fromkeys(order, Fraction(1))
    for width in _WIDTHS:
        if width == _THOROUGH:
            for j, most in sorted(still_open.items(), key=lambda item: -item[1]):
                _offered(search, regions[j], pursued(law, regions[j], above=lambda: search.best, most=most))
        search.smallest = Fraction(1, 1 << width)
        for j in still_open:  # a proof that is complete stays one when the witness improves
            # coarse searches get little, so that a witness found in one arc spares the others work
            search.budget, search.open_weight = min(budget, 100 << width), Fraction(0)
            trees[j] = search.proof(regions[j])
            still_open[j] = search.open_weight
        still_open = {j: weight for j, weight in still_open.items() if weight > search.best}
        search.open_weight = max(still_open.values(), default=Fraction(0))
        if not still_open:
            break
    arcs = [{"start": [*map(str, r.arc.start)], "end": [*map(str, r.arc.end)]} for r in regions]
    return search, [{**arc, "tree": trees[j]} for j, arc in enumerate(arcs)]


def _offered(search: Search, region: AttentionRegion, starts: Iterator[dict[str, Any]]) -> None:
    r"""Offer parameters to a search until one gets all that is open right."""
    everywhere = frozenset(range(len(search.law.samples)))
    for parameters in starts:
        search.offer(parameters, region.right(parameters, among=everywhere))
        if search.open_weight and search.best >= search.open_weight:
            break
