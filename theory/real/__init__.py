r"""Real data as two Gaussian classes: predictions from moments of tokens, before anything is trained."""

from theory.real.attended import attended_contrast, attended_features
from theory.real.class_sizes import error_of_class_sizes, error_of_random_labels
from theory.real.conditional import Margins, error_of_margins
from theory.real.finite_context import EffectiveRatio, effective_ratio
from theory.real.mean_pooling import mean_pooled_contrast
from theory.real.optimal_strength import optimal_strength
from theory.real.token_moments import Contrast, TokenMoments

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
]
