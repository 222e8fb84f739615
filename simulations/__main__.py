r"""`python -m simulations QUANTITY …`: print an estimate with its interval."""

import sys
from typing import Any

from simulations.agreement import Estimate, estimate
from simulations.head import simulated_errors
from theory.model import FORMULA, KNOWN_PROMPT, KNOWN_PROMPT_EXAMPLE, FrontDoor, Interval, Parameter, known_prompt

door = FrontDoor("simulations", "Simulations: estimates with intervals that hold although sampling stops early.")

_SAMPLING = (
    Parameter(
        "confidence",
        "confidence",
        r"\text{confidence}",
        Interval(0, 1, open_lower=True, open_upper=True),
        "probability that the interval holds the truth",
        default=0.999,
    ),
    Parameter(
        "precision",
        "precision",
        r"\text{precision}",
        Interval(0, 1, open_lower=True),
        "half-width of the interval relative to the estimate at which sampling stops",
        default=0.01,
    ),
    Parameter(
        "budget", "budget", r"\text{budget}", Interval(1, integer=True), "largest number of trained heads", default=200_000
    ),
    Parameter("root_seed", "seed", r"\text{seed}", Interval(0, integer=True), "seed of all random streams", default=2023),
    Parameter(
        "workers",
        "workers",
        r"\text{workers}",
        Interval(1, integer=True),
        "processes; the result does not depend on it",
        default=1,
    ),
)


@door.quantity("head-error", (*KNOWN_PROMPT, FORMULA, *_SAMPLING), KNOWN_PROMPT_EXAMPLE)
def _head_error(
    formula: str, confidence: float, precision: float, budget: int, root_seed: int, workers: int, **values: Any
) -> dict[str, Any]:
    r"""Expected test error of a least-squares head under a known prompt (--formula is read and not used)."""
    setting = known_prompt(**values)
    answer = estimate(
        lambda rng, size: simulated_errors(setting, rng=rng, size=size),
        bounds=(0.0, 1.0),
        confidence=confidence,
        precision=precision,
        name="head-error",
        setting=setting.row,
        budget=budget,
        largest_block=4096,
        root_seed=root_seed,
        workers=workers,
    )
    return {**_estimated(answer, "heads trained on pooled features"), "setting": setting.values}


def _estimated(answer: Estimate, formula: str) -> dict[str, Any]:
    return {
        "value": answer.value,
        "interval": list(answer.interval),
        "confidence": answer.confidence,
        "formula": formula,
        "method": answer.method,
        "draws": answer.n_draws,
        "precision_reached": answer.reached,
    }


if __name__ == "__main__":
    sys.exit(door.run())
