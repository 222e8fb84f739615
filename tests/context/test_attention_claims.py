r"""Claims: attention, noise gain and population error at finite T are what the transforms say."""

import math

import numpy as np
import pytest

from simulations.context import simulated_attention
from theory.context import attention
from theory.model import ContextualModel, Prompt

CASES = [
    (40, 8, 0.3, 1.3, 0.7, 1.1),
    (16, 3, 0.7, 1.6, 1.2, 0.8),
    (64, 4, 0.3, 2.0, 1.0, 2.25),
    (256, 21, 0.25, 1.2, 0.9, 1.4),
    (4096, 150, 0.35, 1.1, 0.8, 0.9),
]
ERRORS = [(16, 3, 0.9), (64, 5, 1.7), (256, 21, 0.4), (256, 21, 2.6), (4096, 150, 1.1)]


def model_of(T: int, m: int, W: float, Q: float, sigma: float) -> ContextualModel:
    return ContextualModel(n_tokens=T, n_relevant=m, dim=7, signal_norm=W, context_norm=Q, noise_std=sigma)


def row_of(T: int, m: int, W: float, Q: float, sigma: float, tau: float) -> dict[str, float]:
    return {"T": T, "m": m, "W": W, "Q": Q, "sigma": sigma, "tau": tau}


def large_context(T: int, m: int, W: float, Q: float, sigma: float, tau: float) -> dict[str, float]:
    r"""A, C² and the error with their T → ∞ limits in place of the finite-T law."""
    s2 = (sigma * tau) ** 2
    total = m * math.exp(tau * Q) + (T - m) * math.exp(s2 / 2)
    gain = (T - m) * math.exp(2 * s2) / total**2
    mass = m * math.exp(tau * Q) / total
    return {
        "relevant_mass": mass,
        "noise_gain": gain,
        "error": 0.5 * math.erfc(mass * W / (sigma * math.sqrt(2 * gain))),
    }


@pytest.mark.parametrize(
    ("quantity", "case"),
    [("relevant_mass", case) for case in CASES] + [("noise_gain", case) for case in CASES if case[0] < 1000],
    ids=str,
)
def test_attention_moments_at_finite_context(agree, quantity: str, case: tuple[float, ...]) -> None:
    T, m, W, Q, sigma, tau = case
    model = model_of(int(T), int(m), W, Q, sigma)
    predicted = attention(model, Prompt(tau))[quantity]
    margin = 0.02
    wrong = {"T -> infinity": large_context(*case)[quantity]}
    agree(
        f"attention-{quantity.replace('_', '-')}",
        setting=row_of(*case),
        predicted=predicted,
        sampler=lambda rng, size: simulated_attention(model, Prompt(tau), quantity=quantity, rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants={k: v for k, v in wrong.items() if abs(v / predicted.value - 1) > 3 * margin},
    )


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_population_error_at_finite_context(agree, case: tuple[int, int, float]) -> None:
    T, m, tau = case
    full = (T, m, 0.4, 1.7, 1.1, tau)
    model = model_of(T, m, 0.4, 1.7, 1.1)
    predicted = attention(model, Prompt(tau))["error"]
    margin = 0.02
    wrong = {"T -> infinity": large_context(*full)["error"]}
    agree(
        "attention-error",
        setting=row_of(*full),
        predicted=predicted,
        sampler=lambda rng, size: simulated_attention(model, Prompt(tau), quantity="error", rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants={k: v for k, v in wrong.items() if abs(v / predicted.value - 1) > 3 * margin},
    )


def test_brief_numbers_of_attention_are_reproduced() -> None:
    numbers = attention(model_of(40, 8, 0.3, 1.3, 0.7), Prompt(1.1))
    np.testing.assert_allclose(numbers["relevant_mass"].value, 0.440554, rtol=0, atol=5e-7)
    np.testing.assert_allclose(numbers["noise_gain"].value, 0.0170173, rtol=0, atol=5e-8)
