r"""Laws of the finite-context formula: exact where it should be, invariances, limits, and a brute-force fixed point."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.special import ndtr

from tests.strategies import known_prompts
from theory.context import AttentionLaw
from theory.head import exact_error, expected_error, finite_context_error, head_error, large_context_error, learned_direction
from theory.model import HeadSetting, Prompt, head_setting


@settings(max_examples=15)
@given(setting=known_prompts(prompt_strength=0.0))
def test_mean_pooling_is_the_exact_formula(setting: HeadSetting) -> None:
    assert_allclose(finite_context_error(setting).value, exact_error(setting).value, rtol=1e-6, atol=0)


@settings(max_examples=15)
@given(setting=known_prompts(), unit=st.floats(0.3, 3))
def test_unit_of_length_does_not_matter(setting: HeadSetting, unit: float) -> None:
    model = setting.model
    scaled = replace(
        setting,
        model=replace(
            model,
            signal_norm=unit * model.signal_norm,
            context_norm=unit * model.context_norm,
            noise_std=unit * model.noise_std,
        ),
        prompt=Prompt(setting.prompt.strength / unit),
    )
    assert_allclose(finite_context_error(scaled).value, finite_context_error(setting).value, rtol=1e-7, atol=0)


@settings(max_examples=15)
@given(setting=known_prompts(), factor=st.floats(1.1, 2))
def test_error_decreases_with_signal(setting: HeadSetting, factor: float) -> None:
    stronger = replace(setting, model=replace(setting.model, signal_norm=factor * setting.model.signal_norm))
    assert finite_context_error(stronger).value < finite_context_error(setting).value <= 0.5


@settings(max_examples=15)
@given(setting=known_prompts())
def test_error_is_above_that_of_the_population_head(setting: HeadSetting) -> None:
    best = finite_context_error(replace(setting, n_samples=math.inf)).value
    assume(best > 1e-12)
    assert best < finite_context_error(setting).value


@settings(max_examples=10)
@given(setting=known_prompts(n_samples=10**8))
def test_many_samples_reach_the_population_head(setting: HeadSetting) -> None:
    best = head_error(replace(setting, n_samples=math.inf)).value
    assume(best > 1e-3)  # the relative effect of 1/n grows as errors get rare
    assert_allclose(head_error(setting).value, best, rtol=1e-4, atol=0)


@pytest.mark.parametrize("tau", [0.3, 0.6])
def test_large_context_formula_is_the_limit_of_many_tokens(tau: float) -> None:
    gaps = []
    for tokens in (10**3, 10**4, 10**5):
        setting = head_setting(T=tokens, m=tokens // 20, d=30, W=8 / math.sqrt(tokens), Q=1.3, sigma=0.9, tau=tau, n=90)
        gaps.append(abs(large_context_error(setting).value / finite_context_error(setting).value - 1))
    assert_allclose(np.array(gaps[:-1]) / gaps[1:], 10, rtol=0.1)  # the deviation is of the order 1/T


@pytest.mark.parametrize(("tau", "trusted"), [(0.5, True), (1.0, False), (1.5, False), (3.0, False)])
def test_large_context_formula_says_where_it_may_be_trusted(tau: float, trusted: bool) -> None:
    setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, sigma=1.0, tau=tau, n=120)
    large, best = head_error(setting, "large-context"), head_error(setting)
    assert large.trusted is trusted
    assert abs(large.value - best.value) <= large.model_error


def test_huge_settings_are_answered() -> None:
    setting = head_setting(T=10**6, m=1000, d=10**5, W=0.1, Q=2.0, tau=1.5, n=10**6)
    prediction = head_error(setting)
    assert prediction.abs_error < 1e-9
    assert 0.01 < prediction.value < 0.5


@pytest.mark.parametrize("change", [{"tau": 300.0}, {"W": 400.0}, {"Q": 500.0}, {"tau": 1e4, "Q": 1e3}])
def test_nothing_overflows(change: dict[str, float]) -> None:
    setting = head_setting(**{"T": 64, "m": 6, "d": 40, "W": 0.6, "Q": 2.0, "tau": 1.5, "n": 120, **change})
    prediction = head_error(setting)
    assert 0 <= prediction.value <= 0.5
    assert np.isfinite(prediction.abs_error)


def brute_force_law(law: AttentionLaw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""A and C² of one or two noise tokens on a Gauss–Hermite grid, with weights."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(90)
    grid = np.meshgrid(*[nodes] * law.n_irrelevant)
    mass = np.prod(np.meshgrid(*[weights / weights.sum()] * law.n_irrelevant), axis=0)
    scores = np.exp(law.score_std * np.array(grid))
    total = np.exp(law.log_a) + scores.sum(axis=0)
    return np.exp(law.log_a) / total, (scores**2).sum(axis=0) / total**2, mass


@pytest.mark.parametrize("gamma", [0.13, 0.6, 0.95, 1.3, 4.0])
@pytest.mark.parametrize("noise_tokens", [1, 2])
def test_learned_direction_agrees_with_brute_force(noise_tokens: int, gamma: float) -> None:
    law, signal, noise = AttentionLaw(3, noise_tokens, 0.7, 0.8), 1.3, 0.7
    attention, gain, mass = brute_force_law(law)

    def mean(values: np.ndarray) -> float:
        return float((mass * values).sum())

    b, aw = noise**2 * gain, attention * signal
    if gamma < 1:
        xi = math.exp(brentq(lambda t: mean(math.exp(t) * b / (1 + math.exp(t) * b)) - gamma, -20, 20, xtol=1e-14))
        d = 1 + xi * b
        along = mean(aw / d) / mean((aw**2 + b) / d)
        across = math.sqrt(xi * mean(((1 - along * aw) ** 2 + along**2 * b) * b / d**2) / mean(b / d**2))
    else:
        along = mean(aw / b) / (gamma + mean(aw**2 / b))
        across = math.sqrt((mean((1 - along * aw) ** 2 / b) + along**2) / (gamma - 1))
    direction = learned_direction(law, signal, noise, gamma)
    assert_allclose([direction.along, direction.across], [along, across], rtol=1e-8, atol=0)
    limit = mean(ndtr(-aw / np.sqrt(b) * direction.cosine))
    assert_allclose(0.5 - law.gaussian_tail(signal / noise * direction.cosine).value, 0.5 - limit, rtol=1e-8, atol=0)


def test_finite_sample_term_is_the_exact_law_at_the_equivalent_ratio() -> None:
    setting = head_setting(T=30, m=5, d=8, W=0.8, Q=1.4, sigma=0.9, tau=1.1, n=25)
    prediction = finite_context_error(setting)
    assert_allclose(prediction.value, expected_error(float(prediction.details["kappa"]), 25, 7)[0], rtol=1e-12, atol=0)
    assert prediction.value - prediction.details["limit"] == prediction.details["finite_sample_term"]


REFERENCE = {"T": 64, "m": 6, "d": 40, "W": 0.6, "Q": 2.0, "tau": 1.5}


@pytest.mark.parametrize(("head", "n"), [("full", 20), *(("orthogonal", n) for n in (1, 2, 5, 10, 19))])
def test_nothing_is_known_of_what_the_limit_leaves_at_few_samples(head: str, n: int) -> None:
    r"""Below 20 samples, and where a full head interpolates: the exact law answers instead, and is trusted."""
    setting = head_setting(**REFERENCE, n=n, head=head)
    assert math.isinf(head_error(setting, "finite-context").model_error)
    best = head_error(setting)
    assert (best.formula, best.model_error, best.trusted) == ("exact", 0.0, True)


@pytest.mark.parametrize(("head", "n"), [("orthogonal", 24), ("orthogonal", 120), ("full", 120)])
def test_what_the_limit_leaves_holds_the_exact_law(head: str, n: int) -> None:
    setting = head_setting(**REFERENCE, n=n, head=head)
    limit, exact = head_error(setting, "finite-context"), head_error(setting, "exact")
    assert limit.model_error < 0.05 * limit.value
    assert abs(limit.value - exact.value) <= limit.total_error + exact.total_error
