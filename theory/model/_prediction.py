r"""A predicted number: its value, how far it may be from the truth, and by which formula."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["TRUSTED_SHARE", "Prediction"]

TRUSTED_SHARE = 0.02
r"""Share of a value, or of 1 - value where that is smaller, up to which its total error is trusted."""


@dataclass(frozen=True)
class Prediction:
    r"""A number predicted by a named formula: |truth - value| <= abs_error + model_error.

    Parameters
    ----------
    value
        The predicted number.
    abs_error
        Bound on the *numerical* error of `value`: how far it can be from the exact value of the formula.
    formula
        Name of the formula, as the command line knows it.
    regime
        Where the formula holds, in words.
    details
        Further named numbers that belong to the prediction, for instance how far an asymptotic formula was corrected.
    model_error
        Bound on what the formula itself leaves: 0 where it is exact, ∞ where nothing is known.

    Examples
    --------
    >>> Prediction(0.25, 1e-9, "exact", "every n", model_error=0.0).trusted
    True
    >>> Prediction(0.25, 1e-9, "limit", "n -> inf").trusted
    False
    """

    value: float
    abs_error: float
    formula: str
    regime: str
    details: Mapping[str, float | bool | str] = field(default_factory=dict)
    model_error: float = math.inf

    def __float__(self) -> float:
        return self.value

    @property
    def total_error(self) -> float:
        r"""abs_error + model_error."""
        return self.abs_error + self.model_error

    @property
    def trusted(self) -> bool:
        r"""Whether the total error is at most 2 % of the value, or of 1 - value where that is smaller."""
        scale = min(abs(self.value), abs(1 - self.value)) if 0 <= self.value <= 1 else abs(self.value)
        return self.total_error <= TRUSTED_SHARE * scale
