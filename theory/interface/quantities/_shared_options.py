r"""Options that several quantities share, and how their values become a model, a prompt, steps."""

from dataclasses import fields, replace
from typing import Any

from theory.model import (
    NO_SHIFT,
    PARAMETERS,
    STEP_PARAMETERS,
    ContextualModel,
    Parameter,
    Prompt,
    ShiftDomain,
    Steps,
    head_setting,
)

__all__ = ["HEAD", "HEAD_EXAMPLE", "MODEL", "MODEL_WITHOUT_DIM", "PROMPT", "SHIFT", "gathered", "whole_setting"]

_MODEL_NAMES = [field.name for field in fields(ContextualModel)]
_PROMPT_NAMES = [f"prompt_{field.name}" for field in fields(Prompt)]

MODEL = tuple(PARAMETERS[name] for name in _MODEL_NAMES if name in PARAMETERS)
r"""Options of the core model and its relatives, without a shift."""

MODEL_WITHOUT_DIM = tuple(
    replace(parameter, default=3, meaning=parameter.meaning + "; without influence here")
    if parameter.name == "dim"
    else parameter
    for parameter in MODEL
)
r"""The same where the dimension of a token does not matter."""

PROMPT = tuple(PARAMETERS[name] for name in _PROMPT_NAMES)
r"""Options of a prompt."""

HEAD = (*MODEL, *PROMPT, *(PARAMETERS[name] for name in ("n_samples", "head", "intercept", "loss", "ridge")))
r"""Options of a known prompt and a trained head."""

HEAD_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --noise-std 1 --prompt-strength 1.5 --n-samples 120"
)

SHIFT = Parameter(
    "shift", "δ", r"\delta", ShiftDomain(), "law of the shift of the irrelevant tokens; none by default", default=NO_SHIFT
)


def whole_setting(**values: Any) -> dict[str, Any]:
    r"""`setting`, a known prompt and a trained head, from the values of all its parameters."""
    return {"setting": head_setting(**values)}


def gathered(**values: Any) -> dict[str, Any]:
    r"""`model`, and `prompt` and `steps` where their parameters are given, from flat values; other values as they are.

    >>> sorted(gathered(n_tokens=9, n_relevant=3, dim=4, signal_norm=0.6, context_norm=2.0, prompt_strength=1.0, at=0.5))
    ['at', 'model', 'prompt']
    """
    groups = {"model": _taken(values, {name: name for name in _MODEL_NAMES})}
    if "step" in values:
        groups["steps"] = _taken(values, {name: name for name in STEP_PARAMETERS})
    groups["prompt"] = _taken(values, {name: name.removeprefix("prompt_") for name in _PROMPT_NAMES})
    made = {"model": ContextualModel, "steps": Steps, "prompt": Prompt}
    return {**{name: made[name](**given) for name, given in groups.items() if given}, **values}


def _taken(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    r"""The named values, taken out, under their names in the object."""
    return {name: values.pop(option) for option, name in names.items() if option in values}
