r"""Laws of the error of the population head: relative accuracy in the far tail, limits, the optimal prompt."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr

from tests.context.quadrature import expectation
from theory.context import best_strength, endless_error, gaussian_tail, optimal_prompt, population_error
from theory.context.lognormal._gaussian_tail import _cut_and_leg, _ray, _Rule
from theory.model import ContextualModel, ParameterError, Prompt


def model_of(T: int, m: int, W: float, Q: float, sigma: float = 1.0) -> ContextualModel:
    return ContextualModel(n_tokens=T, n_relevant=m, dim=7, signal_norm=W, context_norm=Q, noise_std=sigma)


@pytest.mark.parametrize("s", [0.03, 0.11, 0.31, 0.72, 1.6, 3.7])
@pytest.mark.parametrize("c", [0.013, 0.9, 3.3, 11.0, 34.0, 290.0, 1.3e5])
def test_tail_of_one_token_has_relative_accuracy(s: float, c: float) -> None:
    desired = expectation(lambda _, squares: ndtr(-c / np.sqrt(squares)), 1, s, log_a=0.0, reach=38.0, step=min(0.015, 0.015 / s))
    found = gaussian_tail(math.log(c), 1, s)
    if desired > 1e-250:
        assert_allclose(found.value, desired, rtol=2e-11, atol=0)
        assert found.rel_error < 1e-9


@pytest.mark.parametrize(("c", "s"), [(0.8, 0.4), (14.0, 0.13), (26.0, 0.13), (160.0, 0.62), (9.0, 1.9)])
def test_tail_of_two_tokens_has_relative_accuracy(c: float, s: float) -> None:
    desired = expectation(lambda _, squares: ndtr(-c / np.sqrt(squares)), 2, s, log_a=0.0, reach=26.0, step=0.04)
    assert_allclose(gaussian_tail(math.log(c), 2, s).value, desired, rtol=2e-11, atol=0)


@pytest.mark.parametrize("m", [3, 61, 4_000, 9_999_990])
@pytest.mark.parametrize("s", [0.05, 0.4, 1.3, 3.1])
def test_two_contours_agree(m: int, s: float) -> None:
    typical = 0.5 * math.log(m) + min(s * s, s * math.sqrt(2 * math.log(m)))
    for ratio in (2.2, 3.4):
        log_c = math.log(ratio) + typical
        straight, _ = _ray(log_c, m, 2 * s, _Rule(1.0, 16))
        bent, _ = _cut_and_leg(log_c, m, 2 * s, _Rule(1.0, 16))
        assert_allclose(math.exp(bent), straight, rtol=0, atol=3e-14)


@settings(max_examples=25)
@given(m=st.integers(1, 10**7), s=st.floats(0.02, 3.0), low=st.floats(-3.0, 12.0), step=st.floats(0.1, 2.0))
def test_tail_falls_with_the_threshold_and_rises_with_tokens(m: int, s: float, low: float, step: float) -> None:
    here = gaussian_tail(low, m, s)
    assert gaussian_tail(low + step, m, s).log_value < here.log_value
    assert gaussian_tail(low, m + max(1, m // 3), s).log_value > here.log_value
    assert 0.0 <= here.value <= 0.5


@pytest.mark.parametrize("T", [10**2, 10**4, 10**7])
def test_large_context_formula_is_the_limit(T: int) -> None:
    m = T // 10
    tau, q, sigma, snr = 0.43, 1.3, 0.8, 1.4
    s2 = (sigma * tau) ** 2
    W = snr * sigma * math.sqrt(T - m) / m * math.exp(s2 - tau * q)
    found = population_error(model_of(T, m, W, q, sigma), Prompt(tau)).value
    deviation = abs(found / float(ndtr(-snr)) - 1)
    assert 1e-9 < deviation < 60.0 / T


@pytest.mark.parametrize(("T", "m", "W", "Q"), [(16, 2, 0.4, 1.2), (64, 4, 0.3, 2.0)])
def test_endless_prompt_is_the_limit(T: int, m: int, W: float, Q: float) -> None:
    limit = endless_error(model_of(T, m, W, Q), Prompt(0.0))
    gaps = [abs(population_error(model_of(T, m, W, Q), Prompt(tau)).value - limit) for tau in (40.0, 80.0)]
    assert gaps[1] < 0.6 * gaps[0] < 0.02


def test_best_prompt_at_moderate_context_is_far_from_the_large_context_one() -> None:
    model = model_of(64, 4, 0.3, 2.0)
    best = optimal_prompt(model)
    assert abs(best["value"].value - 2.18) < 0.02
    assert abs(population_error(model, Prompt(2.25)).value - 0.289) < 1e-3
    assert abs(population_error(model, Prompt(1.0)).value - 0.3193) < 1e-4
    assert best["value"].details["large_context"] == 1.0


def test_best_prompt_for_the_error_vanishes_at_fixed_signal() -> None:
    strengths = (0.15, 0.29, 0.56, 1.0, 1.7)
    best = []
    for T in (10**4, 10**6, 10**7):
        errors = [population_error(model_of(T, T // 16, 0.1, 2.0), Prompt(tau)).value for tau in strengths]
        best.append(strengths[int(np.argmin(errors))])
    assert best == [1.0, 0.56, 0.29]
    assert population_error(model_of(10**7, 10**7 // 16, 0.1, 2.0), Prompt(0.29)).value < 1e-200


@pytest.mark.parametrize("side", [-1, 1])
def test_best_prompt_is_endless_below_a_signal_and_finite_above(side: int) -> None:
    m, Q = 2, 2.4
    edge = math.sqrt(0.5) * math.exp(-0.5 * np.euler_gamma)  # of m W/σ
    limit = endless_error(model_of(9, m, 0.3, Q), Prompt(0.0))
    error = population_error(model_of(9, m, edge * (1 + 0.25 * side) / m, Q), Prompt(300.0)).value
    assert (error > limit) == (side < 0)


def test_best_strength_finds_ends() -> None:
    assert best_strength(lambda tau: 0.1 + tau, 1.0).strength == 0.0
    assert best_strength(lambda tau: 0.2 + 1.0 / (1.0 + tau), 1.0, limit=0.2).strength == math.inf


@pytest.mark.parametrize("name", ["signal_norm", "context_norm", "noise_std"])
def test_optimal_prompt_needs_signal_context_and_noise(name: str) -> None:
    values = {"n_tokens": 9, "n_relevant": 2, "dim": 4, "signal_norm": 0.3, "context_norm": 1.1, "noise_std": 0.9}
    with pytest.raises(ParameterError, match=name):
        optimal_prompt(ContextualModel(**{**values, name: 0.0}))
