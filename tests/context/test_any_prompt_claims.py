r"""Claims: attention and the error of a given head under a prompt at any angle, held against every token of the definition."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax

from simulations.tokens import context_prompt, pooled_tokens, tokens
from theory.context import (
    attention,
    best_head,
    given_head_error,
    least_squares_head,
    quiet_head,
    signal_head,
)
from theory.model import ContextualModel, Prompt

Draws = Callable[[np.random.Generator, int], NDArray[np.float64]]

LEANING = ContextualModel(
    n_tokens=14,
    n_relevant=3,
    dim=4,
    signal_norm=0.9,
    context_norm=1.4,
    noise_std=0.8,
    correlation=0.35,
    label_prior=0.3,
    context_noise=1.5,
    signal_noise=0.6,
)
NOISY = replace(LEANING, relevant_noise=0.7, label_prior=0.6)
UPRIGHT = ContextualModel(n_tokens=14, n_relevant=3, dim=4, signal_norm=0.7, context_norm=1.4, noise_std=0.8)
PROMPT = Prompt(1.2, 0.6, 0.8)
CASES = {"leaning": (LEANING, PROMPT), "relevant noise": (NOISY, PROMPT), "right azimuth": (UPRIGHT, Prompt(1.3, 0.7))}

VARIANTS = {
    "prompt along the context": {},
    "rho = 0": {"correlation": 0.0},
    "isotropic noise": {"context_noise": 1.0, "signal_noise": 1.0},
    "silent relevant tokens": {"relevant_noise": 0.0},
    "other prior": {"label_prior": 0.5},
}


def variants_of(model: ContextualModel, prompt: Prompt, value: Callable[[ContextualModel, Prompt], float]) -> dict[str, float]:
    r"""What the formula says when a part of the model is forgotten."""
    found = {name: value(replace(model, **change), prompt) for name, change in VARIANTS.items() if change}
    return {**found, "prompt along the context": value(model, replace(prompt, angle=0.0))}


def detectable(variants: dict[str, float], truth: float, margin: float) -> dict[str, float]:
    kept = {name: value for name, value in variants.items() if abs(value / truth - 1) > 3 * margin}
    assert kept
    return kept


def attention_draws(model: ContextualModel, prompt: Prompt, quantity: str) -> Draws:
    def draws(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        batch = tokens(model, rng=rng, size=size)
        weights = softmax(batch.tokens @ context_prompt(model, prompt), axis=1)
        if quantity == "relevant_mass":
            return (weights * batch.relevant).sum(axis=1)
        return (weights**2 * np.where(batch.relevant, model.relevant_noise**2, 1.0)).sum(axis=1)

    return draws


def mistakes(model: ContextualModel, prompt: Prompt, head: NDArray[np.float64]) -> Draws:
    def draws(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        features, labels = pooled_tokens(model, prompt, rng=rng, size=size)
        return (labels * (features[:, :3] @ head) < 0).astype(float)

    return draws


def row_of(model: ContextualModel, prompt: Prompt, **more: object) -> dict[str, object]:
    symbols = {"T": "n_tokens", "m": "n_relevant", "W": "signal_norm", "Q": "context_norm", "sigma": "noise_std"}
    symbols |= {"rho": "correlation", "prior": "label_prior", "relevant noise": "relevant_noise"}
    symbols |= {"c_q": "context_noise", "c_w": "signal_noise"}
    directions = dict(zip(("tau", "theta", "phi"), (round(x, 4) for x in prompt.values.values()), strict=True))
    return {**{symbol: getattr(model, name) for symbol, name in symbols.items()}, **directions, **more}


@pytest.mark.parametrize(
    ("case", "quantity"),
    [(case, quantity) for case in ("leaning", "relevant noise") for quantity in ("relevant_mass", "noise_gain")],
)
def test_attention_under_any_prompt(agree, case: str, quantity: str) -> None:
    model, prompt = CASES[case]
    predicted = attention(model, prompt)[quantity]
    margin = 0.02
    variants = variants_of(model, prompt, lambda m, q: attention(m, q)[quantity].value)
    agree(
        f"any-prompt-{quantity.replace('_', '-')}",
        setting=row_of(model, prompt),
        predicted=predicted,
        sampler=attention_draws(model, prompt, quantity),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants=detectable(variants, predicted.value, margin),
    )


def head_of(name: str, model: ContextualModel, prompt: Prompt) -> NDArray[np.float64]:
    if name == "signal":
        return signal_head()
    if name == "quiet":
        return quiet_head(model, prompt)
    if name == "least squares":
        return least_squares_head(model, prompt)
    return best_head(model, prompt)[0] if name == "best" else np.array([0.3, 1.0, -0.4])


@pytest.mark.parametrize(
    ("case", "head"),
    [
        *(("leaning", name) for name in ("signal", "quiet", "least squares", "best")),
        *(("relevant noise", name) for name in ("signal", "oblique")),
        ("right azimuth", "signal"),
    ],
)
def test_error_of_a_head_under_any_prompt(agree, case: str, head: str) -> None:
    model, prompt = CASES[case]
    w = head_of(head, model, prompt)
    predicted = given_head_error(model, prompt, w)
    margin = 0.03
    variants = variants_of(model, prompt, lambda m, q: given_head_error(m, q, w).value)
    agree(
        "any-prompt-error",
        setting=row_of(model, prompt, head=head),
        predicted=predicted,
        sampler=mistakes(model, prompt, w),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants=detectable(variants, predicted.value, margin),
    )
