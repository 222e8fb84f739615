r"""Transforms and sums of lognormals: what softmax makes of Gaussian scores.

Start at `ScoreTransform`; sums are in `lognormal_sum`, tails in `gaussian_tail`."""

from theory.context.lognormal._gaussian_tail import GaussianTail, gaussian_tail
from theory.context.lognormal._lognormal_sum import SumLaw, lognormal_sum
from theory.context.lognormal._scale_window import refuse_heavy_scores, scale_integrals, scale_range
from theory.context.lognormal._score_transform import ScoreTransform, TokenMoments

__all__ = [
    "GaussianTail",
    "ScoreTransform",
    "SumLaw",
    "TokenMoments",
    "gaussian_tail",
    "lognormal_sum",
    "refuse_heavy_scores",
    "scale_integrals",
    "scale_range",
]
