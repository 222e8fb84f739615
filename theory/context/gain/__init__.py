r"""The distribution of the noise gain C² of one sample, by three routes.

Start at `noise_gain_distribution`."""

from theory.context.gain._gain_contour import gain_below
from theory.context.gain._gain_distribution import GainLaw, inverted_gain_law, noise_gain_distribution
from theory.context.gain._gain_dominated import gain_above
from theory.context.gain._gain_few_tokens import few_tokens_gain_below

__all__ = ["GainLaw", "few_tokens_gain_below", "gain_above", "gain_below", "inverted_gain_law", "noise_gain_distribution"]
