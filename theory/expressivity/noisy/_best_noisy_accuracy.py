r"""The best accuracy of each architecture on noisy tokens: the best parameters found, and an accuracy that none exceeds."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.noisy._linear_prompt import best_linear_prompt_error, least_linear_prompt_error, linear_prompt_error
from theory.expressivity.noisy._mean_pooling import best_mean_pooling_error, mean_pooling_head
from theory.expressivity.noisy._prompt_bound import least_softmax_prompt_error
from theory.expressivity.noisy._quadrature_models import box_rule, mean_pooling_nodes, quadrature_models
from theory.expressivity.noisy._self_attention import self_attention_error
from theory.expressivity.noisy._self_search import best_self_attention_error
from theory.expressivity.noisy._softmax_prompt import best_softmax_prompt_error, softmax_prompt_error
from theory.model import BoxShift, Choice, ContextualModel

__all__ = ["NoisyAccuracy", "best_noisy_accuracy"]

Array = NDArray[np.float64]

_FINER = (0.035, 0.085, 28.0)
_COARSE = 3  # nodes on each side of a box while parameters are searched


@dataclass(frozen=True)
class NoisyAccuracy:
    r"""What the best parameters found attain, and what bounds all others.

    Parameters
    ----------
    architecture
        Its name.
    value, abs_error
        The accuracy of the witness, and how exactly it was evaluated.
    upper
        An accuracy that no parameters exceed; 1 where no better bound is known.
    bound
        Where `upper` comes from.
    class_upper, class_bound
        For softmax prompts: an accuracy that no parameters of a class exceed, and which class that is.
    witness
        `head` and `prompt`: coordinates along e1 = q_*/Q, e2 in the plane of q_* and w_*, and others; `attention`: the matrix
        on the coordinates of the head, and `across` times the identity on the rest.
    """

    architecture: str
    value: float
    abs_error: float
    upper: float
    bound: str
    witness: dict[str, Any]
    class_upper: float = 1.0
    class_bound: str = ""

    def as_dict(self) -> dict[str, Any]:
        r"""For JSON: `value`, `abs_error`, `upper`, `witness` and `certificate`."""
        certificate = {"upper": self.upper, "method": self.bound}
        if self.class_bound:
            certificate |= {"class_upper": self.class_upper, "class": self.class_bound}
        return {
            "architecture": self.architecture,
            "value": self.value,
            "abs_error": self.abs_error,
            "upper": self.upper,
            "witness": self.witness,
            "certificate": certificate,
        }


def best_noisy_accuracy(architecture: str, model: ContextualModel) -> NoisyAccuracy:
    r"""The best accuracy of an architecture for a known law of the shift and Gaussian noise.

    Mean pooling is enclosed by branch and bound. For linear and softmax prompt-attention the error of given parameters is an
    integral, minimised by descent from many starts; for self-attention it is estimated by quasi-Monte Carlo. Bounds on what
    the search may have missed are known for linear prompt-attention, and for softmax prompts without a component along w_*,
    both with label-free shifts: see `least_linear_prompt_error` and `least_softmax_prompt_error`.

    Parameters
    ----------
    architecture
        "mean-pooling", "linear-prompt", "self-attention" or "softmax-prompt".
    model
        A finite shift or a box, σ > 0, m < T. On a box parameters are searched on a Gauss rule with three nodes on each side
        and judged on finer ones, whose difference is part of `abs_error`; for mean pooling the rule has a proven error.

    Returns
    -------
    NoisyAccuracy

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Reference
    ---------
    Derived in docs/expressivity.md.

    Examples
    --------
    On core data with ρ = 0 the head w_* and the prompt q_* are the best linear prompt-attention there is:

    >>> model = ContextualModel(n_tokens=11, n_relevant=4, dim=5, signal_norm=0.8, context_norm=1.2, noise_std=0.9)
    >>> best = best_noisy_accuracy("linear-prompt", model)
    >>> bool(best.upper - best.value < 1e-9), round(best.value, 6)
    (True, 0.96203)
    """
    Choice(tuple(_SEARCHES)).member("architecture", architecture)
    if model.signal_norm == 0:
        return _without_label(architecture, model)
    best = _over_box(architecture, model) if isinstance(model.shift, BoxShift) else _SEARCHES[architecture](model)
    return replace(best, value=min(1.0, best.value), upper=min(1.0, best.upper))


def _without_label(architecture: str, model: ContextualModel) -> NoisyAccuracy:
    r"""W = 0: tokens do not depend on y, so no function of them is right more often than the likelier label is drawn."""
    upper = max(model.label_prior, 1 - model.label_prior)
    first = [1.0] + [0.0] * (model.dim - 1)
    sign = 1.0 if model.label_prior >= 0.5 else -1.0
    head = [sign * x for x in first]
    bound = "tokens without a label: the likelier one"
    if architecture == "linear-prompt":  # ±|Xq|²/T
        return NoisyAccuracy(architecture, upper, 1e-15, upper, bound, {"head": head, "prompt": first})
    if model.label_prior == 0.5:
        rest: dict[str, Any] = {"softmax-prompt": {"prompt": [0.0] * model.dim}}.get(architecture, {})
        if architecture == "self-attention":
            rest = {"attention": [[0.0, 0.0], [0.0, 0.0]], "across": 0.0}
        return NoisyAccuracy(architecture, 0.5, 1e-15, 0.5, bound, {"head": head, **rest})
    best = _over_box(architecture, model) if isinstance(model.shift, BoxShift) else _SEARCHES[architecture](model)
    return replace(best, value=min(upper, best.value), upper=min(upper, best.upper), bound=bound, class_upper=1.0, class_bound="")


def _over_box(architecture: str, model: ContextualModel) -> NoisyAccuracy:
    r"""Parameters found on a coarse rule, judged on two finer ones; for mean pooling one rule whose error is proven."""
    if architecture == "mean-pooling":
        nodes, error = mean_pooling_nodes(model)
        best = _mean_pooling(replace(model, shift=box_rule(model.shift, nodes)))  # type: ignore[arg-type]  # a box
        return replace(best, abs_error=best.abs_error + error, upper=min(1.0, best.upper + error))
    search, *finer = quadrature_models(model, _COARSE, *((4, 5) if architecture == "self-attention" else (6, 8)))
    found = _SEARCHES[architecture](search)
    parameters = [np.array(values) for values in found.witness.values()]
    errors = [_error(architecture, rule, parameters) for rule in finer]
    result = replace(found, value=1 - errors[1], abs_error=found.abs_error + abs(errors[1] - errors[0]))
    if architecture == "softmax-prompt" and found.class_bound:
        result = replace(result, class_upper=1 - least_softmax_prompt_error(finer[1]))
    return replace(result, upper=max(result.upper, result.value))


def _error(architecture: str, model: ContextualModel, parameters: list[Array]) -> float:
    if architecture == "self-attention":
        head, matrix, across = parameters
        return self_attention_error(model, head, matrix, float(across))[0]
    return (linear_prompt_error if architecture == "linear-prompt" else softmax_prompt_error)(model, *parameters)


def _mean_pooling(model: ContextualModel) -> NoisyAccuracy:
    best = best_mean_pooling_error(model)
    head = mean_pooling_head(best, model.dim)
    upper = 1 - best.value + best.abs_error
    return NoisyAccuracy("mean-pooling", 1 - best.value, 1e-14, upper, "branch and bound over the head", {"head": head})


def _linear_prompt(model: ContextualModel) -> NoisyAccuracy:
    error, head, prompt = best_linear_prompt_error(model)
    least = least_linear_prompt_error(model)
    bound = "the largest probability of an interval under a quadratic form" if least > 0 else "none is known"
    witness = {"head": head.tolist(), "prompt": prompt.tolist()}
    return NoisyAccuracy("linear-prompt", 1 - error, 1e-11, max(1 - least, 1 - error), bound, witness)


def _self_attention(model: ContextualModel) -> NoisyAccuracy:
    error, spread, (head, matrix, across) = best_self_attention_error(model)
    witness = {"head": head.tolist(), "attention": matrix.tolist(), "across": across}
    perfect = model.n_irrelevant == 1 and model.dim >= 3
    bound = "approached as one irrelevant token avoids itself ever more" if perfect else "none is known"
    return NoisyAccuracy("self-attention", 1 - error, 4 * spread, 1.0, bound, witness)


def _softmax_prompt(model: ContextualModel) -> NoisyAccuracy:
    error, head, prompt = best_softmax_prompt_error(model)
    change = abs(error - softmax_prompt_error(model, head, prompt, rule=_FINER))
    witness = {"head": head.tolist(), "prompt": prompt.tolist()}
    least = least_softmax_prompt_error(model) if model.signal_norm > 0 else 0.0
    among = "prompts without a component along w_*, any head" if least > 0 else ""
    return NoisyAccuracy("softmax-prompt", 1 - error, change + 1e-12, 1.0, "none for all prompts", witness, 1 - least, among)


_SEARCHES = {
    "mean-pooling": _mean_pooling,
    "linear-prompt": _linear_prompt,
    "self-attention": _self_attention,
    "softmax-prompt": _softmax_prompt,
}
