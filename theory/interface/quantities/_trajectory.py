r"""Quantities of the first gradient steps."""

from dataclasses import replace

from theory.interface._quantity import QUANTITIES, Quantity
from theory.interface.quantities._shared_options import MODEL, SHIFT, gathered
from theory.model import GOAL, PARAMETERS, STEP_PARAMETERS, Interval, Parameter

_STEPS = (*MODEL, SHIFT, *STEP_PARAMETERS.values())

_EXAMPLE = "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2"

_TARGET = Parameter("target", "target", r"\text{target}", Interval(0, 1, open_lower=True, open_upper=True), "value to be reached")

QUANTITIES.declare(
    "trajectory",
    Quantity(
        name="trajectory",
        summary="Alignments, attention and test error after one, two or three gradient steps on fresh batches.",
        parameters=(*_STEPS, replace(PARAMETERS["n_samples"], meaning="samples in each of the fresh batches, a number or inf")),
        example=f"{_EXAMPLE} --step 1 --eta 1 --gamma 50 --n-samples 500",
        arguments=gathered,
        prediction="theory.trajectory:trajectory",
        draws="simulations.trajectory:trajectory_draws",
    ),
)

QUANTITIES.declare(
    "sample-complexity",
    Quantity(
        name="sample-complexity",
        summary="Number of samples in every batch for which error, alignment or attention reaches a target after a step.",
        parameters=(*_STEPS, GOAL, _TARGET),
        example=f"{_EXAMPLE} --goal error --target 0.35 --step 1 --gamma 50",
        arguments=gathered,
        prediction="theory.trajectory:required_samples",
        estimate="simulations.trajectory:estimated_count",
        checks="simulations.trajectory:count_checks",
    ),
)
