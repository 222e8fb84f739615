r"""Draws of a number: a sampler whose mean it is, and what is known of one draw."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulations.agreement import Assumption, Sampler

__all__ = ["Draws", "Numbers"]


@dataclass(frozen=True)
class Draws:
    r"""A number as the mean of a sampler.

    Parameters
    ----------
    sampler
        A function of (rng, size) that returns independent draws, shape (size,).
    bounds
        (lower, upper), or an assumption on the law of one draw.
    precision_is_absolute
        Whether the precision that is asked for counts in units of the number itself: for probabilities that may be 0.
    """

    sampler: Sampler
    bounds: tuple[float, float] | Assumption = (0.0, 1.0)
    precision_is_absolute: bool = False


Numbers = Mapping[str, Draws | float]
r"""Numbers by name: draws, or a value that is known without any."""
