r"""Errors of given heads under any prompt on the population, by one inversion integral.

Start at `given_head_error`."""

from theory.context.population._endless_prompt import endless_error
from theory.context.population._labelled_attention import LabelledAttention, PromptGeometry, labelled_attention, prompt_geometry
from theory.context.population._population_head import best_head, given_head_error, least_squares_head, quiet_head, signal_head

__all__ = [
    "LabelledAttention",
    "PromptGeometry",
    "best_head",
    "endless_error",
    "given_head_error",
    "labelled_attention",
    "least_squares_head",
    "prompt_geometry",
    "quiet_head",
    "signal_head",
]
