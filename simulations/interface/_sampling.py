r"""How a number is estimated: confidence, precision, budget, seed and workers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from simulations.agreement import Absolute, Estimate, estimate
from simulations.interface._draws import Draws
from theory.model import Interval, Parameter

__all__ = ["SAMPLING_PARAMETERS", "Sampling"]

_LARGEST_BLOCK = 4096  # most draws between two looks at the interval
_OPEN_UNIT = Interval(0, 1, open_lower=True, open_upper=True)
_COUNT = Interval(1, integer=True)

SAMPLING_PARAMETERS = tuple(
    Parameter(name, name, rf"\text{{{name}}}", domain, meaning, default=default)
    for name, domain, meaning, default in (
        ("confidence", _OPEN_UNIT, "probability that an interval holds the truth", 0.999),
        ("precision", _OPEN_UNIT, "half-width of the interval, relative to the estimate, at which sampling stops", 0.01),
        ("budget", _COUNT, "largest number of draws", 200_000),
        ("root_seed", Interval(0, integer=True), "seed of all random streams", 2023),
        ("workers", _COUNT, "processes; the result does not depend on it", 1),
    )
)
r"""Options of every quantity at the front door of simulations."""


@dataclass(frozen=True)
class Sampling:
    r"""The values of `SAMPLING_PARAMETERS`."""

    confidence: float = 0.999
    precision: float = 0.01
    budget: int = 200_000
    root_seed: int = 2023
    workers: int = 1

    @classmethod
    def taken(cls, values: dict[str, Any]) -> "Sampling":
        r"""The sampling options, taken out of the values."""
        return cls(**{field.name: values.pop(field.name) for field in fields(cls)})

    def estimate(self, name: str, draws: Draws, setting: Mapping[str, Any]) -> Estimate:
        r"""The mean of the draws with its interval; name and setting select the random stream."""
        options = asdict(self)
        if draws.precision_is_absolute:
            options["precision"] = Absolute(self.precision)
        return estimate(draws.sampler, bounds=draws.bounds, name=name, setting=setting, largest_block=_LARGEST_BLOCK, **options)
