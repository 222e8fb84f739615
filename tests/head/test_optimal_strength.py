r"""The best prompt strength for a trained head."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.context import simulated_optimal_prompt
from simulations.head import simulated_errors
from theory.context import optimal_prompt
from theory.head import head_error, optimal_head_prompt
from theory.model import ParameterError, head_setting

SETTING = head_setting(T=50, m=5, d=12, W=0.7, Q=1.7, sigma=0.9, tau=0, n=40)


@pytest.mark.parametrize("factor", [0.7, 0.95, 1.05, 1.5])
def test_no_other_strength_is_better(factor: float) -> None:
    best = optimal_head_prompt(SETTING)
    other = head_error(SETTING.at_strength(factor * best["value"].value))
    assert other.value > best["error"].value


def test_gain_is_over_mean_pooling() -> None:
    best = optimal_head_prompt(SETTING)
    assert_allclose(best["gain"].value, head_error(SETTING).value / best["error"].value, rtol=1e-12, atol=0)
    assert best["gain"].value > 1


def test_many_samples_want_the_prompt_of_the_population() -> None:
    many = optimal_head_prompt(replace(SETTING, n_samples=10**7))
    population = optimal_prompt(SETTING.model)
    assert_allclose(many["value"].value, population["value"].value, rtol=2e-2, atol=0)
    assert abs(many["value"].value - population["value"].value) <= many["value"].total_error
    assert_allclose(many["error"].value, population["error"].value, rtol=1e-4, atol=0)


def test_simulated_minimum_holds_the_predicted_one() -> None:
    def experiment(tau: float, rng: np.random.Generator, size: int) -> np.ndarray:
        return simulated_errors(SETTING.at_strength(tau), rng=rng, size=size)

    best = optimal_head_prompt(SETTING)
    found = simulated_optimal_prompt(SETTING.model, experiment, draws=600, confidence=0.999999, root_seed=11)
    for key, prediction in best.items():
        low, high = found["interval"][key]
        assert low < prediction.value < high


@pytest.mark.parametrize("change", [{"W": 0.0}, {"Q": 0.0}, {"rho": 1.0}])
def test_refuses_what_has_no_best_prompt(change: dict[str, float]) -> None:
    values = {"T": 50, "m": 5, "d": 12, "W": 0.7, "Q": 1.7, "sigma": 0.9, "tau": 0, "n": 40, **change}
    with pytest.raises(ParameterError):
        optimal_head_prompt(head_setting(**values))


def test_population_has_the_best_prompt_of_its_attention() -> None:
    setting = replace(SETTING, n_samples=math.inf)
    assert optimal_head_prompt(setting)["value"].value == optimal_prompt(setting.model)["value"].value


# Strengths that formulas without a finite n would choose, and errors of training there; the best strength is near 1.
SMALL = {"T": 17, "m": 3, "W": 0.6, "Q": 1.2, "tau": 0.0}
FEW_SAMPLES = [
    ({"d": 6, "n": 5}, 14.53, 0.4457, 0.0013),
    ({"d": 6, "n": 3}, 3.57, 0.412, 0.001),
    ({"d": 6, "n": 1}, 4.02, 0.448, 0.001),
    ({"d": 40, "n": 38}, 14.53, 0.4216, 0.0007),
]
FAR_OFF = FEW_SAMPLES[2]


@pytest.mark.parametrize(("sizes", "strength", "truth", "standard_error"), FEW_SAMPLES)
def test_error_of_few_samples_under_a_strong_prompt(
    sizes: dict[str, int], strength: float, truth: float, standard_error: float
) -> None:
    setting = head_setting(**SMALL, **sizes)
    there = head_error(setting.at_strength(strength))
    assert abs(there.value - truth) < there.total_error + 4 * standard_error


def test_a_strong_prompt_is_not_best_for_one_sample() -> None:
    sizes, strength, truth, standard_error = FAR_OFF
    setting = head_setting(**SMALL, **sizes)
    best = optimal_head_prompt(setting)
    assert best["error"].value + best["error"].total_error < truth - 4 * standard_error
    assert best["value"].details["near_best_from"] < 1.0 < best["value"].details["near_best_to"] < strength
