r"""The architectures whose expressivity is compared, each declared once: what theory and what simulations know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from theory.model._domain import ParameterError
from theory.model._registry import Reference, Registered, Registry, resolved

__all__ = ["ARCHITECTURES", "Architecture", "offered"]


@dataclass(frozen=True)
class Architecture:
    r"""A score f(X) of the tokens, whose sign is the answer; what is None is not offered, and `offered` refuses it by name.

    Parameters
    ----------
    name
        On the command line, in settings files and in tables.
    meaning
        The score in a few words.
    axes
        How many axes of length d each parameter has: 1 for a vector, 2 for a matrix.
    search
        A function of (`ExactLaw`, budget) that returns `theory.expressivity.finite.Found`: the best parameters on a finite shift
        law, and a proof.
    attained, checked_proof
        What confirms them: functions of (problem, name, witness) and of (problem, name, proof, bound). The first returns the
        accuracy of the witness, the second raises ValueError if the proof is wrong. They share no code with the search.
    box
        A function of a `BoxLaw` that returns `theory.expressivity.box.BoxScores`: best accuracy over a box of shifts.
    checked_box
        A function of (problem, name, proof) that raises ValueError if a `box_proof` is wrong.
    noisy
        A function of a `ContextualModel` that returns `NoisyAccuracy`: best accuracy under token noise.
    closed_form
        A function of (family, ζ, Δ) that returns the best accuracy on a separating family.
    threshold
        A function of ζ that returns the size Δ at which it drops below 1 on the families on which it drops.
    forward
        A function of (tokens, parameters) that returns scores, their sizes and their gradients, in `simulations`.
    on_tokens
        A function of (model, witness) that returns parameters of `forward` with the values of the witness, in `simulations`.
    """

    name: str
    meaning: str
    axes: Mapping[str, int] = field(hash=False)
    search: Reference = None
    attained: Reference = None
    checked_proof: Reference = None
    box: Reference = None
    checked_box: Reference = None
    noisy: Reference = None
    closed_form: Reference = None
    threshold: Reference = None
    forward: Reference = None
    on_tokens: Reference = None


_WHAT = {
    "search": "a search on finite shift laws without noise",
    "attained": "a checker of its witnesses",
    "checked_proof": "a checker of its proofs",
    "box": "a best accuracy over a box of shifts",
    "checked_box": "a checked proof over a box of shifts",
    "noisy": "a best accuracy under token noise",
    "closed_form": "a closed form on the separating families",
    "threshold": "a threshold on the separating families",
    "forward": "a forward pass on tokens",
    "on_tokens": "parameters of a witness on tokens",
}
r"""Each part that an architecture may lack, in the words in which it is refused where it does."""

ARCHITECTURES: Registry[Architecture] = Registry("architecture")
r"""Every declared architecture by its name."""


def offered(architecture: str, part: str) -> Any:
    r"""A part of a declared architecture, imported.

    Parameters
    ----------
    architecture
        A name of `ARCHITECTURES`.
    part
        A field of `Architecture` that may be None.

    Raises
    ------
    ParameterError
        If the name is not declared, or the architecture lacks the part.

    Examples
    --------
    >>> offered("linear-prompt", "closed_form")("mirrored", 0.5, 1.0)
    Fraction(3, 4)
    >>> offered("self-attention", "checked_box")
    Traceback (most recent call last):
        ...
    theory.model._domain.ParameterError: architecture must be one with a checked proof over a box of shifts, got self-attention
    """
    reference = getattr(ARCHITECTURES[Registered(ARCHITECTURES).member("architecture", architecture)], part)
    if reference is None:
        raise ParameterError("architecture", f"one with {_WHAT[part]}", architecture)
    return resolved(reference)


_CHECKED: Mapping[str, Reference] = {
    "attained": "theory.expressivity.checker:attained",
    "checked_proof": "theory.expressivity.checker:checked_proof",
    "on_tokens": "simulations.expressivity:token_parameters",
}

for _architecture in (
    Architecture(
        "mean-pooling",
        "the mean token in a head: wᵀXᵀ1/T",
        {"head": 1},
        search="theory.expressivity.finite:mean_pooling_search",
        box="theory.expressivity.box:MeanPoolingScores",
        checked_box="theory.expressivity.checker:checked_box",
        noisy="theory.expressivity.noisy:noisy_mean_pooling",
        closed_form="theory.expressivity.closed_form:mean_pooling_on_family",
        threshold="theory.expressivity.closed_form:mean_pooling_threshold",
        forward="simulations.expressivity:mean_pooling",
        **_CHECKED,
    ),
    Architecture(
        "linear-prompt",
        "attention linear in the scores of a prompt, wᵀXᵀXq/T; bounds hold for any number of prompts and heads",
        {"head": 1, "prompt": 1},
        search="theory.expressivity.finite:linear_prompt_search",
        box="theory.expressivity.box:LinearPromptScores",
        checked_box="theory.expressivity.checker:checked_box",
        noisy="theory.expressivity.noisy:noisy_linear_prompt",
        closed_form="theory.expressivity.closed_form:linear_prompt_on_family",
        threshold="theory.expressivity.closed_form:linear_prompt_threshold",
        forward="simulations.expressivity:linear_prompt",
        **_CHECKED,
    ),
    Architecture(
        "self-attention",
        "every token attends to every token, 1ᵀsoftmax(XMXᵀ)Xw/T; any matrix M, one head for all positions",
        {"head": 1, "attention": 2},
        search="theory.expressivity.finite:self_attention_search",
        box="theory.expressivity.box:SelfAttentionScores",
        noisy="theory.expressivity.noisy:noisy_self_attention",
        closed_form="theory.expressivity.closed_form:self_attention_on_family",
        threshold="theory.expressivity.closed_form:self_attention_drop",
        forward="simulations.expressivity:self_attention",
        **_CHECKED,
    ),
    Architecture(
        "softmax-prompt",
        "a prompt attends to the tokens, wᵀXᵀsoftmax(Xq)",
        {"head": 1, "prompt": 1},
        search="theory.expressivity.finite:softmax_prompt_search",
        box="theory.expressivity.box:SoftmaxPromptScores",
        noisy="theory.expressivity.noisy:noisy_softmax_prompt",
        closed_form="theory.expressivity.closed_form:softmax_prompt_on_family",
        forward="simulations.expressivity:softmax_prompt",
        **_CHECKED,
    ),
):
    ARCHITECTURES.declare(_architecture.name, _architecture)
