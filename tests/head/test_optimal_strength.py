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
    assert_allclose(many["value"].value, population["value"].value, rtol=2e-3, atol=0)
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
