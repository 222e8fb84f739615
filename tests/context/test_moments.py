r"""Laws of the moments of attention: two routes, proven digits, limits, identities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tests.context.quadrature import expectation
from theory.context import AttentionLaw, attention, attention_moments, resolvent_moments
from theory.context.certified import certified_gain, certified_mass
from theory.context.moments import centred_mass_variance
from theory.model import ContextualModel, ParameterError, Prompt

LAWS = [(8, 32, 1.43, 0.77), (3, 1, 0.3, 2.1), (4, 60, 4.5, 2.25), (3, 9_999_997, 2.0, 0.9), (5, 300, 0.01, 0.005)]
SMALL = [(1.7, 1, 0.13), (0.4, 1, 2.6), (3.1, 2, 0.9), (-0.8, 2, 1.7), (0.9, 3, 0.6)]

laws = st.builds(
    AttentionLaw,
    n_relevant=st.integers(1, 60),
    n_irrelevant=st.integers(1, 10**7),
    context_score=st.floats(0.0, 12.0),
    score_std=st.floats(0.01, 6.0),
)
kappas = st.floats(1e-3, 1e9)
few = settings(max_examples=40)  # each example takes hundredths of a second


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_moments_lie_in_proven_balls(law: tuple[int, int, float, float]) -> None:
    attention = AttentionLaw(*law)
    mass = certified_mass(attention.log_a, attention.n_irrelevant, attention.score_std, digits=20)
    gain = certified_gain(attention.log_a, attention.n_irrelevant, attention.score_std, digits=20)
    assert float(mass.rad() / mass) < 1e-12
    assert abs(float(mass.mid()) / attention.moments.mass - 1) < 2e-12
    assert abs(float(gain.mid()) / attention.moments.gain - 1) < 2e-12


@pytest.mark.parametrize("case", SMALL, ids=str)
@pytest.mark.parametrize("kappa", [0.0, 0.03, 4.7, 2.9e4])
def test_resolvent_equals_quadrature_over_scores(case: tuple[float, int, float], kappa: float) -> None:
    log_a, m, s = case
    a = math.exp(log_a)
    step, reach = (0.06, 10.0 + 4.0 * s) if m == 1 else (0.12, 9.0) if m == 2 else (0.3, 7.6)

    def mean(j: int, i: int, power: int) -> float:
        def f(total, squares):
            c = squares / total**2
            return (a / total) ** j * c**i / (1.0 + kappa * c) ** power

        return expectation(f, m, s, log_a=log_a, reach=reach, step=step)

    found = resolvent_moments(log_a, m, s, kappa)
    desired = [mean(0, 0, 1), mean(1, 0, 1), mean(2, 0, 1), mean(0, 1, 2), mean(1, 1, 2), mean(2, 1, 2)]
    desired += [mean(0, 1, 1), mean(0, 2, 2)]
    actual = [*found.mass, *found.mass_gain, found.gain, found.gain_squared]
    assert_allclose(actual, desired, rtol=2e-11 if m < 3 else 1e-9, atol=0)


@few
@given(law=laws, kappa=kappas)
def test_resolvent_identity(law: AttentionLaw, kappa: float) -> None:
    found = law.resolvent(kappa)
    assert_allclose(found.mass[0] + kappa * found.gain, 1.0, rtol=5e-12, atol=0)


@few
@given(law=laws)
def test_resolvent_at_zero_gives_the_moments(law: AttentionLaw) -> None:
    found, moments = law.resolvent(0.0), law.moments
    actual = [*found.mass[1:], *found.mass_gain, found.gain, found.gain_squared]
    desired = [moments.mass, moments.mass_squared, moments.gain, moments.mass_gain, moments.mass_squared_gain]
    assert_allclose(actual, [*desired, moments.gain, moments.gain_squared], rtol=5e-12, atol=0)


@few
@given(law=laws, kappa=kappas)
def test_gain_moments_are_minus_derivatives(law: AttentionLaw, kappa: float) -> None:
    h = 1e-4 * kappa
    upper, lower, here = law.resolvent(kappa + h), law.resolvent(kappa - h), law.resolvent(kappa)
    for j in range(3):
        slope = (lower.mass[j] - upper.mass[j]) / (2 * h)
        assert_allclose(slope, here.mass_gain[j], rtol=1e-6, atol=3e-13 * here.mass[j] / h)


@few
@given(n_irrelevant=st.integers(2, 10**7), score=st.floats(0.0, 5.0), s=st.floats(0.01, 1.6))
def test_inverse_moments_are_the_limit_of_the_resolvent(n_irrelevant: int, score: float, s: float) -> None:
    law = AttentionLaw(3, n_irrelevant, score, s)
    kappa = 1e9 * law.inverse_gain[0]
    limits = [kappa * mass for mass in law.resolvent(kappa).mass]
    assert_allclose(limits, law.inverse_gain, rtol=1e-4, atol=0)


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_inverse_moments_equal_quadrature_over_scores(case: tuple[float, int, float]) -> None:
    log_a, m, s = case
    a = math.exp(log_a)
    step, reach = (0.06, 10.0 + 2.0 * s) if m == 1 else (0.12, 11.0) if m == 2 else (0.3, 7.6)
    law = AttentionLaw(1, m, log_a, s)
    desired = [
        expectation(lambda total, squares, j=j: (a / total) ** j * total**2 / squares, m, s, log_a=log_a, reach=reach, step=step)
        for j in range(3)
    ]
    assert_allclose(law.inverse_gain, desired, rtol=2e-11 if m < 3 else 1e-8, atol=0)


@given(law=laws)
def test_moments_are_ordered_as_moments_must_be(law: AttentionLaw) -> None:
    moments = law.moments
    slack = 1 + 1e-12
    assert moments.mass**2 <= moments.mass_squared * slack <= moments.mass * slack**2
    assert moments.gain**2 <= moments.gain_squared * slack <= moments.gain * slack**2
    assert moments.noise_mass**2 / law.n_irrelevant <= moments.gain * slack
    assert_allclose(moments.mass + moments.noise_mass, 1.0, rtol=1e-12, atol=0)


@pytest.mark.parametrize("T", [10**2, 10**4, 10**7])
def test_no_prompt_gives_uniform_attention(T: int) -> None:
    m = T // 7
    law = AttentionLaw(m, T - m, 0.0, 0.0)
    zeta = m / T
    assert_allclose([law.moments.mass, law.moments.gain], [zeta, (1 - zeta) / T], rtol=1e-12, atol=0)
    near = AttentionLaw(m, T - m, 1e-9, 1e-9)
    assert_allclose(near.moments.gain, law.moments.gain, rtol=1e-8, atol=0)


@pytest.mark.parametrize("score", [50.0, 1e4])
@pytest.mark.parametrize("s", [0.0, 0.7, 50.0])
def test_nothing_overflows_under_a_strong_prompt(score: float, s: float) -> None:
    for n_irrelevant in (1, 58, 10**7):
        law = AttentionLaw(6, n_irrelevant, score, s)
        values = [law.moments.mass, law.moments.gain, *law.resolvent(1e300).mass]
        assert np.all(np.isfinite(values))
        assert np.all(np.array(values) >= 0.0)


def test_without_noise_tokens_attention_is_complete() -> None:
    law = AttentionLaw(5, 0, 1.3, 0.7)
    assert (law.moments.mass, law.moments.gain, law.resolvent(3.0).mass) == (1.0, 0.0, (1.0, 1.0, 1.0))
    with pytest.raises(ParameterError, match="n_irrelevant must be at least 1"):
        _ = law.inverse_gain


@pytest.mark.parametrize("case", [(1.2, 1, 0.31), (1.2, 2, 0.9), (3.5, 32, 0.77), (5.0, 3000, 1.6)], ids=str)
def test_two_routes_to_the_variance_of_attention(case: tuple[float, int, float]) -> None:
    log_a, m, s = case
    moments = attention_moments(log_a, m, s)
    direct = moments.mass_squared - moments.mass**2
    assert_allclose(centred_mass_variance(log_a, m, s), direct, rtol=1e-9, atol=0)


@pytest.mark.parametrize("T", [10**3, 10**7])
def test_variance_of_attention_vanishes_without_loss_of_digits(T: int) -> None:
    m, s = T // 7, 1e-4
    a, noise = math.exp(0.4) * m, T - m
    leading = (a * s) ** 2 * noise / (a + noise) ** 4
    assert_allclose(AttentionLaw(m, noise, 0.4, s).moments.mass_variance, leading, rtol=1e-6, atol=0)


@pytest.mark.parametrize("context_norm", [1e2, 1e5, 1e8, 1e15])
def test_saturated_attention_is_one_within_its_bound(context_norm: float) -> None:
    model = ContextualModel(n_tokens=64, n_relevant=6, dim=3, signal_norm=0.6, context_norm=context_norm)
    mass = attention(model, Prompt(1.0))["relevant_mass"]
    assert mass.value <= 1.0
    assert 1.0 - mass.value <= mass.abs_error
