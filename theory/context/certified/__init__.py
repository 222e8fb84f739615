r"""Attention and the population error in ball arithmetic: balls proven to contain the value.

Start at `certified_mass` and `certified_error`."""

from theory.context.certified._certified_error import certified_error
from theory.context.certified._certified_moments import certified_gain, certified_mass

__all__ = ["certified_error", "certified_gain", "certified_mass"]
