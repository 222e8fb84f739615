r"""A predicted number: its value, how exactly it was evaluated, and by which formula."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Prediction"]


@dataclass(frozen=True)
class Prediction:
    r"""A number predicted by a named formula.

    Parameters
    ----------
    value
        The predicted number.
    abs_error
        Bound on the *numerical* error of `value`: how far it can be from the exact value of the formula.
        It says nothing of the distance between an asymptotic formula and the truth.
    formula
        Name of the formula, as the command line knows it.
    regime
        Where the formula holds, in words.
    details
        Further named numbers that belong to the prediction, for instance how far an asymptotic formula was corrected.
    """

    value: float
    abs_error: float
    formula: str
    regime: str
    details: Mapping[str, float | bool | str] = field(default_factory=dict)

    def __float__(self) -> float:
        return self.value
