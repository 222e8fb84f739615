r"""The searches of the classes whose score is linear in their parameters: one linear system after another, no budget needed."""

from collections.abc import Callable

from theory.expressivity.finite._exact_law import ExactLaw, Sample, Vector
from theory.expressivity.finite._linear_region import LinearRegion, mean_feature, rank_one, second_moment
from theory.expressivity.finite._sample_search import Found, Search, Tree

__all__ = ["linear_prompt_search", "mean_pooling_search"]


def mean_pooling_search(law: ExactLaw, budget: int) -> Found:
    r"""The best head on the mean token, and a proof; the search ends of itself, whatever the budget."""
    search, proof = _searched(law, mean_feature)
    return Found({"head": [*map(str, search.witness["parameters"])]}, search.upper, proof)


def linear_prompt_search(law: ExactLaw, budget: int) -> Found:
    r"""The best head and prompt, and a proof for any number of them; the search ends of itself, whatever the budget."""
    search, proof = _searched(law, second_moment)
    forms = rank_one(LinearRegion(law, second_moment), search.witness["parameters"])
    witness = {name: [*map(str, form)] for name, form in zip(("head", "prompt"), forms, strict=True)}
    return Found(witness, search.upper, proof)


def _searched(law: ExactLaw, feature: Callable[[ExactLaw, Sample], Vector]) -> tuple[Search, Tree]:
    search = Search(law, budget=1 << 20)
    return search, search.proof(LinearRegion(law, feature))
