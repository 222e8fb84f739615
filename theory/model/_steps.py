r"""The first gradient steps: which step, how large, by which loss, with or without debiasing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from theory.model._domain import Choice, Flag, Interval
from theory.model._parameters import Parameter

__all__ = ["STEP_PARAMETERS", "Steps"]

STEP_PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        declared.name: declared
        for declared in (
            Parameter("step", "step", r"\text{step}", Interval(1, 3, integer=True), "after which of the three steps"),
            Parameter("eta", "η", r"\eta", Interval(0, open_lower=True), "step size of the head", default=1.0),
            Parameter("gamma", "γ", r"\gamma", Interval(0, open_lower=True), "step size of the prompt"),
            Parameter(
                "debias", "debias", r"\text{debias}", Flag(), "Remove the coordinate along q* from the head.", default=False
            ),
            Parameter(
                "loss",
                "loss",
                r"\text{loss}",
                Choice(("squared", "logistic")),
                "loss whose gradients are taken",
                default="squared",
            ),
        )
    }
)
r"""The declarations of the steps' parameters."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    r"""Gradient steps from w = q = 0 on fresh batches: head, prompt, head.

    .. math::

        w_1 = -\eta\nabla_w L_{S_1}(0, 0), \qquad q_1 = -\gamma\nabla_q L_{S_2}(0, w_1), \qquad
        w_2 = -\eta\nabla_w L_{S_3}(q_1, w_1)

    Parameters
    ----------
    step
        1, 2 or 3: after which of them the parameters are looked at.
    eta, gamma
        η and γ, positive: step sizes of head and prompt.
    debias
        Whether the coordinate along q_* is removed from the head.
    loss
        "squared" or "logistic".

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-trajectory-steps` of docs/trajectory.md.
    """

    step: int = 1
    eta: float = 1.0
    gamma: float = 1.0
    debias: bool = False
    loss: str = "squared"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = STEP_PARAMETERS[field.name].domain.member(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)

    @property
    def values(self) -> dict[str, Any]:
        r"""The steps as a flat mapping of parameter names to values."""
        return asdict(self)
