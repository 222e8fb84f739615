r"""The one description of the data: parameters with their symbols and domains, and the contextual mixture model."""

from theory.model.contextual import ContextualModel
from theory.model.domain import Choice, Domain, Interval, ParameterError
from theory.model.front_door import FrontDoor
from theory.model.known_prompt import FORMULA, KNOWN_PROMPT, KNOWN_PROMPT_EXAMPLE, KnownPrompt, known_prompt
from theory.model.parameters import PARAMETERS, Parameter, parameter_named
from theory.model.shift import NO_SHIFT, BoxShift, FiniteShift, ShiftLaw

__all__ = [
    "FORMULA",
    "KNOWN_PROMPT",
    "KNOWN_PROMPT_EXAMPLE",
    "NO_SHIFT",
    "PARAMETERS",
    "BoxShift",
    "Choice",
    "ContextualModel",
    "Domain",
    "FiniteShift",
    "FrontDoor",
    "Interval",
    "KnownPrompt",
    "Parameter",
    "ParameterError",
    "ShiftLaw",
    "known_prompt",
    "parameter_named",
]
