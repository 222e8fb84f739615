r"""Best accuracies for uniform laws on boxes: between what a witness attains and what a proof excludes.

Start at `best_box_accuracy`."""

from theory.expressivity.box._best_box_accuracy import BoxAccuracy, best_box_accuracy
from theory.expressivity.box._box_law import box_law
from theory.expressivity.box._box_proof import BoxProof, box_proof
from theory.expressivity.box._cells import BoxScores
from theory.expressivity.box._sectors import sector_proof
from theory.expressivity.box._share_bounds import attained_share

__all__ = ["BoxAccuracy", "BoxProof", "BoxScores", "attained_share", "best_box_accuracy", "box_law", "box_proof", "sector_proof"]
