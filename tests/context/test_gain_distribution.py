r"""Laws of the distribution of the noise gain C²: three routes that overlap, limits, and the simulation."""

import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.context import simulated_attention
from theory.context import AttentionLaw, attention_probability, noise_gain_distribution
from theory.context.gain import few_tokens_gain_below, gain_above, gain_below, inverted_gain_law
from theory.context.lognormal import lognormal_sum
from theory.model import ContextualModel, ParameterError, Prompt


def test_root_of_the_dominating_token() -> None:
    x, c, total = sympy.symbols("x c B", positive=True)
    token = total * (x + sympy.sqrt(x - (1 - x) * c)) / (1 - x)
    assert sympy.simplify(token**2 + c * total**2 - x * (token + total) ** 2) == 0


def test_effective_number_of_tokens_grows_by_at_most_one() -> None:
    first, second, token = sympy.symbols("S1 S2 X", positive=True)
    lost = (first**2 / second + 1) * (second + token**2) - (first + token) ** 2
    assert sympy.simplify(lost - (first * token / sympy.sqrt(second) - sympy.sqrt(second)) ** 2) == 0


@pytest.mark.parametrize("z", [-6.1, -0.3, 1.4, 7.2])
def test_gain_of_one_token_is_a_logistic_normal(z: float) -> None:
    share = 1.0 / (1.0 + math.exp(1.2 - 0.9 * z))
    law = noise_gain_distribution(AttentionLaw(1, 1, 1.2, 0.9), share**2)
    assert_allclose(min(law.below, law.above), float(ndtr(-abs(z))), rtol=1e-10, atol=0)


@settings(max_examples=8)
@given(st.floats(-1.5, 3.0), st.floats(0.6, 7.0), st.floats(0.55, 0.995), st.sampled_from([2, 3]))
def test_dominating_token_equals_quadrature_over_scores(log_a: float, score_std: float, gain: float, n_terms: int) -> None:
    above, error = gain_above(log_a, n_terms, score_std, gain)
    below, other_error = few_tokens_gain_below(log_a, n_terms, score_std, gain)
    assert_allclose(above, 1.0 - below, rtol=0, atol=2e-10 + error + other_error)


@pytest.mark.parametrize(
    ("log_a", "score_std", "gain", "allowed"),
    [(0.4, 0.6, 0.17, 1e-10), (1.7, 1.3, 0.09, 1e-10), (2.1, 2.4, 0.05, 1e-10), (1.2, 1.1, 0.29, 1e-4)],
)
def test_inversion_equals_quadrature_over_three_scores(log_a: float, score_std: float, gain: float, allowed: float) -> None:
    below, error = few_tokens_gain_below(log_a, 3, score_std, gain)
    assert error < 1e-9
    assert_allclose(gain_below(log_a, 3, score_std, gain)[0], below, rtol=0, atol=allowed)


@pytest.mark.parametrize(("log_a", "n_terms", "score_std"), [(3.2, 20, 0.9), (5.0, 300, 1.3), (9.4, 20_000, 2.1)])
def test_inversion_equals_the_dominating_token(log_a: float, n_terms: int, score_std: float) -> None:
    above, error = gain_above(log_a, n_terms, score_std, 0.52)
    assert error < 1e-7
    found = inverted_gain_law(log_a, n_terms, score_std, 0.52)
    assert abs(found.above - above) < found.abs_error < 1e-2


def test_tail_of_the_dominating_token_has_relative_accuracy() -> None:
    for x in (1.0 - 1e-4, 1.0 - 1e-9):
        fine, coarse = (gain_above(0.3, 20, 2.0, x, step=step)[0] for step in (0.8, 1.0))
        assert fine < 1e-9
        assert_allclose(coarse, fine, rtol=1e-12, atol=0)


def test_mean_gain_is_the_integral_of_its_distribution() -> None:
    law = AttentionLaw(2, 3, 0.8, 1.1)
    logit = np.arange(-14.0, 6.1, 0.25)
    x = 1.0 / (1.0 + np.exp(-logit))
    mean = 0.25 * sum(p * (1.0 - p) * noise_gain_distribution(law, float(p)).above for p in x)
    certain = 1.0 / (1.0 + np.exp(-np.arange(-14.25, -45.0, -0.25)))
    assert_allclose(mean + 0.25 * float((certain * (1.0 - certain)).sum()), law.moments.gain, rtol=1e-7, atol=0)


def test_tails_of_the_inversion_stay_within_their_stated_error() -> None:
    law = AttentionLaw(9, 200, 0.8, 0.5)
    found = [noise_gain_distribution(law, law.moments.gain * math.exp(shift)) for shift in (-0.5, -0.38)]
    assert all(abs(part.below) < part.abs_error < 1e-8 for part in found)


