r"""The setting of a known prompt and a head trained on n samples."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from theory.model._contextual import ContextualModel
from theory.model._domain import ParameterError
from theory.model._parameters import PARAMETERS, parameter_named

__all__ = ["KnownPrompt", "known_prompt"]

_OWN = ("prompt_strength", "prompt_angle", "prompt_azimuth", "n_samples", "head", "intercept")


@dataclass(frozen=True, kw_only=True)
class KnownPrompt:
    r"""A prompt q, and a head trained on the pooled features of n samples.

    .. math:: q = \tau\,[\cos\theta\; e_1 + \sin\theta\,(\cos\varphi\; e_2 + \sin\varphi\; e_3)]

    with e1 along q_*, e2 along the part of w_* orthogonal to q_*, e3 orthogonal to both. Usually θ = 0: q = τ q_*/Q.

    Parameters
    ----------
    model
        The law of the data.
    prompt_strength
        τ >= 0; τ = 0 is mean pooling.
    prompt_angle, prompt_azimuth
        θ and φ in [0, π]. At θ = 0, the default, φ has no influence; the default φ = π/2 leans towards neither label.
    n_samples
        n >= 1, or `math.inf` for the head trained on the population.
    head
        "orthogonal": trained on the p = d - 1 coordinates orthogonal to q_*; "full": on all p = d.
    intercept
        Whether an intercept is trained with the head.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.
    """

    model: ContextualModel
    prompt_strength: float
    n_samples: float
    head: str = "orthogonal"
    prompt_angle: float = 0.0
    prompt_azimuth: float = math.pi / 2
    intercept: bool = False

    def __post_init__(self) -> None:
        for name in _OWN:
            object.__setattr__(self, name, PARAMETERS[name].domain.member(name, getattr(self, name)))
        if self.model.dim == 2 and self.prompt_angle not in (0, math.pi) and self.prompt_azimuth not in (0, math.pi):
            raise ParameterError("prompt_azimuth", "0 or π where dim = 2", self.prompt_azimuth)

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

    @property
    def values(self) -> dict[str, int | float | str]:
        r"""The setting as a flat mapping of parameter names to values."""
        flat = {**asdict(self.model), **{name: getattr(self, name) for name in _OWN}}
        return {name: flat[name] for name in PARAMETERS if name in flat}

    @property
    def row(self) -> dict[str, int | float | str]:
        r"""The setting under table headers, without parameters at their defaults."""
        values = self.values.items()
        return {
            PARAMETERS[name].column: value for name, value in values if value != PARAMETERS[name].default or name == "noise_std"
        }


def known_prompt(**values: Any) -> KnownPrompt:
    r"""The setting from a flat mapping of parameters to values, as the command line and settings files give it.

    Parameters may go by name or by table header.

    >>> setting = known_prompt(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0,
    ...                        prompt_strength=1.5, n_samples=120)
    >>> setting.n_features, setting.values["noise_std"]
    (39, 1.0)
    """
    values = {parameter_named(name).name: value for name, value in values.items()}
    for name, parameter in PARAMETERS.items():
        if parameter.default is None and name not in values:
            raise ParameterError(name, parameter.domain, "nothing")
    own = {name: values.pop(name) for name in _OWN if name in values}
    return KnownPrompt(model=ContextualModel(**values), **own)
