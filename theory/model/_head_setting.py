r"""The setting of a known prompt and a head trained on n samples."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from theory.model._contextual import ContextualModel
from theory.model._domain import ParameterError
from theory.model._parameters import PARAMETERS, parameter_named
from theory.model._prompt import Prompt

__all__ = ["HeadSetting", "head_setting"]

_PROMPT = ("prompt_strength", "prompt_angle", "prompt_azimuth")
_INVISIBLE = 1e-15  # score: e^score is 1 to rounding
_OWN = ("n_samples", "head", "intercept", "loss", "ridge")


@dataclass(frozen=True, kw_only=True)
class HeadSetting:
    r"""A known prompt, and a head trained on the pooled features of n samples.

    Parameters
    ----------
    model
        The law of the data.
    prompt
        The prompt q.
    n_samples
        n >= 1, or `math.inf` for the head trained on the population.
    head
        "orthogonal": trained on the p = d - 1 coordinates orthogonal to q_*; "full": on all p = d.
    intercept
        Whether an intercept is trained with the head.
    loss
        Name of a declared loss: the head minimises (1/n) Σ ℓ(yᵢ(wᵀxᵢ + b)) + λ|w|²/2.
    ridge
        λ >= 0, in units of the squared length of a pooled feature; at 0 the limit λ → 0.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-heads-problem` of docs/head_convex.md.
    """

    model: ContextualModel
    prompt: Prompt
    n_samples: float
    head: str = "orthogonal"
    intercept: bool = False
    loss: str = "squared"
    ridge: float = 0.0

    def __post_init__(self) -> None:
        for name in _OWN:
            object.__setattr__(self, name, PARAMETERS[name].domain.member(name, getattr(self, name)))
        self.prompt.require_room(self.model.dim)

    def at_strength(self, strength: float) -> "HeadSetting":
        r"""The same setting under a prompt of another strength τ in the same direction."""
        return replace(self, prompt=replace(self.prompt, strength=strength))

    def with_visible_prompt(self) -> "HeadSetting":
        r"""The same setting; without its prompt where this moves no score by more than rounding."""
        model = self.model
        largest = max(model.context_norm, model.signal_norm, model.noise_std * max(1.0, model.context_noise, model.signal_noise))
        return self.at_strength(0.0) if self.prompt.strength * largest < _INVISIBLE else self

    def trained_by(self, loss: str, ridge: float = 0.0) -> "HeadSetting":
        r"""The same setting with a head that minimises another loss, and λ."""
        return replace(self, loss=loss, ridge=ridge)

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
    def is_least_squares(self) -> bool:
        r"""Whether the head is trained by the squared loss without a ridge."""
        return self.loss == "squared" and self.ridge == 0

    @property
    def values(self) -> dict[str, int | float | str]:
        r"""The setting as a flat mapping of parameter names to values."""
        flat = {**asdict(self.model), **self.prompt.values, **{name: getattr(self, name) for name in _OWN}}
        return {name: flat[name] for name in PARAMETERS if name in flat}

    @property
    def row(self) -> dict[str, int | float | str]:
        r"""The setting under table headers, without parameters at their defaults."""
        values = self.values.items()
        return {
            PARAMETERS[name].column: value for name, value in values if value != PARAMETERS[name].default or name == "noise_std"
        }


def head_setting(**values: Any) -> HeadSetting:
    r"""The setting from a flat mapping of parameters to values, as the command line and settings files give it.

    Parameters may go by name or by table header.

    >>> setting = head_setting(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0,
    ...                        prompt_strength=1.5, n_samples=120)
    >>> setting.n_features, setting.values["noise_std"]
    (39, 1.0)
    """
    values = {parameter_named(name).name: value for name, value in values.items()}
    for name, parameter in PARAMETERS.items():
        if parameter.default is None and name not in values:
            raise ParameterError(name, parameter.domain, "nothing")
    own = {name: values.pop(name) for name in _OWN if name in values}
    prompt = Prompt(**{name.removeprefix("prompt_"): values.pop(name) for name in _PROMPT if name in values})
    return HeadSetting(model=ContextualModel(**values), prompt=prompt, **own)
