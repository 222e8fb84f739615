r"""The best accuracy of each architecture on noisy tokens: the best parameters found, and an accuracy that none exceeds."""

from collections.abc import Callable
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
from theory.model import BoxShift, ContextualModel, offered

__all__ = [
    "NoisyAccuracy",
    "best_noisy_accuracy",
    "noisy_linear_prompt",
    "noisy_mean_pooling",
    "noisy_self_attention",
    "noisy_softmax_prompt",
]

Array = NDArray[np.float64]

_FINER = (0.035, 0.085, 28.0)  # a rule like `_FINE` of the softmax prompt, 0.7 of its steps: the change is the stated error
_ROUNDED_SUM, _INVERTED, _ROUNDED_RULE = 1e-14, 1e-11, 1e-12
r"""Stated errors: rounding of a sum of normal tails; ten times what `linear_prompt_error` promises; rounding of a trapezoidal
rule."""
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
        A name of `theory.model.ARCHITECTURES`.
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

    Notes
    -----
    Equation :eq:`eq-expressivity-best` of docs/expressivity.md, with the errors :eq:`eq-expressivity-noisy`,
    :eq:`eq-expressivity-linear` and :eq:`eq-expressivity-softmax`, and the bounds :eq:`eq-expressivity-window` and
    :eq:`eq-expressivity-prompts`.

    Examples
    --------
    On core data with ρ = 0 the head w_* and the prompt q_* are the best linear prompt-attention there is:

    >>> model = ContextualModel(n_tokens=11, n_relevant=4, dim=5, signal_norm=0.8, context_norm=1.2, noise_std=0.9)
    >>> best = best_noisy_accuracy("linear-prompt", model)
    >>> bool(best.upper - best.value < 1e-9), round(best.value, 6)
    (True, 0.96203)
    """
    if model.signal_norm == 0:
        return _without_label(architecture, model)
    best: NoisyAccuracy = offered(architecture, "noisy")(model)
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
    best: NoisyAccuracy = offered(architecture, "noisy")(model)
    return replace(best, value=min(upper, best.value), upper=min(upper, best.upper), bound=bound, class_upper=1.0, class_bound="")


def noisy_mean_pooling(model: ContextualModel) -> NoisyAccuracy:
    r"""Enclosed by branch and bound; over a box on one rule whose error is proven."""
    if isinstance(model.shift, BoxShift):
        nodes, error = mean_pooling_nodes(model)
        found = noisy_mean_pooling(replace(model, shift=box_rule(model.shift, nodes)))
        return replace(found, abs_error=found.abs_error + error, upper=min(1.0, found.upper + error))
    best = best_mean_pooling_error(model)
    head = mean_pooling_head(best, model.dim)
    upper = 1 - best.value + best.abs_error
    return NoisyAccuracy("mean-pooling", 1 - best.value, _ROUNDED_SUM, upper, "branch and bound over the head", {"head": head})


def noisy_linear_prompt(model: ContextualModel) -> NoisyAccuracy:
    r"""The best parameters found; the bound is for label-free shifts."""
    if isinstance(model.shift, BoxShift):
        return _over_box(model, noisy_linear_prompt, linear_prompt_error, (6, 8))
    error, head, prompt = best_linear_prompt_error(model)
    least = least_linear_prompt_error(model)
    bound = "the largest probability of an interval under a quadratic form" if least > 0 else "none is known"
    witness = {"head": head.tolist(), "prompt": prompt.tolist()}
    return NoisyAccuracy("linear-prompt", 1 - error, _INVERTED, max(1 - least, 1 - error), bound, witness)


def noisy_self_attention(model: ContextualModel) -> NoisyAccuracy:
    r"""The best parameters found; no bound below 1 is known, and with one irrelevant token there is none."""
    if isinstance(model.shift, BoxShift):
        return _over_box(model, noisy_self_attention, _self_error, (4, 5))
    error, spread, (head, matrix, across) = best_self_attention_error(model)
    witness = {"head": head.tolist(), "attention": matrix.tolist(), "across": across}
    perfect = model.n_irrelevant == 1 and model.dim >= 3
    bound = "approached as one irrelevant token avoids itself ever more" if perfect else "none is known"
    return NoisyAccuracy("self-attention", 1 - error, 4 * spread, 1.0, bound, witness)


def noisy_softmax_prompt(model: ContextualModel) -> NoisyAccuracy:
    r"""The best parameters found; the bound is for prompts without a component along w_* and label-free shifts."""
    if isinstance(model.shift, BoxShift):
        result = _over_box(model, noisy_softmax_prompt, softmax_prompt_error, (6, 8))
        if not result.class_bound:
            return result
        return replace(result, class_upper=1 - least_softmax_prompt_error(quadrature_models(model, 8)[0]))
    error, head, prompt = best_softmax_prompt_error(model)
    change = abs(error - softmax_prompt_error(model, head, prompt, rule=_FINER)) + _ROUNDED_RULE
    witness = {"head": head.tolist(), "prompt": prompt.tolist()}
    least = least_softmax_prompt_error(model) if model.signal_norm > 0 else 0.0
    among = "prompts without a component along w_*, any head" if least > 0 else ""
    return NoisyAccuracy("softmax-prompt", 1 - error, change, 1.0, "none for all prompts", witness, 1 - least, among)


def _over_box(
    model: ContextualModel,
    best: Callable[[ContextualModel], NoisyAccuracy],
    error: Callable[..., float],
    counts: tuple[int, int],
) -> NoisyAccuracy:
    r"""Parameters found on a coarse rule, judged on two finer ones with so many nodes."""
    search, *finer = quadrature_models(model, _COARSE, *counts)
    found = best(search)
    parameters = [np.array(values) for values in found.witness.values()]
    errors = [error(rule, *parameters) for rule in finer]
    value = 1 - errors[1]
    return replace(found, value=value, abs_error=found.abs_error + abs(errors[1] - errors[0]), upper=max(found.upper, value))


def _self_error(model: ContextualModel, head: Array, matrix: Array, across: Array) -> float:
    return self_attention_error(model, head, matrix, float(across))[0]
