r"""Laws of the phase diagram: concavity, the lines, and their limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tests.context.quadrature import expectation
from theory.context import (
    ENDLESS_SIGNAL,
    AttentionLaw,
    expected_maximum,
    freezing_ratio,
    largest_token_share,
    trusted_context,
    typical_optimum,
    typical_signal,
)
from theory.model import ContextualModel


@pytest.mark.parametrize(("m", "exact"), [(2, 1 / math.sqrt(math.pi)), (3, 1.5 / math.sqrt(math.pi)), (1, 0.0)])
def test_expected_maximum_of_few_scores(m: int, exact: float) -> None:
    assert_allclose(expected_maximum(m), exact, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("m", [7, 3_000, 10**7])
def test_expected_maximum_is_below_the_freezing_ratio(m: int) -> None:
    assert 0.68 * freezing_ratio(m) < expected_maximum(m) < freezing_ratio(m)


@pytest.mark.parametrize(("m", "s"), [(1, 0.7), (2, 0.1), (2, 0.9), (3, 0.4)])
def test_typical_signal_equals_quadrature(m: int, s: float) -> None:
    mean_log = expectation(lambda _, squares: np.log(squares), m, s, log_a=0.0, reach=8.5, step=0.1 if m < 3 else 0.3)
    assert_allclose(typical_signal(AttentionLaw(3, m, 1.3, s)), math.log(3) + 1.3 - 0.5 * mean_log, rtol=1e-9, atol=0)


@given(m=st.integers(2, 10**6), s=st.floats(0.1, 6.0), h=st.floats(0.05, 0.09), ratio=st.floats(0.2, 4.0))
def test_typical_signal_is_concave_in_strength(m: int, s: float, h: float, ratio: float) -> None:
    low, here, high = (typical_signal(AttentionLaw(2, m, ratio * x, x)) for x in (s - h, s, s + h))
    assert low + high < 2.0 * here + 1e-11


@pytest.mark.parametrize("T", [12, 90, 5_000])
def test_typical_optimum_is_endless_above_the_expected_maximum(T: int) -> None:
    m = max(1, T // 8)
    edge = expected_maximum(T - m)
    below, above = (
        typical_optimum(
            ContextualModel(n_tokens=T, n_relevant=m, dim=3, signal_norm=0.4, context_norm=edge * 0.7 * r, noise_std=0.7)
        )
        for r in (0.97, 1.03)
    )
    assert above == math.inf
    assert math.isfinite(below)


def test_typical_optimum_tends_to_the_large_context_one() -> None:
    errors = []
    for T in (10**3, 10**5, 10**7):
        model = ContextualModel(n_tokens=T, n_relevant=T // 9, dim=3, signal_norm=0.4, context_norm=0.9, noise_std=0.7)
        errors.append(abs(typical_optimum(model) / (0.9 / (2 * 0.49)) - 1))
    assert errors[2] < 1e-3 < errors[0]


@pytest.mark.parametrize(("m", "s"), [(2, 0.3), (2, 1.1), (3, 0.6)])
def test_largest_token_share_equals_quadrature(m: int, s: float) -> None:
    g = np.arange(-8.4, 8.4, 0.1 if m == 2 else 0.28)
    weight = np.exp(-0.5 * g * g) * (g[1] - g[0]) / math.sqrt(2 * math.pi)
    grids = np.meshgrid(*[g] * m, indexing="ij")
    weights = math.prod(np.meshgrid(*[weight] * m, indexing="ij"))
    x2 = [np.exp(2 * s * grid) for grid in grids]
    desired = float((weights * sum(x * x for x in x2) / sum(x2) ** 2).sum())
    assert_allclose(largest_token_share(AttentionLaw(1, m, 0.0, s)), desired, rtol=1e-9, atol=0)


def test_noise_freezes_as_in_the_random_energy_model() -> None:
    for m in (10**4, 10**7):
        for factor in (2.0, 3.5):
            strength = factor * freezing_ratio(m) / 2.0
            share = largest_token_share(AttentionLaw(1, m, 0.0, strength))
            assert abs(share - (1 - 1 / factor)) < 3.0 / math.log(m)


def test_trusted_region_grows_with_context() -> None:
    edges = [trusted_context(T, 0.1) for T in (40, 1_000, 10**6)]
    assert edges[0] < edges[1] < edges[2] < freezing_ratio(10**6)


def test_endless_signal_is_the_geometric_mean_of_a_normal() -> None:
    x = np.arange(-12.0, 3.0, 0.01)  # E log|Z| in the variable log|z|
    density = 2.0 * np.exp(x - 0.5 * np.exp(2 * x)) / math.sqrt(2 * math.pi)
    assert_allclose(math.log(ENDLESS_SIGNAL), 0.01 * float((x * density).sum()), rtol=2e-4, atol=0)
