r"""Laws of attention under any prompt: what it sees of a token, and what noise it lets through."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.engine import stream
from simulations.tokens import context_prompt, pooled_tokens, tokens
from theory.context import (
    AttentionLaw,
    attention,
    best_head,
    endless_error,
    given_head_error,
    labelled_attention,
    least_squares_head,
    optimal_prompt,
    population_error,
    prompt_geometry,
    quiet_head,
    signal_head,
)
from theory.model import ContextualModel, ParameterError, Prompt

MODEL = ContextualModel(
    n_tokens=23,
    n_relevant=5,
    dim=4,
    signal_norm=0.7,
    context_norm=1.4,
    noise_std=0.8,
    correlation=0.35,
    label_prior=0.3,
    context_noise=1.5,
    signal_noise=0.6,
)
PROMPT = Prompt(1.2, 0.5, 0.8)


def test_pooled_feature_is_what_attention_and_two_noises_make_of_it() -> None:
    geometry = prompt_geometry(MODEL, PROMPT)
    batch = tokens(MODEL, rng=stream(1, "any prompt"), size=2000)
    prompt = context_prompt(MODEL, PROMPT)
    scores = batch.tokens @ prompt
    relevant_scores = geometry.context_score + batch.labels[:, None] * geometry.label_score
    assert_allclose(scores[batch.relevant], np.broadcast_to(relevant_scores, scores.shape)[batch.relevant], rtol=1e-12, atol=0)
    noise = batch.tokens[~batch.relevant]
    g = scores[~batch.relevant] / geometry.score_std
    across = noise[:, :3] - np.outer(g, geometry.along)
    assert_allclose(across @ prompt[:3], 0.0, rtol=0, atol=1e-12)
    rows = 36_000
    moments = np.column_stack([g, across]).T @ np.column_stack([g, across]) / rows
    desired = np.block([[np.ones((1, 1)), np.zeros((1, 3))], [np.zeros((3, 1)), geometry.across]])
    assert_allclose(moments, desired, rtol=0, atol=7 * 1.5 / math.sqrt(rows))


def test_prompt_along_the_context_is_the_core_law() -> None:
    core = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    laws = labelled_attention(core, Prompt(1.1))
    assert laws.mixture == ((1.0, AttentionLaw(8, 32, 1.1 * 1.3, 1.1 * 0.7)),)


def test_mirrored_prompt_exchanges_the_labels() -> None:
    uncorrelated = ContextualModel(n_tokens=23, n_relevant=5, dim=4, signal_norm=0.7, context_norm=1.4, signal_noise=0.6)
    here, there = (labelled_attention(uncorrelated, Prompt(1.2, 0.5, azimuth)) for azimuth in (0.8, math.pi - 0.8))
    assert_allclose(here.positive.context_score, there.negative.context_score, rtol=1e-14, atol=0)
    assert_allclose(here.negative.score_std, there.positive.score_std, rtol=1e-14, atol=0)


def test_prompt_that_meets_no_noise_has_no_direction_of_noise() -> None:
    silent = ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=0.7, context_norm=1.4, context_noise=0.0)
    geometry = prompt_geometry(silent, Prompt(1.7))
    assert (geometry.score_std, geometry.along.tolist()) == (0.0, [0.0, 0.0, 0.0])


def test_label_law_refuses_noise_of_relevant_tokens() -> None:
    with pytest.raises(ParameterError, match="relevant_noise must be 0"):
        labelled_attention(replace(MODEL, relevant_noise=0.2), Prompt(1.0))


def test_without_slant_the_inversion_integral_is_the_tail_of_relative_accuracy() -> None:
    head, tilted = signal_head(), signal_head() + np.array([0.0, 0.0, 1e-9])
    upright = replace(MODEL, correlation=0.0, label_prior=0.5)
    level = given_head_error(upright, Prompt(1.2, 0.5), head)
    assert level.abs_error < 1e-12 * level.value
    assert_allclose(given_head_error(upright, Prompt(1.2, 0.5), tilted).value, level.value, rtol=1e-8, atol=0)


@pytest.mark.parametrize("prompt", [Prompt(0.9, 0.5, 0.8), Prompt(2.3, 1.1, 2.2), Prompt(0.6, 2.4, 1.2)], ids=str)
@pytest.mark.parametrize("relevant_noise", [0.0, 0.6])
def test_one_noise_and_one_relevant_token_equal_quadrature(prompt: Prompt, relevant_noise: float) -> None:
    model = replace(MODEL, n_tokens=2, n_relevant=1, relevant_noise=relevant_noise)
    geometry, head = prompt_geometry(model, prompt), np.array([0.2, 1.1, -0.7])
    step = 0.03
    g = step * np.arange(-300, 301)
    weight = np.exp(-0.5 * g * g) * step / math.sqrt(2 * math.pi)
    slant, spread = head @ geometry.along, math.sqrt(head @ geometry.across @ head)
    total = 0.0
    for label, prior in ((-1.0, 0.7), (1.0, 0.3)):
        score = geometry.context_score + label * geometry.label_score
        relevant = np.exp(score + relevant_noise * geometry.score_std * g)[:, None]
        noise = np.exp(geometry.score_std * g)
        mean = relevant * (head @ (label * geometry.context + geometry.signal) + label * relevant_noise * slant * g[:, None])
        deviation = np.hypot(relevant * relevant_noise * spread, noise * spread)
        total += prior * float(weight @ ndtr(-(mean + label * slant * noise * g) / deviation) @ weight)
    assert_allclose(given_head_error(model, prompt, head).value, total, rtol=0, atol=2e-12)


def test_no_head_orthogonal_to_the_context_errs_less_than_the_best_one() -> None:
    prompt = Prompt(1.2, 0.5, 0.4)
    head, error = best_head(MODEL, prompt)
    for other in (signal_head(), quiet_head(MODEL, prompt), least_squares_head(MODEL, prompt)):
        assert error.value <= given_head_error(MODEL, prompt, other).value * (1 + 1e-9)
    assert head[0] == 0.0


def test_least_squares_head_is_the_one_of_sample_moments() -> None:
    features, labels = pooled_tokens(MODEL, PROMPT, rng=stream(2, "population"), size=60_000)
    sampled = np.linalg.lstsq(features[:, 1:3], labels, rcond=None)[0]
    exact = least_squares_head(MODEL, PROMPT)[1:]
    # a coefficient has a standard error of about 1 / (√60000 · 0.25)
    assert_allclose(sampled, exact, rtol=0, atol=0.1)
    assert exact[1] < -0.5


def test_endless_prompt_at_an_angle_is_the_limit() -> None:
    setting = replace(MODEL, n_relevant=2, context_noise=1.0)
    limit = endless_error(setting, Prompt(0.0, 0.6, 0.8))
    gaps = [abs(population_error(setting, Prompt(tau, 0.6, 0.8)).value - limit) for tau in (12.0, 24.0)]
    assert gaps[1] < 0.6 * gaps[0] < 0.02


def test_angle_at_a_right_azimuth_only_shortens_the_context() -> None:
    core = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    shorter = replace(core, context_norm=1.3 * math.cos(0.7))
    for name, number in attention(core, Prompt(1.1, 0.7)).items():
        assert_allclose(number.value, attention(shorter, Prompt(1.1))[name].value, rtol=1e-12, atol=0)


@pytest.mark.parametrize("law", [(8, 32, 1.43, 0.77), (3, 1, 0.3, 2.1), (4, 60, 4.5, 2.25), (3, 300, 0.4, 0.2)], ids=str)
def test_variance_of_the_noise_gain_by_two_routes(law: tuple[int, int, float, float]) -> None:
    attention_law = AttentionLaw(*law)
    moments = attention_law.moments
    assert_allclose(attention_law.gain_variance, moments.gain_squared - moments.gain**2, rtol=1e-9, atol=0)


@pytest.mark.parametrize("n_irrelevant", [300, 9_000_000])
def test_variance_of_the_noise_gain_vanishes_without_loss_of_digits(n_irrelevant: int) -> None:
    s = 1e-4
    law = AttentionLaw(n_irrelevant // 9, n_irrelevant, 0.4, s)
    total = math.exp(law.log_a) + n_irrelevant
    leading = n_irrelevant * (2 * s / total**2 * (1 - n_irrelevant / total)) ** 2
    assert_allclose(law.gain_variance, leading, rtol=1e-6, atol=0)


def test_noise_of_relevant_tokens_by_quadrature_over_two_scores() -> None:
    model = replace(MODEL, n_tokens=2, n_relevant=1, relevant_noise=0.6, correlation=0.0)
    prompt = Prompt(1.2, 0.5)
    geometry = prompt_geometry(model, prompt)
    step = 0.03
    g = step * np.arange(-300, 301)
    weight = np.exp(-0.5 * g * g) * step / math.sqrt(2 * math.pi)
    relevant = np.exp(geometry.context_score + 0.6 * geometry.score_std * g)[:, None]
    noise = np.exp(geometry.score_std * g)
    mass = relevant / (relevant + noise)
    gain = (1 - mass) ** 2 + 0.36 * mass**2
    numbers = attention(model, prompt)
    for name, values in (("relevant_mass", mass), ("noise_gain", gain)):
        mean = float(weight @ values @ weight)
        spread = math.sqrt(float(weight @ (values - mean) ** 2 @ weight))
        assert_allclose([numbers[name].value, numbers[f"{name}_sd"].value], [mean, spread], rtol=1e-11, atol=0)


def large_context(W: float) -> ContextualModel:
    return ContextualModel(n_tokens=4_000_000, n_relevant=400_000, dim=4, signal_norm=W, context_norm=1.3, noise_std=0.9)


@pytest.mark.parametrize("angle", [0.4, 0.9])
def test_angle_costs_its_squared_sine_of_the_gain(angle: float) -> None:
    straight, bent = (
        math.log(optimal_prompt(large_context(0.003), Prompt(0.0, x))["gain"].details["signal_gain"]) for x in (0.0, angle)
    )
    assert_allclose(bent / straight, math.cos(angle) ** 2, rtol=2e-3, atol=0)


def test_prompt_of_usual_strength_gains_nothing_at_sixty_degrees() -> None:
    model = large_context(0.003)
    usual = 1.3 / (2 * 0.9**2)
    bare = population_error(model, Prompt(0.0)).value
    assert_allclose(population_error(model, Prompt(usual, math.pi / 3)).value, bare, rtol=1e-3, atol=0)
    assert population_error(model, Prompt(usual, 0.9)).value < 0.9 * bare
    assert population_error(model, Prompt(usual, 1.2)).value > 1.1 * bare
