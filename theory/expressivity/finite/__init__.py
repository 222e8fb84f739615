r"""Best accuracies on finite shift laws, exact in rationals: a search that ends in a witness and a proof.

Start at `best_accuracy`."""

from theory.expressivity.finite._arcs import HeadArc, head_arcs
from theory.expressivity.finite._attention_searches import self_attention_search, softmax_prompt_search
from theory.expressivity.finite._best_accuracy import BestAccuracy, best_accuracy
from theory.expressivity.finite._exact_law import ExactLaw, exact, exact_law
from theory.expressivity.finite._linear_searches import linear_prompt_search, mean_pooling_search
from theory.expressivity.finite._sample_search import Found

__all__ = [
    "BestAccuracy",
    "ExactLaw",
    "Found",
    "HeadArc",
    "best_accuracy",
    "exact",
    "exact_law",
    "head_arcs",
    "linear_prompt_search",
    "mean_pooling_search",
    "self_attention_search",
    "softmax_prompt_search",
]
