r"""The setting of a known prompt and a head trained on n samples."""

import math
from dataclasses import dataclass

from theory.model.contextual import ContextualModel
from theory.model.domain import ParameterError
from theory.model.parameters import PARAMETERS

__all__ = ["KnownPrompt"]


@dataclass(frozen=True, kw_only=True)
class KnownPrompt:
    r"""Prompt q = τ q_*/Q, and a head trained on the pooled features of n samples.

    Parameters
    ----------
    model
        The law of the data.
    prompt_strength
        τ >= 0; τ = 0 is mean pooling.
    n_samples
        n >= 1, or `math.inf` for the head trained on the population.
    head
        "orthogonal": trained on the p = d - 1 coordinates orthogonal to q_*; "full": on all p = d.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.
    """

    model: ContextualModel
    prompt_strength: float
    n_samples: float
    head: str = "orthogonal"

    def __post_init__(self) -> None:
        for name in ("prompt_strength", "n_samples", "head"):
            object.__setattr__(self, name, PARAMETERS[name].domain.member(name, getattr(self, name)))

    @property
    def n_features(self) -> int:
        r"""The number p of coordinates that the head is trained on."""
        return self.model.dim - (self.head == "orthogonal")

    @property
    def finite_samples(self) -> int:
        r"""n as an integer; `ParameterError` if it is infinite."""
        if math.isinf(self.n_samples):
            raise ParameterError("n_samples", "finite here", self.n_samples)
        return int(self.n_samples)
