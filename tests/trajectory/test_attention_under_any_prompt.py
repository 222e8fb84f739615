"""Softmax moments, the error of given parameters, and the second head given the prompt."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from simulations.agreement import Asymptotic
from simulations.tokens import tokens
from simulations.trajectory import outcomes, sample_gradients
from tests.trajectory.settings import MEDIUM, SMALL, TILTED, row
from theory.context import AttentionLaw
from theory.model import ContextualModel, ParameterError
from theory.trajectory import (
    best_known_prompt,
    expected_mass,
    hard_attention,
    parameter_error,
    score_sum_distribution,
    second_head_moments,
    softmax_moments,
)

PROMPT = np.array([0.8, 0.2, -0.5, 0.3, 0.1])
HEAD = np.array([0.3, 0.6, 0.4, -0.2, 0.5])


def test_moments_of_attention_and_gain_are_those_of_the_known_prompt() -> None:
    law = AttentionLaw(6, 41, 1.3, 0.9)
    powers = [(1, 0, 0), (2, 0, 0), (0, 0, 1), (0, 0, 2), (1, 0, 1), (2, 0, 1)]
    moments = softmax_moments([law.log_a], 41, 0.9, powers)[:, 0]
    other = law.moments
    expected = [other.mass, other.mass_squared, other.gain, other.gain_squared, other.mass_gain, other.mass_squared_gain]
    np.testing.assert_allclose(moments, expected, rtol=1e-10, atol=0)


@given(s=st.floats(0.05, 2.5), score=st.floats(-2.0, 3.0), rest=st.integers(1, 200))
@settings(max_examples=25)
def test_score_weighted_noise_obeys_integration_by_parts(s: float, score: float, rest: int) -> None:
    """E B = s E[1 - A - C²], E AB = s E[A(1 - A) - 2 A C²]: Stein's identity, token by token."""
    powers = [(0, 1, 0), (1, 0, 0), (0, 0, 1), (1, 1, 0), (2, 0, 0), (1, 0, 1)]
    b, a, gain, ab, a2, again = softmax_moments([score], rest, s, powers)[:, 0]
    np.testing.assert_allclose(b, s * (1 - a - gain), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ab, s * (a - a2 - 2 * again), rtol=1e-8, atol=1e-12)


def test_moments_of_one_noise_token_are_one_integral() -> None:
    s, log_a = 1.3, 0.4
    for i, j, k in product(range(3), range(3), range(2)):
        if 0 < i + j + 2 * k <= 4:

            def integrand(g: float, i: int = i, j: int = j, k: int = k) -> float:
                x, a = np.exp(s * g), np.exp(log_a)
                return a**i * (g * x) ** j * x ** (2 * k) / (a + x) ** (i + j + 2 * k) * norm.pdf(g)

            exact = quad(integrand, -12, 12, epsabs=1e-13, limit=200)[0]
            np.testing.assert_allclose(softmax_moments([log_a], 1, s, [(i, j, k)])[0, 0], exact, rtol=1e-9, atol=1e-13)


@given(x=st.floats(-30, 30), rest=st.integers(1, 80), s=st.floats(0.0, 2.0), cosine=st.floats(-0.9, 0.9))
@settings(max_examples=20)
def test_score_sum_is_mirrored_with_the_head(x: float, rest: int, s: float, cosine: float) -> None:
    total = score_sum_distribution(x, rest, s, cosine, tolerance=1e-7) + score_sum_distribution(
        -x, rest, s, -cosine, tolerance=1e-7
    )
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-8)


@pytest.mark.parametrize(("x", "s", "cosine"), [(0.7, 0.9, 0.4), (-1.3, 1.8, -0.7), (6.0, 3.5, 0.2)])
def test_score_sum_of_one_token_is_a_normal_tail_averaged(x: float, s: float, cosine: float) -> None:
    sine = np.sqrt(1 - cosine**2)
    exact = quad(lambda g: norm.cdf((x * np.exp(-s * g) - cosine * g) / sine) * norm.pdf(g), -9, 9, epsabs=1e-12, limit=400)[0]
    np.testing.assert_allclose(score_sum_distribution(x, 1, s, cosine, tolerance=1e-7), exact, rtol=0, atol=1e-8)


def test_score_sum_of_two_tokens_is_a_double_integral() -> None:
    x, s, cosine = 1.9, 0.8, 0.5

    grid = np.linspace(-9, 9, 361)
    g, h = np.meshgrid(grid, grid)
    X, Y = np.exp(s * g), np.exp(s * h)
    mean, deviation = cosine * (g * X + h * Y), np.sqrt((1 - cosine**2) * (X * X + Y * Y))
    weight = norm.pdf(g) * norm.pdf(h) * 0.05**2
    exact = float((weight * norm.cdf((x - mean) / deviation)).sum())
    np.testing.assert_allclose(score_sum_distribution(x, 2, s, cosine), exact, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("s", "cosine", "offset"), [(1.0, -0.97, 0.0), (0.8, 0.6, -0.7), (0.9, 0.4, 0.5)])
