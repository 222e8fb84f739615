r"""Best accuracies for uniform laws on boxes: between what a witness attains and what a proof excludes.

Start at `best_box_accuracy`."""

from theory.expressivity.box._attention_scores import AttentionScores, SelfAttentionScores, SoftmaxPromptScores
from theory.expressivity.box._best_box_accuracy import BoxAccuracy, best_box_accuracy
from theory.expressivity.box._box_law import BoxLaw, box_law
from theory.expressivity.box._box_proof import BoxProof, box_proof
from theory.expressivity.box._cells import BoxScores, Cells
from theory.expressivity.box._linear_scores import LinearPromptScores, LinearScores, MeanPoolingScores
from theory.expressivity.box._sectors import sector_proof
from theory.expressivity.box._share_bounds import attained_share

__all__ = [
    "AttentionScores",
    "BoxAccuracy",
    "BoxLaw",
    "BoxProof",
    "BoxScores",
    "Cells",
    "LinearPromptScores",
    "LinearScores",
    "MeanPoolingScores",
    "SelfAttentionScores",
    "SoftmaxPromptScores",
    "attained_share",
    "best_box_accuracy",
    "box_law",
    "box_proof",
    "sector_proof",
]
