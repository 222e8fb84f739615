r"""Self-attention that lets noise carry the label: the closed form, by other routes and on tokens, and what it refutes."""

from dataclasses import replace
from fractions import Fraction
from math import atan, comb, erf, exp, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.integrate import quad

from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import is_right
from simulations.tokens import tokens
from theory.expressivity import (
    best_accuracy,
    best_noisy_accuracy,
    least_softmax_prompt_error,
    noise_carried_accuracy,
    noise_carrier,
    self_attention_error,
    separating_law,
)
from theory.model import BoxShift, ContextualModel, ParameterError

Array = NDArray[np.float64]

LOUD = ContextualModel(n_tokens=7, n_relevant=2, dim=4, signal_norm=0.3, context_norm=0.5, noise_std=4.0, correlation=0.4)
SHIFTED = replace(LOUD, dim=6, noise_std=0.1, label_prior=0.3, shift=BoxShift((-2, -3, 1), (5, 9, 1)))


@pytest.mark.parametrize("n_relevant", [1, 2, 9])
def test_one_or_two_irrelevant_tokens_have_an_elementary_law(n_relevant: int) -> None:
    assert noise_carried_accuracy(n_tokens=n_relevant + 1, n_relevant=n_relevant).value == 1
    two = noise_carried_accuracy(n_tokens=n_relevant + 2, n_relevant=n_relevant).value
    assert_allclose(two, 1 - atan(1 / (n_relevant + 1)) / pi, rtol=1e-12)


@pytest.mark.parametrize(("n_tokens", "n_relevant"), [(4, 1), (7, 2), (9, 6)])
def test_closed_form_is_an_integral_over_the_other_extreme(n_tokens: int, n_relevant: int) -> None:
    r"""Integrated over G₊, not G₋, and with probabilities of single signs."""
    free = n_tokens - n_relevant

    def wrong(x: float, k: int) -> float:
        density = k * erf(x / sqrt(2)) ** (k - 1) * exp(-x * x / 2) * sqrt(2 / pi)
        return density * (1 - erf(x * (n_relevant + free - k) / (k * sqrt(2))) ** (free - k))

    parts = [comb(free, k) / 2**free * quad(wrong, 0, 12, args=(k,), epsabs=1e-13)[0] for k in range(1, free)]
    found = noise_carried_accuracy(n_tokens=n_tokens, n_relevant=n_relevant)
    assert abs(1 - sum(parts) - found.value) < 1e-10
    assert found.abs_error < 1e-12


def test_carried_accuracy_tends_to_one_with_the_relevant_tokens_and_to_chance_without() -> None:
    many = [noise_carried_accuracy(n_tokens=m + 6, n_relevant=m).value for m in (1, 4, 16, 400)]
    assert 0.5 < many[0] < many[1] < many[2] < many[3] < 1
    assert many[3] > 0.99
    assert 0.5 < noise_carried_accuracy(n_tokens=3000, n_relevant=1).value < 0.503


@pytest.mark.parametrize(("model", "name"), [(LOUD, "core data"), (SHIFTED, "a box")], ids=["core", "box"])
def test_one_number_holds_for_every_law(agree: Agree, model: ContextualModel, name: str) -> None:
    head, matrix = noise_carrier(model)
    outside = model.dim - 3
    parameters = {"head": np.pad(head, (0, outside))[None], "attention": np.pad(matrix, (0, outside))[None]}

    def right_answers(rng: np.random.Generator, size: int) -> Array:
        return is_right("self-attention", tokens(model, rng=rng, size=size), parameters)[0].astype(np.float64)

    agree(
        "noise-carried-accuracy",
        setting={"law": name, "T": 7, "m": 2, "σ": model.noise_std},
        predicted=noise_carried_accuracy(n_tokens=7, n_relevant=2),
        sampler=right_answers,
        bounds=Probability(),
        margin=0.02,
        wrong_variants={
            "m relevant rows only": _carried(2, 5, relevant=2, opposite=0),
            "rows on the same side": _carried(2, 5, relevant=2, opposite=-1),
            "one irrelevant token fewer": noise_carried_accuracy(n_tokens=6, n_relevant=2).value,
        },
    )


def _carried(m: int, free: int, *, relevant: int, opposite: int) -> float:
    r"""P((m + N)G₊ > N'G₋) where the rows that look for G₊ are not those below 0: none of them, or those above 0."""
    total = 2.0**-free if opposite >= 0 else 0.0
    for k in range(1, free):
        plus, minus = (0, k) if opposite == 0 else (k, free - k)

        def right(x: float, k: int = k, ratio: float = (relevant + plus) / minus) -> float:
            density = k * erf(x / sqrt(2)) ** (k - 1) * exp(-x * x / 2) * sqrt(2 / pi)
            return density * erf(x * ratio / sqrt(2)) ** (free - k)

        total += comb(free, k) / 2**free * float(quad(right, 0, 12)[0])
    return total + 2.0**-free


def test_one_irrelevant_token_makes_self_attention_perfect_once_there_is_noise() -> None:
    law = separating_law(n_tokens=2, n_relevant=1)
    assert best_accuracy("self-attention", n_tokens=2, n_relevant=1, shift=law).value == Fraction(3, 4)
    noisy = ContextualModel(n_tokens=2, n_relevant=1, dim=3, signal_norm=1.0, context_norm=1.0, noise_std=0.2, shift=law)
    best = best_noisy_accuracy("self-attention", noisy)
    assert best.value > 0.9999
    assert "avoids itself" in best.bound


def test_prompts_are_worse_than_the_carrier_in_loud_noise() -> None:
    carried = noise_carried_accuracy(n_tokens=7, n_relevant=2).value
    assert 1 - least_softmax_prompt_error(LOUD) < 0.55 < 0.78 < carried
    head, matrix = noise_carrier(LOUD)
    error, spread = self_attention_error(LOUD, head, matrix, points=1 << 11)
    assert abs(1 - error - carried) < 5 * spread < 0.01


def test_rows_that_attend_to_themselves_average_their_noise() -> None:
    model = replace(LOUD, dim=60)
    head, matrix = noise_carrier(model)
    towards = np.where(np.arange(9).reshape(3, 3) == 5, matrix, 0.0)  # κ a eᵀ alone
    error, spread = self_attention_error(model, head, towards, across=-matrix[2, 2], points=1 << 11)
    g = stream(7, "own rows").standard_normal((100_000, 5))
    wrong = float(np.mean(2 * np.maximum(0, g.max(axis=1)) + g.sum(axis=1) < 0))
    assert abs(error - wrong) < 4 * spread + 0.005 < 0.02
    assert abs(1 - error - noise_carried_accuracy(n_tokens=7, n_relevant=2).value) > 0.01


@pytest.mark.parametrize(
    ("name", "model"),
    [("dim", replace(LOUD, dim=2)), ("noise_std", replace(LOUD, noise_std=0.0)), ("signal_norm", replace(LOUD, correlation=1.0))],
)
def test_carrier_needs_noise_a_signal_and_a_third_coordinate(name: str, model: ContextualModel) -> None:
    with pytest.raises(ParameterError, match=name):
        noise_carrier(model)