def test_turned_integral_is_the_real_one(s: float, cosine: float, offset: float) -> None:
    """Gil-Pelaez along the real axis, by brute force; thresholds on both sides of 0 and of the mean of the sum."""
    rest, g = 58, np.linspace(-9, 9, 901)
    frequencies = 1e-3 * (np.arange(2500) + 0.5)
    size = np.exp(s * g)
    spread = np.outer(frequencies**2, size**2) * (1 - cosine**2) / 2
    phase = np.exp(1j * np.outer(frequencies, size * (offset + cosine * g)) - spread)
    powers = (phase @ (norm.pdf(g) * 0.02)) ** rest
    mean = rest * (offset + cosine * s) * np.exp(s * s / 2)
    x = np.array([2.0, 1.1, 0.6, 0.2, -0.3]) * mean
    real = 0.5 - (np.exp(-1j * np.outer(x, frequencies)) * powers / frequencies).imag.sum(axis=1) * 1e-3 / np.pi
    np.testing.assert_allclose(score_sum_distribution(x, rest, s, cosine, offset=offset, tolerance=1e-7), real, rtol=0, atol=1e-7)


def test_head_along_the_prompt_is_refused() -> None:
    with pytest.raises(ParameterError, match="cosine must be"):
        score_sum_distribution(1.0, 5, 0.7, 1.0)


@pytest.mark.parametrize("model", [SMALL, TILTED])
def test_error_and_mass_of_given_parameters(agree: object, model: ContextualModel) -> None:
    predicted = np.array([parameter_error(model, PROMPT, HEAD), expected_mass(model, PROMPT)])

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        batch = tokens(model, rng=rng, size=size)
        scores = np.exp(batch.tokens @ PROMPT)
        f = np.einsum("nt,nt->n", scores, batch.tokens @ HEAD)
        mass = (scores * batch.relevant).sum(axis=1) / scores.sum(axis=1)
        return np.stack([f * batch.labels < 0, mass], axis=1).astype(float)

    mirrored = PROMPT * [1, -1, 1, 1, 1]
    agree(
        "trajectory-given-parameters",
        setting=row(model),
        predicted=predicted,
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin=0.02,
        wrong_variants={
            "angle between prompt and head ignored": [parameter_error(model, PROMPT[:2], HEAD[:2]), predicted[1]],
            "prompt mirrored": [parameter_error(model, mirrored, HEAD), expected_mass(model, mirrored)],
        },
    )


def test_zero_prompt_pools_the_mean() -> None:
    np.testing.assert_allclose(expected_mass(MEDIUM, np.zeros(3)), MEDIUM.relevant_fraction, rtol=1e-10, atol=0)


def test_outcomes_of_a_single_pair_follow_the_error_formula(agree: object) -> None:
    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        ones = np.ones((size, 1))
        return outcomes(TILTED, ones * PROMPT, ones * HEAD, rng=rng, n_test=64)[1]

    agree(
        "trajectory-conditional-error",
        setting=row(TILTED),
        predicted=parameter_error(TILTED, PROMPT, HEAD),
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin=0.03,
        wrong_variants={"without the context in the head": parameter_error(TILTED, PROMPT, HEAD * [0, 1, 1, 1, 1])},
    )


@pytest.mark.parametrize("model", [SMALL, TILTED])
def test_second_head_given_the_prompt(agree: object, model: ContextualModel) -> None:
    """Mean and second moment of one sample's head gradient, entry by entry, from tokens."""
    moments = second_head_moments(model, PROMPT, HEAD, eta=1.0, n_samples=1)
    predicted = np.vstack([moments.mean, moments.covariance + np.outer(moments.mean, moments.mean)])
    drop = second_head_moments(model, PROMPT * [1, 1, 0, 0, 0], HEAD, eta=1.0, n_samples=1)

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        batch = tokens(model, rng=rng, size=size)
        g = -sample_gradients(batch.tokens, batch.labels, PROMPT, HEAD)[1]
        return np.concatenate([g[:, None, :], g[:, :, None] * g[:, None, :]], axis=1)

    agree(
        "trajectory-second-head",
        setting=row(model),
        predicted=predicted,
        sampler=sampler,
        bounds=Asymptotic(),
        margin=0.04,
        wrong_variants={
            "prompt in the plane of q_* and w_*": np.vstack([drop.mean, drop.covariance + np.outer(drop.mean, drop.mean)])
        },
        largest_block=16384,
    )


def test_hard_attention_is_the_limit_of_long_prompts() -> None:
    mass, error = hard_attention(TILTED, PROMPT, HEAD)
    long = 60.0 * PROMPT
    np.testing.assert_allclose(expected_mass(TILTED, long), mass, rtol=0, atol=0.01)
    np.testing.assert_allclose(parameter_error(TILTED, long, HEAD), error, rtol=0, atol=0.01)


def test_best_known_prompt_is_a_minimum_of_the_error() -> None:
    tau, error = best_known_prompt(MEDIUM)
    for factor in (0.8, 1.25):
        assert parameter_error(MEDIUM, np.array([factor * tau, 0.0]), np.array([0.0, 1.0])) > error
