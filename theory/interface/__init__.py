r"""Both front doors: the command line and the options that each quantity takes.

Start at `FrontDoor`."""

from theory.interface._front_door import FrontDoor
from theory.interface._options import (
    BEST_ACCURACY,
    BEST_ACCURACY_EXAMPLE,
    FORMULA,
    KNOWN_PROMPT,
    KNOWN_PROMPT_EXAMPLE,
    LOSS,
    PROMPT,
    PROMPT_DIRECTION,
    PROMPT_EXAMPLE,
    PROMPT_SAMPLES,
    RIDGE,
    SAMPLE_COMPLEXITY,
    SAMPLE_COMPLEXITY_EXAMPLE,
    STATISTIC,
    STATISTIC_LEVEL,
    TRAJECTORY,
    TRAJECTORY_EXAMPLE,
)

__all__ = [
    "BEST_ACCURACY",
    "BEST_ACCURACY_EXAMPLE",
    "FORMULA",
    "KNOWN_PROMPT",
    "KNOWN_PROMPT_EXAMPLE",
    "LOSS",
    "PROMPT",
    "PROMPT_DIRECTION",
    "PROMPT_EXAMPLE",
    "PROMPT_SAMPLES",
    "RIDGE",
    "SAMPLE_COMPLEXITY",
    "SAMPLE_COMPLEXITY_EXAMPLE",
    "STATISTIC",
    "STATISTIC_LEVEL",
    "TRAJECTORY",
    "TRAJECTORY_EXAMPLE",
    "FrontDoor",
]
