r"""Quantities of a trained head under a known prompt: error, separability, best prompt."""

import math
from dataclasses import replace

from theory.interface._quantity import QUANTITIES, Quantity
from theory.interface.quantities._shared_options import HEAD, HEAD_EXAMPLE, MODEL_WITHOUT_DIM, PROMPT, whole_setting
from theory.model import FORMULA, PARAMETERS

_TRAINING = tuple(PARAMETERS[name] for name in ("head", "intercept", "loss", "ridge"))

QUANTITIES.declare(
    "head-error",
    Quantity(
        name="head-error",
        summary="Expected test error of a trained head under a known prompt; least squares unless --loss says otherwise.",
        parameters=HEAD,
        example=HEAD_EXAMPLE,
        arguments=whole_setting,
        prediction="theory.head:head_error",
        draws="simulations.head:error_draws",
        theory_options=(FORMULA,),
    ),
)

QUANTITIES.declare(
    "separability",
    Quantity(
        name="separability",
        summary="Probability that a head without training errors exists, and the threshold of p/n above which it tends to 1.",
        parameters=tuple(parameter for parameter in HEAD if parameter.name not in ("loss", "ridge")),
        example=HEAD_EXAMPLE,
        arguments=whole_setting,
        prediction="theory.head:separability",
        draws="simulations.head:separability_draws",
        margin=0.1,
    ),
)

QUANTITIES.declare(
    "optimal-prompt",
    Quantity(
        name="optimal-prompt",
        summary="The prompt strength with the smallest expected error of a trained head, and its gain over mean pooling.",
        parameters=(*MODEL_WITHOUT_DIM, *PROMPT[1:], replace(PARAMETERS["n_samples"], default=math.inf), *_TRAINING),
        example="--n-tokens 40 --n-relevant 8 --signal-norm 0.3 --context-norm 1.3 --noise-std 0.7",
        arguments=lambda **values: whole_setting(prompt_strength=0.0, **values),
        prediction="theory.head:optimal_head_prompt",
        estimate="simulations.head:estimated_optimal_prompt",
        checks="simulations.head:optimal_prompt_checks",
    ),
)
