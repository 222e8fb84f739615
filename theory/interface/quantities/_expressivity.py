r"""Quantities of the four architectures."""

from dataclasses import replace

from theory.interface._quantity import QUANTITIES, Quantity
from theory.interface.quantities._shared_options import SHIFT, gathered
from theory.model import ARCHITECTURES, PARAMETERS, Interval, Parameter, Registered

_NOISY = "; without influence on tokens without noise"

_ARCHITECTURE = Parameter(
    "architecture",
    "architecture",
    r"\text{architecture}",
    Registered(ARCHITECTURES),
    "which architecture",
)

_COUNT = Interval(1, integer=True)

QUANTITIES.declare(
    "best-accuracy",
    Quantity(
        name="best-accuracy",
        summary="The best accuracy of an architecture, a witness that attains `value`, and a proof that nothing exceeds `upper`.",
        parameters=(
            _ARCHITECTURE,
            PARAMETERS["n_tokens"],
            PARAMETERS["n_relevant"],
            *(
                replace(PARAMETERS[name], default=default, meaning=PARAMETERS[name].meaning + _NOISY)
                for name, default in (("dim", 4), ("signal_norm", 1.0), ("context_norm", 1.0))
            ),
            replace(PARAMETERS["noise_std"], default=0.0),
            PARAMETERS["correlation"],
            PARAMETERS["label_prior"],
            SHIFT,
        ),
        example="--architecture self-attention --n-tokens 4 --n-relevant 2 --shift '0,0,0:0.5; 9,9,0:0.5'",
        arguments=gathered,
        prediction="theory.expressivity:asked_accuracy",
        estimate="simulations.expressivity:estimated_accuracy",
        checks="simulations.expressivity:witness_checks",
        simulation_options=(
            Parameter("starts", "starts", r"\text{starts}", _COUNT, "random starts of the training", default=16),
            Parameter("steps", "steps", r"\text{steps}", _COUNT, "steps of the training", default=300),
        ),
    ),
)
