r"""The cubature for (A, C²) against moments, resolvents and tails that are computed without it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from theory.context import AttentionLaw
from theory.head import noise_sums
from theory.numerics import bounded_gauss_rule, three_point_rule, two_point_rule

LAWS = [
    (6, 58, 3.0, 1.5),
    (6, 58, 1.0, 0.5),
    (8, 32, 1.43, 0.77),
    (1, 7, 1.5, 1.0),
    (3, 13, 2.0, 3.0),
    (30, 970, 1.1, 1.2),
    (2, 3, 0.5, 0.7),
]


def deviations(law: AttentionLaw, resolution: float = 1.0) -> dict[str, np.ndarray]:
    sums = noise_sums(law.n_irrelevant, law.score_std, resolution)
    w, log_s = sums.weights, np.logaddexp(law.log_a, sums.log_total)
    A, c = np.exp(law.log_a - log_s), np.exp(sums.log_squares - 2 * log_s)
    moments = law.moments
    typical = moments.mass / np.sqrt(moments.gain)
    first = {w @ A: moments.mass, w @ A**2: moments.mass_squared, w @ c: moments.gain, w @ (A * c): moments.mass_gain}
    resolvent, tails = {}, {}
    for kappa in (0.7 / moments.gain, 9.0 / moments.gain, 60.0 / moments.gain):
        exact, d = law.resolvent(kappa), 1 / (1 + kappa * c)
        for j in range(3):
            resolvent[w @ (A**j * d)], resolvent[w @ (A**j * c * d**2)] = exact.mass[j], exact.mass_gain[j]
        resolvent[w @ (c * d)], resolvent[w @ (c**2 * d**2)] = exact.gain, exact.gain_squared
    for x in (0.4, 1.1, 2.3):
        tails[w @ ndtr(-x / typical * A / np.sqrt(c))] = law.gaussian_tail(x / typical).value
    return {
        name: np.abs(np.array(list(pairs)) / np.array(list(pairs.values())) - 1)
        for name, pairs in {"moments": first, "resolvents": resolvent, "tails": tails}.items()
    }


@pytest.mark.parametrize("law", LAWS)
def test_cubature_reproduces_functionals_of_attention(law) -> None:
    found = deviations(AttentionLaw(*law))
    assert found["moments"].max() < 1e-3
    assert found["resolvents"].max() < 8e-5
    assert found["tails"].max() < 4e-5


@pytest.mark.parametrize("law", LAWS)
def test_cubature_is_positive_with_mass_one_inside_the_support(law) -> None:
    sums = noise_sums(law[1], law[3])
    assert sums.weights.min() > 0
    assert_allclose(sums.weights.sum(), 1, rtol=1e-13, atol=0)
    share = 2 * sums.log_total - sums.log_squares  # log of the effective number of tokens
    assert share.min() >= -1e-12


def test_finer_cells_are_more_accurate() -> None:
    for law in LAWS[:4]:
        coarse, fine = deviations(AttentionLaw(*law), 2.0), deviations(AttentionLaw(*law))
        assert fine["resolvents"].max() < 0.5 * coarse["resolvents"].max()


def test_cost_grows_slowly_with_tokens() -> None:
    sizes = [noise_sums(count, 0.9).weights.size for count in (60, 6_000, 600_000)]
    assert max(sizes) < 600


def test_gauss_rules_have_the_given_moments() -> None:
    points, weights = np.array([-1.3, 0.2, 0.9, 2.7]), np.array([0.3, 0.4, 0.2, 0.1])
    points = points - weights @ points
    moments = np.array([[weights @ points**k] for k in range(2, 6)])
    low, high, share = two_point_rule(moments[0], moments[1])
    nodes, three, valid = three_point_rule(moments)
    assert valid.all()
    for k in range(2, 6):
        assert_allclose(three[:, 0] @ nodes[:, 0] ** k, moments[k - 2, 0], rtol=1e-11, atol=0)
    for k in (2, 3):
        assert_allclose(share * low**k + (1 - share) * high**k, moments[k - 2], rtol=1e-12, atol=0)


def test_bounded_rules_stay_above_the_floor_with_mean_and_variance() -> None:
    mean, moments = (
        np.array([1.01, 1.4, 1.0]),
        np.array([[0.09, 0.3, 0.0], [0.01, -0.2, 0.0], [0.02, 0.4, 0.0], [0.01, 0.1, 0.0]]),
    )
    nodes, weights = bounded_gauss_rule(mean, moments, 1.0)
    assert nodes[weights > 0].min() >= 1.0
    assert_allclose((weights * nodes).sum(axis=0), mean, rtol=1e-12, atol=0)
    assert_allclose((weights * (nodes - mean) ** 2).sum(axis=0), moments[0], rtol=1e-9, atol=1e-15)
