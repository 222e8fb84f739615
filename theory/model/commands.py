r"""Options that both front doors share, quantity by quantity: the same line asks for a prediction and for an estimate."""

import math
from dataclasses import replace

from theory.model.contextual import ContextualModel
from theory.model.domain import Choice, Flag, Interval
from theory.model.parameters import PARAMETERS, Parameter

__all__ = [
    "FORMULA",
    "KNOWN_PROMPT",
    "KNOWN_PROMPT_EXAMPLE",
    "LOSS",
    "PROMPT",
    "PROMPT_DIRECTION",
    "PROMPT_EXAMPLE",
    "PROMPT_SAMPLES",
    "RIDGE",
    "TRAJECTORY",
    "TRAJECTORY_EXAMPLE",
]

LOSS = Parameter(
    "loss",
    "loss",
    r"\text{loss}",
    Choice(("squared", "logistic", "hinge", "squared-hinge", "max-margin")),
    "loss that the head minimises",
    default="squared",
)
RIDGE = Parameter("ridge", "λ", r"\lambda", Interval(0), "ridge, in units of the squared length of a pooled feature", default=0.0)

_MODEL = tuple(PARAMETERS[name] for name in ContextualModel.__annotations__ if name in PARAMETERS)

_PROMPT_AND_HEAD = ("prompt_strength", "prompt_angle", "prompt_azimuth", "n_samples", "head", "intercept")

KNOWN_PROMPT = (*_MODEL, *(PARAMETERS[name] for name in _PROMPT_AND_HEAD))
r"""Options of a known prompt and a trained head."""

KNOWN_PROMPT_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --noise-std 1 --prompt-strength 1.5 --n-samples 120"
)

FORMULA = Parameter(
    "formula",
    "formula",
    r"\text{formula}",
    Choice(("auto", "exact", "finite-context", "large-context")),
    "which formula to use",
    default="auto",
)

PROMPT = tuple(
    replace(parameter, default=3, meaning=parameter.meaning + "; without influence here")
    if parameter.name == "dim"
    else parameter
    for parameter in _MODEL
)
r"""Options of a prompt. On the population the dimension does not matter."""

PROMPT_DIRECTION = (PARAMETERS["prompt_angle"], PARAMETERS["prompt_azimuth"])
r"""Options of the direction of a prompt."""

PROMPT_EXAMPLE = "--n-tokens 40 --n-relevant 8 --signal-norm 0.3 --context-norm 1.3 --noise-std 0.7"

PROMPT_SAMPLES = replace(PARAMETERS["n_samples"], default=math.inf)
r"""Samples for the best prompt: by default the population."""

TRAJECTORY = (
    *_MODEL,
    Parameter("step", "step", r"\text{step}", Interval(1, 3, integer=True), "after which of the three steps"),
    Parameter("eta", "η", r"\eta", Interval(0, open_lower=True), "step size of the head", default=1.0),
    Parameter("gamma", "γ", r"\gamma", Interval(0, open_lower=True), "step size of the prompt"),
    replace(PARAMETERS["n_samples"], meaning="samples in each of the fresh batches, a number or inf"),
    Parameter("debias", "debias", r"\text{debias}", Flag(), "Remove the coordinate along q* from the head.", default=False),
)
r"""Options of the first gradient steps."""

TRAJECTORY_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --step 1 --eta 1 --gamma 50 --n-samples 500"
)
