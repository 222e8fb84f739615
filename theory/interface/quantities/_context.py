r"""Quantities of attention on one sample."""

from theory.interface._quantity import QUANTITIES, Quantity
from theory.interface.quantities._shared_options import MODEL_WITHOUT_DIM, PROMPT, gathered
from theory.model import STATISTIC, Interval, Parameter

_EXAMPLE = "--n-tokens 40 --n-relevant 8 --signal-norm 0.3 --context-norm 1.3 --noise-std 0.7 --prompt-strength 1.1"

_LEVEL = Parameter("at", "x", "x", Interval(0, open_lower=True), "where the distribution function is evaluated")

QUANTITIES.declare(
    "attention",
    Quantity(
        name="attention",
        summary="Attention on the relevant tokens, noise gain, and the error of the population head, at finite T.",
        parameters=(*MODEL_WITHOUT_DIM, *PROMPT),
        example=_EXAMPLE,
        arguments=gathered,
        prediction="theory.context:attention",
        draws="simulations.context:attention_draws",
        estimate="simulations.context:estimated_attention",
    ),
)

QUANTITIES.declare(
    "attention-distribution",
    Quantity(
        name="attention-distribution",
        summary="Probability that attention on the relevant tokens, A/C or the noise gain of a sample lies below a number.",
        parameters=(*MODEL_WITHOUT_DIM, *PROMPT, STATISTIC, _LEVEL),
        example=f"{_EXAMPLE} --of noise-gain --at 0.017",
        arguments=gathered,
        prediction="theory.context:attention_probability",
        draws="simulations.context:probability_draws",
        margin=0.1,
    ),
)
