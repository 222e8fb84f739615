r"""Laws of the distribution of A and A/C."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.context import simulated_attention
from theory.context import AttentionLaw, mass_distribution, signal_distribution
from theory.context.lognormal import lognormal_sum
from theory.model import ContextualModel, ParameterError, Prompt


@pytest.mark.parametrize("log_std", [0.21, 0.8, 1.7, 4.3])
@pytest.mark.parametrize("z", [-15.0, -5.3, -1.1, 0.17, 1.3, 6.2, 17.0])
def test_one_lognormal_has_relative_accuracy_in_both_tails(log_std: float, z: float) -> None:
    law = lognormal_sum(z * log_std, 1, log_std)
    assert_allclose(min(law.below, law.above), float(ndtr(-abs(z))), rtol=1e-10, atol=0)


@pytest.mark.parametrize(("log_t", "log_std"), [(-3.1, 0.9), (0.2, 0.4), (1.3, 1.2), (6.0, 1.1), (14.0, 1.6)])
def test_two_lognormals_equal_quadrature(log_t: float, log_std: float) -> None:
    u = np.arange(-42.0, 42.0, 0.01)  # logistic share of t in the first term: the integrand is analytic, decays at both ends
    share = 1.0 / (1.0 + np.exp(-u))
    y, rest = log_t + np.log(share), log_t - np.logaddexp(0.0, u)
    density = np.exp(-0.5 * (y / log_std) ** 2) / (log_std * math.sqrt(2 * math.pi)) * (1.0 - share)
    below = 0.01 * float((density * ndtr(rest / log_std)).sum())
    law = lognormal_sum(log_t, 2, log_std)
    assert_allclose(law.below, below, rtol=1e-10, atol=0)
    above = float(ndtr(-log_t / log_std)) + 0.01 * float((density * ndtr(-rest / log_std)).sum())
    assert_allclose(law.above, above, rtol=1e-10, atol=0)


@pytest.mark.parametrize("law", [AttentionLaw(3, 6, 1.2, 0.9)], ids=str)
def test_mean_attention_is_the_integral_of_its_distribution(law: AttentionLaw) -> None:
    logit = np.arange(-5.6, 5.6, 0.4)  # where the law is smooth: the trapezoidal rule converges geometrically
    mass = 1.0 / (1.0 + np.exp(-logit))
    certain = 1.0 / (1.0 + np.exp(-np.arange(-6.0, -40.0, -0.4)))  # P(A > x) = 1 to machine precision
    mean = 0.4 * float((certain * (1.0 - certain)).sum())
    mean += 0.4 * sum(x * (1.0 - x) * mass_distribution(law, float(x)).above for x in mass)
    assert_allclose(mean, law.moments.mass, rtol=1e-6, atol=0)


@pytest.mark.parametrize(("T", "m", "tau", "mass"), [(19, 3, 0.8, 0.37), (130, 11, 1.6, 0.41)])
def test_distribution_of_attention(agree, T: int, m: int, tau: float, mass: float) -> None:
    Q, sigma = 1.4, 0.9
    model = ContextualModel(n_tokens=T, n_relevant=m, dim=4, signal_norm=0.3, context_norm=Q, noise_std=sigma)
    law = mass_distribution(AttentionLaw(m, T - m, tau * Q, tau * sigma), mass)

    def sampler(rng: np.random.Generator, size: int):
        draws = simulated_attention(model, Prompt(tau), quantity="relevant_mass", rng=rng, size=size)
        return (draws < mass).astype(float)

    agree(
        "attention-distribution",
        setting={"T": T, "m": m, "Q": Q, "sigma": sigma, "tau": tau, "x": mass},
        predicted=law.below,
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin=0.03,
        wrong_variants={"one noise token fewer": mass_distribution(AttentionLaw(m, T - m - 1, tau * Q, tau * sigma), mass).below}
        if T < 100
        else {},
    )


def test_signal_of_one_noise_token_is_lognormal() -> None:
    law = AttentionLaw(4, 1, 1.7, 0.6)
    for z in (-7.0, -0.4, 2.2, 9.0):
        x = math.exp(law.log_a + 0.6 * z)
        found = signal_distribution(law, x)
        assert_allclose(min(found.below, found.above), float(ndtr(-abs(z))), rtol=1e-10, atol=0)


def test_distributions_need_a_random_law() -> None:
    with pytest.raises(ParameterError, match="law must be random"):
        mass_distribution(AttentionLaw(3, 5, 0.0, 0.0), 0.4)