@pytest.mark.parametrize(("n_terms", "score_std", "z"), [(7, 1.4, 0.9), (10**6, 1.1, 1.001)])
def test_complete_attention_leaves_the_sum_of_squares(n_terms: int, score_std: float, z: float) -> None:
    law = AttentionLaw(1, n_terms, 60.0, score_std)
    log_level = math.log(n_terms) + 2.0 * score_std**2 * z
    limit = lognormal_sum(log_level, n_terms, 2.0 * score_std)
    assert_allclose(noise_gain_distribution(law, math.exp(log_level - 120.0)).below, limit.below, rtol=0, atol=2e-9)


def test_weak_prompt_makes_the_gain_lognormal() -> None:
    law, z = AttentionLaw(3, 50, 1.0, 1e-4), 0.7
    a = math.exp(law.log_a)
    spread = 2.0 * a / (a + 50) * law.score_std / math.sqrt(50)
    x = 50 / (a + 50) ** 2 * math.exp(z * spread)
    assert_allclose(noise_gain_distribution(law, x).below, float(ndtr(z)), rtol=0, atol=2e-3)


def test_law_of_ten_million_tokens_is_found_on_two_rays() -> None:
    law = AttentionLaw(10**6, 10**7, 1.0, 2.3)
    x = 0.9 * law.moments.gain
    found = noise_gain_distribution(law, x)
    assert found.abs_error < 1e-8
    assert 0.05 < found.below < 0.95


@pytest.mark.parametrize("gain", [0.0, 1.0, -0.2, math.nan])
def test_gain_outside_its_range_is_refused(gain: float) -> None:
    with pytest.raises(ParameterError, match="gain"):
        noise_gain_distribution(AttentionLaw(3, 5, 0.4, 0.9), gain)


def test_certain_gain_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="law must be random"):
        noise_gain_distribution(AttentionLaw(3, 5, 0.0, 0.0), 0.4)
    model = ContextualModel(n_tokens=9, n_relevant=3, dim=4, signal_norm=0.3, context_norm=1.1)
    with pytest.raises(ParameterError, match="prompt_strength"):
        attention_probability(model, Prompt(0.0), "noise-gain", 0.2)
    with pytest.raises(ParameterError, match="at must be"):
        attention_probability(model, Prompt(0.8), "relevant-mass", 1.3)


def test_unresolved_law_is_refused() -> None:
    model = ContextualModel(n_tokens=6, n_relevant=1, dim=4, signal_norm=0.3, context_norm=9.0)
    with pytest.raises(ParameterError, match="at must be where the law of C² is resolved"):
        attention_probability(model, Prompt(1.2, math.pi), "noise-gain", 0.49)


@pytest.mark.parametrize(
    ("T", "m", "Q", "tau", "gain"), [(12, 2, 1.4, 0.8, 0.06), (130, 11, 1.4, 1.6, 0.018), (9, 2, 0.4, 3.1, 0.55)]
)
def test_distribution_of_the_noise_gain(agree, T: int, m: int, Q: float, tau: float, gain: float) -> None:
    sigma = 0.9
    model = ContextualModel(n_tokens=T, n_relevant=m, dim=4, signal_norm=0.3, context_norm=Q, noise_std=sigma)
    log_a, score_std = math.log(m) + tau * Q, tau * sigma
    mean_total = math.exp(log_a) + (T - m) * math.exp(0.5 * score_std**2)
    certain = lognormal_sum(math.log(gain * mean_total**2), T - m, 2.0 * score_std).below

    def sampler(rng: np.random.Generator, size: int):
        draws = simulated_attention(model, Prompt(tau), quantity="noise_gain", rng=rng, size=size)
        return (draws < gain).astype(float)

    agree(
        "noise-gain-distribution",
        setting={"T": T, "m": m, "Q": Q, "sigma": sigma, "tau": tau, "x": gain},
        predicted=attention_probability(model, Prompt(tau), "noise-gain", gain),
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin=0.05,
        wrong_variants={"normaliser is its mean": certain},
    )


def test_distribution_of_the_signal_to_noise_ratio(agree) -> None:
    model = ContextualModel(n_tokens=30, n_relevant=4, dim=4, signal_norm=0.6, context_norm=1.4, noise_std=0.9, correlation=0.4)
    prompt, ratio = Prompt(1.3, 1.1, 0.9), 1.9
    predicted = attention_probability(model, prompt, "signal-to-noise", ratio)
    aligned = attention_probability(model, Prompt(prompt.strength), "signal-to-noise", ratio).value

    def sampler(rng: np.random.Generator, size: int):
        draws = simulated_attention(model, prompt, quantity="signal_to_noise", rng=rng, size=size)
        return (draws < ratio).astype(float)

    agree(
        "attention-distribution",
        setting={"T": 30, "m": 4, "Q": 1.4, "sigma": 0.9, "tau": prompt.strength, "x": ratio, "of": "A/C", "angle": prompt.angle},
        predicted=predicted,
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin=0.05,
        wrong_variants={"prompt along the context": aligned},
    )
