r"""What of the attention law survives when the noise is not Gaussian."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.context import NOISE_LAWS, simulated_mass_with_noise, simulated_mistakes_with_noise
from theory.context import AttentionLaw, gaussian_tail
from theory.context.noise_laws import EXCESS_KURTOSIS, error_with_noise, relevant_mass, score_law
from theory.model import ContextualModel

LOG_A, M, S = math.log(3) + 1.1, 21, 0.83
GAUSSIAN = AttentionLaw(3, M, 1.1, S).moments.mass


def test_general_scores_reproduce_the_gaussian_law() -> None:
    assert_allclose(relevant_mass(LOG_A, M, S, score_law("gaussian", 1)), GAUSSIAN, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["rademacher", "uniform", "laplace"])
def test_deviation_is_excess_kurtosis_over_touched_coordinates(name: str) -> None:
    constants = []
    for k in (32, 128, 512):
        deviation = relevant_mass(LOG_A, M, S, score_law(name, k)) / GAUSSIAN - 1
        constants.append(k * deviation / EXCESS_KURTOSIS[name])
    reference = 512 * (relevant_mass(LOG_A, M, S, score_law("laplace", 512)) / GAUSSIAN - 1) / 3.0
    assert_allclose(constants[2], reference, rtol=0.02, atol=0)
    assert abs(constants[2] - constants[1]) < abs(constants[1] - constants[0]) < 0.1 * abs(reference)


def test_scale_mixture_does_not_become_gaussian() -> None:
    deviations = [abs(relevant_mass(LOG_A, M, S, score_law("scale-mixture", k)) / GAUSSIAN - 1) for k in (8, 512)]
    assert_allclose(deviations[0], deviations[1], rtol=1e-12, atol=0)
    assert deviations[1] > 1e-3


LOG_C, MANY = math.log(9.0), 61
GAUSSIAN_ERROR = gaussian_tail(LOG_C, MANY, S).value


def test_error_of_gaussian_noise_by_two_routes() -> None:
    assert_allclose(error_with_noise(LOG_C, MANY, S, "gaussian", 1), GAUSSIAN_ERROR, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["rademacher", "uniform", "laplace"])
def test_error_deviates_by_excess_kurtosis_over_touched_coordinates(name: str) -> None:
    def constant(law: str, k: int) -> float:
        return k * (error_with_noise(LOG_C, MANY, S, law, k) / GAUSSIAN_ERROR - 1) / EXCESS_KURTOSIS[law]

    constants = [constant(name, k) for k in (8, 32, 128)]
    steps = np.diff(constants)
    assert_allclose(steps[0] / steps[1], 4.0, rtol=0.2, atol=0)  # what is left is of order 1/k²
    limits = [constants[2] + steps[1] / 3, constant("laplace", 128) + (constant("laplace", 128) - constant("laplace", 32)) / 3]
    assert_allclose(limits[0], limits[1], rtol=2e-3, atol=0)


def test_error_under_a_scale_mixture_does_not_become_gaussian() -> None:
    deviations = [error_with_noise(LOG_C, MANY, S, "scale-mixture", k) / GAUSSIAN_ERROR - 1 for k in (8, 512)]
    assert_allclose(deviations[0], deviations[1], rtol=1e-12, atol=0)
    assert deviations[1] > 0.05


@pytest.mark.parametrize("name", ["laplace", "scale-mixture", "uniform"])
def test_error_under_other_noise(agree, name: str) -> None:
    k, tau, sigma, Q, W = 4, 1.1, 0.9, 0.9, 0.4
    model = ContextualModel(n_tokens=11, n_relevant=3, dim=9, signal_norm=W, context_norm=Q, noise_std=sigma)
    log_c = math.log(3 * W / sigma) + tau * Q
    predicted = error_with_noise(log_c, 8, sigma * tau, name, k)
    wrong = {"two noise tokens fewer": error_with_noise(log_c, 6, sigma * tau, name, k)}
    wrong["Gaussian"] = gaussian_tail(log_c, 8, sigma * tau).value
    margin = 0.03
    agree(
        "attention-error-other-noise",
        setting={"noise": name, "k": k, "T": 11, "m": 3, "W": W, "Q": Q, "sigma": sigma, "tau": tau},
        predicted=predicted,
        sampler=lambda rng, size: simulated_mistakes_with_noise(model, tau, law=name, touched=k, rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants={key: value for key, value in wrong.items() if abs(value / predicted - 1) > 3 * margin},
    )


@pytest.mark.parametrize("name", sorted(NOISE_LAWS))
def test_relevant_mass_under_other_noise(agree, name: str) -> None:
    k, tau, sigma, Q = 5, 1.4, 0.9, 1.2
    model = ContextualModel(n_tokens=14, n_relevant=3, dim=6, signal_norm=0.4, context_norm=Q, noise_std=sigma)
    predicted = relevant_mass(math.log(3) + tau * Q, 11, sigma * tau, score_law(name, k))
    gaussian = AttentionLaw(3, 11, tau * Q, sigma * tau).moments.mass
    margin = 0.01
    agree(
        "attention-other-noise",
        setting={"noise": name, "k": k, "T": 14, "m": 3, "Q": Q, "sigma": sigma, "tau": tau},
        predicted=predicted,
        sampler=lambda rng, size: simulated_mass_with_noise(model, tau, law=name, touched=k, rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin=margin,
        wrong_variants={"Gaussian": gaussian} if abs(gaussian / predicted - 1) > 3 * margin else {},
    )


@pytest.mark.parametrize("name", sorted(NOISE_LAWS))
def test_noise_coordinates_have_unit_variance_and_the_stated_kurtosis(name: str) -> None:
    draws = NOISE_LAWS[name](np.random.default_rng(5), (400_000, 1))
    assert abs(float((draws**2).mean()) - 1) < 0.02
    assert abs(float((draws**4).mean()) - 3 - EXCESS_KURTOSIS[name]) < 0.4
