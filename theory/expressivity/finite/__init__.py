r"""Best accuracies on finite shift laws, exact in rationals: a search that ends in a witness and a proof.

Start at `best_accuracy`."""

from theory.expressivity.finite._best_accuracy import ARCHITECTURES, BestAccuracy, best_accuracy
from theory.expressivity.finite._exact_law import ExactLaw, exact, exact_law

__all__ = ["ARCHITECTURES", "BestAccuracy", "ExactLaw", "best_accuracy", "exact", "exact_law"]
