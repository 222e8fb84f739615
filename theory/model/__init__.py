r"""The one description of the data: parameters with their symbols and domains, and the contextual mixture model."""

from theory.model.commands import (
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
from theory.model.contextual import ContextualModel
from theory.model.coverage import refuse_beyond
from theory.model.domain import Choice, Domain, Flag, Interval, ParameterError
from theory.model.front_door import FrontDoor
from theory.model.known_prompt import KnownPrompt, known_prompt
from theory.model.parameters import PARAMETERS, Parameter, parameter_named
from theory.model.shift import NO_SHIFT, BoxShift, FiniteShift, ShiftDomain, ShiftLaw

__all__ = [
    "BEST_ACCURACY",
    "BEST_ACCURACY_EXAMPLE",
    "FORMULA",
    "KNOWN_PROMPT",
    "KNOWN_PROMPT_EXAMPLE",
    "LOSS",
    "NO_SHIFT",
    "PARAMETERS",
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
    "BoxShift",
    "Choice",
    "ContextualModel",
    "Domain",
    "FiniteShift",
    "Flag",
    "FrontDoor",
    "Interval",
    "KnownPrompt",
    "Parameter",
    "ParameterError",
    "ShiftDomain",
    "ShiftLaw",
    "known_prompt",
    "parameter_named",
    "refuse_beyond",
]
