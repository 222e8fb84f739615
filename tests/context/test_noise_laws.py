r"""What of the attention law survives when the noise is not Gaussian."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.context import NOISE_LAWS, simulated_mass_with_noise
from theory.context import AttentionLaw
from theory.context.score_laws import EXCESS_KURTOSIS, relevant_mass, score_law
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
