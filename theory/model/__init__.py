r"""The data, nothing else: parameters with their symbols and domains, the contextual mixture model, known prompts, predictions.

Start at `ContextualModel` and `KnownPrompt`."""

from theory.model._contextual import ContextualModel
from theory.model._coverage import refuse_beyond
from theory.model._domain import Choice, Domain, Flag, Interval, ParameterError
from theory.model._known_prompt import KnownPrompt, known_prompt
from theory.model._parameters import PARAMETERS, Parameter, parameter_named
from theory.model._prediction import Prediction
from theory.model._shift import NO_SHIFT, BoxShift, FiniteShift, ShiftDomain, ShiftLaw

__all__ = [
    "NO_SHIFT",
    "PARAMETERS",
    "BoxShift",
    "Choice",
    "ContextualModel",
    "Domain",
    "FiniteShift",
    "Flag",
    "Interval",
    "KnownPrompt",
    "Parameter",
    "ParameterError",
    "Prediction",
    "ShiftDomain",
    "ShiftLaw",
    "known_prompt",
    "parameter_named",
    "refuse_beyond",
]
