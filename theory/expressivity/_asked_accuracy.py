r"""The best accuracy by whichever route its data ask for: finite laws, boxes, noisy tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from theory.expressivity.box import best_box_accuracy
from theory.expressivity.finite import best_accuracy
from theory.expressivity.noisy import best_noisy_accuracy
from theory.model import BoxShift, ContextualModel, ParameterError

__all__ = ["AskedAccuracy", "asked_accuracy"]


@dataclass(frozen=True)
class AskedAccuracy:
    r"""A best accuracy as the front door prints it: value, upper, witness, certificate, problem, formula."""

    entries: Mapping[str, Any]

    def as_dict(self) -> Mapping[str, Any]:
        r"""Everything that is known of it, in plain values."""
        return self.entries


def asked_accuracy(architecture: str, model: ContextualModel) -> AskedAccuracy:
    r"""The best accuracy that an architecture reaches on the data of a model.

    Parameters
    ----------
    architecture
        Name of an architecture.
    model
        With a finite law of the shift, or a uniform one on a box; with σ > 0 a search over parameters, else an exact one.

    Raises
    ------
    ParameterError
        If the data are not covered.

    Notes
    -----
    Equation :eq:`eq-expressivity-best` of docs/expressivity.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=4, n_relevant=2, dim=4, signal_norm=1.0, context_norm=1.0, noise_std=0.0)
    >>> asked_accuracy("softmax-prompt", model).as_dict()["value"]
    1.0
    """
    if model.noise_std > 0:
        return AskedAccuracy({**best_noisy_accuracy(architecture, model).as_dict(), "formula": "search over parameters"})
    names = ("n_tokens", "n_relevant", "correlation", "label_prior", "shift")
    noiseless: dict[str, Any] = {name: getattr(model, name) for name in names}
    norms: dict[str, Any] = {"signal_norm": model.signal_norm, "context_norm": model.context_norm}
    if isinstance(model.shift, BoxShift):
        for name, norm in norms.items():
            if norm == 0:
                raise ParameterError(name, "positive where the shift fills a box", norm)
        answer = best_box_accuracy(architecture, prove=True, **noiseless).as_dict()
        formula = answer["certificate"]["method"]
    else:
        answer, formula = best_accuracy(architecture, **noiseless, **norms).as_dict(), "exact search"
    return AskedAccuracy({**answer, "abs_error": answer["upper"] - answer["value"], "formula": formula})
