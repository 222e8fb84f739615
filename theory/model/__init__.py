r"""The data, nothing else: parameters with their symbols and domains, the contextual mixture model, known prompts, predictions.

Start at `ContextualModel` and `HeadSetting`."""

from theory.model._architectures import ARCHITECTURES, Architecture, offered
from theory.model._choices import FORMULA, GOAL, STATISTIC
from theory.model._contextual import ContextualModel
from theory.model._coverage import refuse_beyond
from theory.model._domain import Choice, Domain, Flag, Interval, ParameterError
from theory.model._head_setting import HeadSetting, head_setting
from theory.model._losses import LOSSES, LossDeclaration
from theory.model._parameters import PARAMETERS, Parameter, parameter_named
from theory.model._prediction import TRUSTED_SHARE, Prediction
from theory.model._prompt import Prompt
from theory.model._registry import Reference, Registered, Registry, resolved
from theory.model._shift import NO_SHIFT, BoxShift, FiniteShift, ShiftDomain, ShiftLaw
from theory.model._steps import STEP_PARAMETERS, Steps

__all__ = [
    "ARCHITECTURES",
    "FORMULA",
    "GOAL",
    "LOSSES",
    "NO_SHIFT",
    "PARAMETERS",
    "STATISTIC",
    "STEP_PARAMETERS",
    "TRUSTED_SHARE",
    "Architecture",
    "BoxShift",
    "Choice",
    "ContextualModel",
    "Domain",
    "FiniteShift",
    "Flag",
    "HeadSetting",
    "Interval",
    "LossDeclaration",
    "Parameter",
    "ParameterError",
    "Prediction",
    "Prompt",
    "Reference",
    "Registered",
    "Registry",
    "ShiftDomain",
    "ShiftLaw",
    "Steps",
    "head_setting",
    "offered",
    "parameter_named",
    "refuse_beyond",
    "resolved",
]
