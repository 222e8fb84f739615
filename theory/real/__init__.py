r"""Predictions for real data from first and second moments of its tokens.

Start at `effective_ratio` and `error_of_margins`."""

from theory.real._attended import attended_contrast, attended_features
from theory.real._effective_ratio import EffectiveRatio, effective_ratio
from theory.real._error_by_margins import Margins, error_of_margins
from theory.real._mean_pooled import mean_pooled_contrast
from theory.real._prompt_scale import optimal_strength
from theory.real._score_integrals import score_moments
from theory.real._token_moments import Contrast, TokenMoments
from theory.real._unequal_classes import error_of_class_sizes, error_of_random_labels

__all__ = [
    "Contrast",
    "EffectiveRatio",
    "Margins",
    "TokenMoments",
    "attended_contrast",
    "attended_features",
    "effective_ratio",
    "error_of_class_sizes",
    "error_of_margins",
    "error_of_random_labels",
    "mean_pooled_contrast",
    "optimal_strength",
    "score_moments",
]
