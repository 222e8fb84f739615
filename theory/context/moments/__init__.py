r"""Moments of the attention A and the noise gain C² at finite T, without simulation.

Start at `attention_law`."""

from theory.context.moments._attention_law import AttentionLaw, attention_law
from theory.context.moments._attention_moments import AttentionMoments, attention_moments, inverse_gain_moments
from theory.context.moments._mass_variance import centred_mass_variance
from theory.context.moments._resolvent import ResolventMoments, resolvent_moments
from theory.context.moments._scale_moments import ScaleMoments, WeightGroup, scale_moments

__all__ = [
    "AttentionLaw",
    "AttentionMoments",
    "ResolventMoments",
    "ScaleMoments",
    "WeightGroup",
    "attention_law",
    "attention_moments",
    "centred_mass_variance",
    "inverse_gain_moments",
    "resolvent_moments",
    "scale_moments",
]
