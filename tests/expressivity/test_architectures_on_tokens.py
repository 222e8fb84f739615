r"""The four architectures on tokens: witnesses at work, training below its bounds, gradients, and position-dependent heads."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import (
    gradients,
    is_right,
    right_answers,
    scores,
    support,
    token_parameters,
    trained_accuracy,
)
from theory.expressivity import FAMILIES, best_accuracy, closed_accuracy, family_law
from theory.model import ARCHITECTURES, ContextualModel, FiniteShift, offered

Array = NDArray[np.float64]

MODEL = ContextualModel(n_tokens=7, n_relevant=2, dim=4, signal_norm=0.8, context_norm=1.2, correlation=-0.35, noise_std=0.0)
UNEVEN = FiniteShift(((0.4, 1.7, 0.0), (2.1, -2.6, 1.3), (5.0, 5.0, 0.0), (0.0, 0.0, 0.0)), (0.1, 0.2, 0.3, 0.4))


def setting(model: ContextualModel) -> dict[str, object]:
    return {"n_tokens": model.n_tokens, "n_relevant": model.n_relevant, "shift": model.shift, "label_prior": model.label_prior}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_witness_attains_its_value_on_tokens(architecture: str) -> None:
    model = replace(MODEL, shift=UNEVEN, label_prior=0.35)
    best = best_accuracy(architecture, **setting(model))
    batch, weights = support(model, rng=stream(7, "support", architecture))
    right = is_right(architecture, batch, offered(architecture, "on_tokens")(model, best.witness))[0]
    assert_allclose(weights @ right, float(best.value), rtol=1e-12)


IMPERFECT = [
    ("mean-pooling", "opposite"),
    ("linear-prompt", "opposite"),
    ("self-attention", "opposite"),
    ("self-attention", "label-free"),
    ("self-attention", "label-carrying"),
    ("linear-prompt", "mirrored"),
]


@pytest.mark.parametrize(("architecture", "family"), IMPERFECT)
def test_best_accuracy_of_a_witness_on_random_tokens(agree: Agree, architecture: str, family: str) -> None:
    model = replace(MODEL, shift=family_law(family, 3.5))
    best = best_accuracy(architecture, **setting(model))
    agree(
        "best-accuracy",
        setting={"architecture": architecture, "law": family, "T": 7, "m": 2, "Δ": 3.5, "ρ": -0.35},
        predicted=float(best.value),
        sampler=lambda rng, size: right_answers(model, architecture, best.witness, rng=rng, size=size),
        bounds=Probability(),
        margin=0.03,
        wrong_variants={"one sample of four more": float(best.value) + 0.25, "one less": float(best.value) - 0.25},
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_training_reaches_the_certified_bound_and_never_exceeds_it(architecture: str, family: str) -> None:
    model = replace(MODEL, shift=family_law(family, 3.5))
    trained = trained_accuracy(model, architecture, rng=stream(7, "train", architecture, family), starts=40, steps=700)
    bound = float(closed_accuracy(architecture, family, zeta=Fraction(2, 7), size=3.5))
    assert trained.best.max() <= bound + 1e-12
    assert trained.best.max() >= bound - 1e-12


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_gradients_are_those_of_finite_differences(architecture: str) -> None:
    rng = stream(7, "differences", architecture)
    X = rng.normal(size=(3, 5, 4))
    parameters = {name: rng.normal(size=(2, *(4,) * axes)) for name, axes in ARCHITECTURES[architecture].axes.items()}
    _, _, slopes = gradients(architecture, X, parameters)
    for name, slope in slopes.items():
        direction = rng.normal(size=parameters[name].shape)
        ends = [scores(architecture, X, {**parameters, name: parameters[name] + h * direction})[0] for h in (1e-5, -1e-5)]
        along = (direction[:, None] * slope).sum(axis=tuple(range(2, slope.ndim)))
        assert_allclose((ends[0] - ends[1]) / 2e-5, along, rtol=1e-6, atol=1e-8)


def position_head_accuracy(model: ContextualModel, heads: Array, matrix: Array) -> float:
    r"""The exact accuracy of self-attention with a head for each position, over all position sets and the support."""
    assert isinstance(model.shift, FiniteShift)
    batch, weights = support(model, rng=stream(7, "positions"))
    total, count = 0.0, 0
    for chosen in itertools.combinations(range(model.n_tokens), model.n_relevant):
        count += 1
        for X, y, relevant, weight in zip(batch.tokens, batch.labels, batch.relevant, weights, strict=True):
            rearranged = np.empty_like(X)
            is_chosen = np.isin(np.arange(model.n_tokens), chosen)
            rearranged[is_chosen], rearranged[~is_chosen] = X[relevant], X[~relevant]
            logits = rearranged @ matrix @ rearranged.T
            attention = np.exp(logits - logits.max(axis=1, keepdims=True))
            attention /= attention.sum(axis=1, keepdims=True)
            total += weight * (y * np.einsum("td,td->", heads, attention @ rearranged) > 1e-9)
    return total / count


@pytest.mark.parametrize(("n_tokens", "n_relevant"), [(5, 1), (7, 2)])
def test_heads_that_depend_on_positions_exceed_the_bound_of_one_head(n_tokens: int, n_relevant: int) -> None:
    model = replace(MODEL, n_tokens=n_tokens, n_relevant=n_relevant, shift=family_law("label-carrying", 9.0), correlation=0.0)
    one_head = best_accuracy("self-attention", **setting(model))
    assert one_head.value == one_head.upper == Fraction(1, 2)
    heads = np.outer(np.r_[np.ones(n_tokens - 1), 1.0 - n_tokens], token_parameters(model, {"head": (0, 1)})["head"][0])
    accuracy = position_head_accuracy(model, heads, np.eye(model.dim))
    assert_allclose(accuracy, 1 - n_relevant / n_tokens, rtol=1e-12)
