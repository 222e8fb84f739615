r"""The prompt q: its length and its direction, one object wherever a prompt is meant."""

import math
from dataclasses import dataclass, fields

from theory.model._domain import ParameterError
from theory.model._parameters import PARAMETERS

__all__ = ["Prompt"]

RIGHT_ANGLE = math.pi / 2


@dataclass(frozen=True)
class Prompt:
    r"""A trained or chosen prompt.

    .. math:: q = \tau\,[\cos\theta\; e_1 + \sin\theta\,(\cos\varphi\; e_2 + \sin\varphi\; e_3)]

    with e1 along q_*, e2 along the part of w_* orthogonal to q_*, e3 orthogonal to both. Usually θ = 0: q = τ q_*/Q.

    Parameters
    ----------
    strength
        τ >= 0; τ = 0 is mean pooling.
    angle, azimuth
        θ and φ in [0, π]. At θ = 0, the default, φ has no influence; the default φ = π/2 leans towards neither label.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-model-prompt` of docs/model.md.

    Examples
    --------
    >>> Prompt(1.5, 0.4).values["prompt_angle"]
    0.4
    """

    strength: float
    angle: float = 0.0
    azimuth: float = RIGHT_ANGLE

    def __post_init__(self) -> None:
        for field in fields(self):
            name = f"prompt_{field.name}"
            object.__setattr__(self, field.name, PARAMETERS[name].domain.member(name, getattr(self, field.name)))

    @property
    def values(self) -> dict[str, float]:
        r"""The prompt as a flat mapping of parameter names to values."""
        return {f"prompt_{field.name}": getattr(self, field.name) for field in fields(self)}

    def require_room(self, dim: int) -> None:
        r"""`ParameterError` if the prompt leaves the plane of a model of two dimensions."""
        if dim == 2 and self.angle not in (0, math.pi) and self.azimuth not in (0, math.pi):
            raise ParameterError("prompt_azimuth", "0 or π where dim = 2", self.azimuth)
