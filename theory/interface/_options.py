r"""Options that both front doors share, quantity by quantity: the same line asks for a prediction and for an estimate."""

import math
from dataclasses import replace

from theory.model import (
    ARCHITECTURES,
    NO_SHIFT,
    PARAMETERS,
    Choice,
    ContextualModel,
    Flag,
    Interval,
    Parameter,
    Registered,
    ShiftDomain,
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
]

LOSS = Parameter(
    "loss",
    "loss",
    r"\text{loss}",
    Choice(("squared", "logistic", "hinge", "squared-hinge", "max-margin")),
    "loss that the head minimises",
    default="squared",
)
RIDGE = Parameter(
    "ridge",
    "λ",
    r"\lambda",
    Interval(0),
    "ridge, in units of the squared length of a pooled feature; max-margin has none",
    default=0.0,
)

_MODEL = tuple(PARAMETERS[name] for name in ContextualModel.__annotations__ if name in PARAMETERS)

_SHIFT = Parameter(
    "shift", "δ", r"\delta", ShiftDomain(), "law of the shift of the irrelevant tokens; none by default", default=NO_SHIFT
)

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

STATISTIC = Parameter(
    "of",
    "of",
    r"\text{of}",
    Choice(("relevant-mass", "signal-to-noise", "noise-gain")),
    "A, A/C (the signal-to-noise ratio in units of W/σ) or C² of one sample",
)
r"""Which statistic of attention a distribution function is of."""

STATISTIC_LEVEL = Parameter("at", "x", "x", Interval(0, open_lower=True), "where the distribution function is evaluated")

_STEPS = (
    *_MODEL,
    _SHIFT,
    Parameter("step", "step", r"\text{step}", Interval(1, 3, integer=True), "after which of the three steps"),
    Parameter("eta", "η", r"\eta", Interval(0, open_lower=True), "step size of the head", default=1.0),
    Parameter("gamma", "γ", r"\gamma", Interval(0, open_lower=True), "step size of the prompt"),
    Parameter("debias", "debias", r"\text{debias}", Flag(), "Remove the coordinate along q* from the head.", default=False),
    replace(LOSS, domain=Choice(("squared", "logistic")), meaning="loss whose gradients are taken", default="squared"),
)

TRAJECTORY = (*_STEPS, replace(PARAMETERS["n_samples"], meaning="samples in each of the fresh batches, a number or inf"))
r"""Options of the first gradient steps."""

SAMPLE_COMPLEXITY = (
    *_STEPS,
    Parameter(
        "goal",
        "goal",
        r"\text{goal}",
        Choice(("error", "alignment_w", "alignment_q", "relevant_mass")),
        "which outcome of the steps has to reach the target",
        default="error",
    ),
    Parameter("target", "target", r"\text{target}", Interval(0, 1, open_lower=True, open_upper=True), "value to be reached"),
)
r"""Options of the number of samples for a target."""

SAMPLE_COMPLEXITY_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --goal error --target 0.35 --step 1 --gamma 50"
)

TRAJECTORY_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --step 1 --eta 1 --gamma 50 --n-samples 500"
)

_NOISY = "; without influence on tokens without noise"

BEST_ACCURACY = (
    Parameter(
        "architecture",
        "architecture",
        r"\text{architecture}",
        Registered(ARCHITECTURES),
        "which architecture",
    ),
    PARAMETERS["n_tokens"],
    PARAMETERS["n_relevant"],
    *(
        replace(PARAMETERS[name], default=default, meaning=PARAMETERS[name].meaning + _NOISY)
        for name, default in (("dim", 4), ("signal_norm", 1.0), ("context_norm", 1.0))
    ),
    replace(PARAMETERS["noise_std"], default=0.0),
    PARAMETERS["correlation"],
    PARAMETERS["label_prior"],
    _SHIFT,
)
r"""Options of the best accuracy of an architecture."""

BEST_ACCURACY_EXAMPLE = "--architecture self-attention --n-tokens 4 --n-relevant 2 --shift '0,0,0:0.5; 9,9,0:0.5'"
