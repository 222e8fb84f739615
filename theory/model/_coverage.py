r"""What a formula covers: one refusal for every parameter that it does not."""

from collections.abc import Collection

from theory.model._contextual import ContextualModel
from theory.model._domain import ParameterError
from theory.model._known_prompt import KnownPrompt
from theory.model._parameters import PARAMETERS
from theory.model._shift import NO_SHIFT

__all__ = ["refuse_beyond"]

_MODEL = ("correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise")
_PROMPT = ("prompt_angle", "head", "intercept")


def refuse_beyond(subject: ContextualModel | KnownPrompt, formula: str, covered: Collection[str] = ()) -> None:
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
    _refuse(model, _MODEL, formula, covered)
    if isinstance(subject, KnownPrompt):
        _refuse(subject, _PROMPT, formula, covered)


def _refuse(owner: object, names: Collection[str], formula: str, covered: Collection[str]) -> None:
    for name in names:
        value, default = getattr(owner, name), PARAMETERS[name].default
        if name not in covered and value != default:
            shown = f"{default:g}" if isinstance(default, float) else str(default).lower()
            raise ParameterError(name, f"{shown} for {formula}", value)
