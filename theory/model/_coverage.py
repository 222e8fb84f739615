r"""What a formula covers: one refusal for every parameter that it does not."""

from collections.abc import Collection
from dataclasses import asdict

from theory.model._contextual import ContextualModel
from theory.model._domain import ParameterError
from theory.model._head_setting import HeadSetting
from theory.model._parameters import PARAMETERS
from theory.model._shift import NO_SHIFT

__all__ = ["refuse_beyond"]

_CORE = ("correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise", "prompt_angle", "head", "intercept")


def refuse_beyond(subject: ContextualModel | HeadSetting, formula: str, covered: Collection[str] = ()) -> None:
    r"""Refuse a model or setting that leaves the core in a parameter that the formula does not cover.

    Parameters
    ----------
    subject
        A model, or a setting with its model.
    formula
        What does not cover it, for the message, such as "the exact formula".
    covered
        Names of the parameters in which the formula may leave the core: "shift", "correlation", "label_prior",
        "relevant_noise", "context_noise", "signal_noise"; for settings also "prompt_angle", "head", "intercept".

    Raises
    ------
    ParameterError
        Naming the first parameter that is neither covered nor at its default.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=4, signal_norm=0.6, context_norm=2.0, correlation=0.3)
    >>> refuse_beyond(model, "the exact formula", ["correlation"])
    >>> refuse_beyond(model, "the exact formula")
    Traceback (most recent call last):
        ...
    theory.model._domain.ParameterError: correlation must be 0 for the exact formula, got 0.3
    """
    model = subject if isinstance(subject, ContextualModel) else subject.model
    if "shift" not in covered and model.shift != NO_SHIFT:
        raise ParameterError("shift", f"zero for {formula}", model.shift)
    values = asdict(model) if isinstance(subject, ContextualModel) else subject.values
    for name in _CORE:
        default = PARAMETERS[name].default
        if name in values and name not in covered and values[name] != default:
            shown = f"{default:g}" if isinstance(default, float) else str(default).lower()
            raise ParameterError(name, f"{shown} for {formula}", values[name])
