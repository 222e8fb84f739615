r"""Laws of the exact formulas: two routes agree, limits, bounds, monotonicity."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import betaln, gammaln, log_ndtr, ndtr
from scipy.stats import beta

from theory.head import (
    AveragingAlignment,
    ErrorLaw,
    LeastSquaresAlignment,
    MinimumNormAlignment,
    alignment,
    error_with_intercept,
    expected_error,
    head_error,
    limit_error,
)
from theory.head.exact import student_expected_error
from theory.head.exact._strong_signal import log_least_squares_error
from theory.model import head_setting
from theory.numerics import log_negative_product

kappas = st.floats(0.15, 3.3)
dims = st.integers(2, 60)


def log_product(n: int, kappa: float, dim: int) -> float:
    r"""log P(X₁ᵀX₂ < 0) for the averaging head: means √n κ and κ along one axis."""
    return log_negative_product(math.sqrt(n) * kappa**2, (n + 1) * kappa**2 / 2, dim)


@settings(max_examples=30)
@given(kappa=st.floats(0.15, 2.5), dim=st.integers(16, 60), extra=st.integers(0, 90))
def test_least_squares_agrees_with_student_form(kappa: float, dim: int, extra: int) -> None:
    assert_allclose(
        expected_error(kappa, dim + extra, dim)[0], student_expected_error(kappa, dim + extra, dim), rtol=1e-8, atol=0
    )


@settings(max_examples=20)
@given(kappa=kappas, dim=dims, extra=st.integers(0, 90))
def test_tensor_and_nested_quadrature_agree(kappa: float, dim: int, extra: int) -> None:
    law = LeastSquaresAlignment(math.sqrt(dim + extra) * kappa, extra + 1, dim)
    value, bound = expected_error(kappa, dim + extra, dim)
    nested = math.exp(law.log_expectation(lambda cosine: log_ndtr(-kappa * cosine)))
    assert abs(value - nested) <= bound + 1e-11 * value


@given(kappa=kappas, dim=dims, n=st.integers(3, 300))
def test_averaging_agrees_with_saddle_point_contour(kappa: float, dim: int, n: int) -> None:
    contour = math.exp(log_product(n, kappa, dim))
    assert_allclose(expected_error(kappa, n, dim, "averaging")[0], contour, rtol=1e-9, atol=0)


@settings(max_examples=15)
@given(kappa=kappas, n=st.integers(3, 30), missing=st.integers(1, 40))
def test_minimum_norm_is_averaging_in_a_random_subspace(kappa: float, n: int, missing: int) -> None:
    dim, free = n + missing, missing + 1

    def given_share(share: float) -> float:
        scale = math.sqrt(share) * kappa
        log_density = beta.logpdf(share, free / 2, (n - 1) / 2)
        return math.exp(log_density + log_product(n, scale, free))

    reference = quad(
        lambda angle: given_share(math.sin(angle) ** 2) * math.sin(2 * angle), 0, math.pi / 2, epsabs=0, epsrel=1e-11
    )[0]
    assert_allclose(expected_error(kappa, n, dim)[0], reference, rtol=1e-9, atol=0)


@given(kappa=kappas, dim=dims, n=st.integers(1, 200))
def test_error_lies_between_the_best_head_and_guessing(kappa: float, dim: int, n: int) -> None:
    value, bound = expected_error(kappa, n, dim)
    assert ndtr(-kappa) < value < 0.5
    assert 0 < bound < 1e-10


@given(kappa=kappas, dim=dims, n=st.integers(1, 200))
def test_averaging_is_the_better_head(kappa: float, dim: int, n: int) -> None:
    assert expected_error(kappa, n, dim, "averaging")[0] <= expected_error(kappa, n, dim)[0] + 1e-12


@given(kappa=kappas, dim=dims, n=st.integers(1, 200), factor=st.floats(1.05, 2))
def test_error_decreases_with_signal(kappa: float, dim: int, n: int, factor: float) -> None:
    assert expected_error(kappa * factor, n, dim)[0] < expected_error(kappa, n, dim)[0]


@given(kappa=kappas, dim=dims, extra=st.integers(0, 100), more=st.integers(1, 20))
def test_error_decreases_with_samples_beyond_interpolation(kappa: float, dim: int, extra: int, more: int) -> None:
    assert expected_error(kappa, dim + extra + more, dim)[0] < expected_error(kappa, dim + extra, dim)[0]


@given(kappa=st.floats(0.4, 2), dim=st.integers(12, 60))
def test_double_descent_peaks_at_interpolation(kappa: float, dim: int) -> None:
    peak = expected_error(kappa, dim, dim)[0]
    assert expected_error(kappa, dim // 2, dim)[0] < peak > expected_error(kappa, 2 * dim, dim)[0]


@given(dim=dims, n=st.integers(1, 100))
def test_no_signal_is_guessing(dim: int, n: int) -> None:
    assert_allclose(expected_error(0.0, n, dim)[0], 0.5, rtol=1e-12, atol=0)


@given(kappa=kappas)
def test_one_coordinate_learns_a_sign(kappa: float) -> None:
    right = ndtr(math.sqrt(7) * kappa)
    assert_allclose(expected_error(kappa, 7, 1)[0], right * ndtr(-kappa) + (1 - right) * ndtr(kappa), rtol=1e-12, atol=0)


@pytest.mark.parametrize("ratio", [0.2, 0.7, 1.6, 4.0])
def test_exact_law_approaches_its_limit_like_one_over_n(ratio: float) -> None:
    sizes = np.array([400, 800, 1600])
    gaps = [expected_error(1.3, n, round(ratio * n))[0] - limit_error(1.3, ratio) for n in sizes]
    slope = np.polyfit(np.log(sizes), np.log(np.abs(gaps)), 1)[0]
    assert_allclose(slope, -1, atol=0.03)


@given(kappa=kappas, dim=st.integers(2, 30))
def test_infinitely_many_samples_reach_the_best_head(kappa: float, dim: int) -> None:
    assert_allclose(expected_error(kappa, 10**9, dim)[0], ndtr(-kappa), rtol=1e-5, atol=0)


def test_cost_does_not_grow_with_samples_or_coordinates() -> None:
    value, bound = expected_error(1.0, 10**6, 10**5)
    assert abs(value - limit_error(1.0, 0.1)) < 1e-6
    assert bound < 1e-10


@pytest.mark.parametrize(("kappa", "n", "dim"), [(21.5, 1000, 4), (25.0, 1000, 40), (21.5, 20, 400), (28.0, 60, 40)])
def test_tiny_errors_keep_relative_accuracy(kappa: float, n: int, dim: int) -> None:
    value, bound = expected_error(kappa, n, dim)
    assert 0 < value < 1e-13
    assert bound < 1e-6 * value
    law = alignment(kappa, n, dim)
    finer = math.exp(law.log_expectation(lambda cosine: log_ndtr(-kappa * cosine), order=80))
    assert_allclose(value, finer, rtol=1e-7, atol=0)


def test_tiny_averaging_errors_agree_with_the_contour() -> None:
    value = expected_error(21.5, 1000, 4, "averaging")[0]
    assert_allclose(value, math.exp(log_product(1000, 21.5, 4)), rtol=1e-9, atol=0)
    assert value < 1e-100


@pytest.mark.parametrize(
    ("d", "n", "signal", "head", "error", "tolerance"),
    [
        (5, 4, 1e4, "orthogonal", 7.2084e-05, 1e-4),
        (3, 3, 1e6, "orthogonal", 5.3704e-13, 1e-4),
        (10, 9, 1e3, "orthogonal", 0.0011682, 1e-3),
        (5, 5, 1e5, "full", 8.26e-06, 0.02),
    ],
)
def test_strong_signals_err_where_they_are_turned_away(
    d: int, n: int, signal: float, head: str, error: float, tolerance: float
) -> None:
    answer = head_error(head_setting(T=64, m=6, d=d, W=signal, Q=2.0, n=n, tau=0.0, head=head))
    assert_allclose(answer.value, error, rtol=tolerance, atol=0)
    assert answer.abs_error < 0.01 * error


@settings(max_examples=6)
@given(dim=st.integers(2, 40), freedom=st.integers(1, 12), size=st.floats(6, 12))
def test_least_squares_at_strong_signals_falls_like_a_power(dim: int, freedom: int, size: float) -> None:
    # θ = χ_{p-1} √(1 + 1/n)/κ is the angle between X₁ and X₂, and P(tan of the tilt beyond cot θ) = θ^k/(k B(k/2, 1/2))
    n, kappa = dim + freedom - 1, 10.0**size
    log_error = freedom / 2 * math.log(2 * (1 + 1 / n)) + gammaln((dim - 1 + freedom) / 2) - gammaln((dim - 1) / 2)
    log_error -= freedom * math.log(kappa) + math.log(freedom) + betaln(freedom / 2, 0.5)
    value, bound = expected_error(kappa, n, dim)
    assert bound < 1e-7 * value or value < 1e-200
    if log_error > -600:
        assert_allclose(math.log(value), log_error, rtol=0, atol=1e-7)


@settings(max_examples=4)
@given(share=st.floats(0.2, 1.4), dim=st.integers(2, 30), extra=st.integers(0, 30))
def test_logarithmic_scalars_agree_with_angles(share: float, dim: int, extra: int) -> None:
    law = LeastSquaresAlignment(1.0, extra + 1, dim)
    kappa = share * law.weak_signal
    law = LeastSquaresAlignment(math.sqrt(dim + extra) * kappa, extra + 1, dim)
    log_error, bound = log_least_squares_error(law.mean, kappa, extra + 1, dim)
    angles = law.log_expectation(lambda cosine: log_ndtr(-kappa * cosine), order=96)
    assert abs(log_error - angles) < bound + 1e-9


@pytest.mark.parametrize(("kappa", "n", "dim"), [(3.0, 4, 5), (30.0, 6, 7), (5.0, 2, 30)])
def test_interpolation_agrees_on_both_scales(kappa: float, n: int, dim: int) -> None:
    law = MinimumNormAlignment(math.sqrt(n) * kappa, n, dim)
    log_error, bound = law.log_error(kappa)
    angles = law.log_expectation(lambda cosine: log_ndtr(-kappa * cosine), order=128)
    assert abs(log_error - angles) < bound + 1e-6


@pytest.mark.parametrize(
    ("kappa", "n", "dim", "rule"),
    [(1.2, 30, 10, "least-squares"), (1.5, 12, 2, "least-squares"), (0.6, 4, 9, "least-squares"), (1.2, 30, 10, "averaging")],
)
def test_density_of_the_error_is_the_slope_of_its_distribution(kappa: float, n: int, dim: int, rule: str) -> None:
    law = ErrorLaw(alignment(kappa, n, dim, rule), kappa)
    low, high = law.support
    for level in (0.1, 0.5, 0.8):
        error = law.quantile(level)
        step = 1e-3 * min(error - low, high - error)
        below, above = ([law.cdf(error + side * k * step) for k in (1, 2)] for side in (-1, 1))
        slope = (8 * (above[0] - below[0]) - (above[1] - below[1])) / (12 * step)
        assert_allclose(law.density(error), slope, rtol=1e-6, atol=0)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    ends = [law.quantile(level) for level in (0.1, 0.3, 0.5, 0.7, 0.9)]
    mass = sum((b - a) / 2 * weights @ [law.density((a + b) / 2 + (b - a) / 2 * x) for x in nodes] for a, b in pairwise(ends))
    assert_allclose(mass, 0.8, rtol=1e-4, atol=0)


@pytest.mark.parametrize("n", [10**9, 10**15])
def test_bounds_do_not_swell_with_samples(n: int) -> None:
    for rule in ("least-squares", "averaging"):
        value, bound = expected_error(1.3, n, 7, rule)
        assert bound < 1e-13
        assert_allclose(value, ndtr(-1.3), rtol=30 / n + 1e-13, atol=0)
    for ratio, tolerance in ((1e-7, 1e-11), (0.5, 1e-7), (2.0, 1e-7)):
        value, bound = expected_error(1.3, n, round(ratio * n))
        assert abs(value - limit_error(1.3, ratio)) < bound + 10 * value / n
        assert bound < tolerance * value


@given(kappa=kappas, dim=st.integers(2, 30), half=st.integers(0, 20))
def test_intercept_costs_a_degree_of_freedom(kappa: float, dim: int, half: int) -> None:
    n = 2 * (dim // 2 + 1 + half)
    assert error_with_intercept(kappa, n, dim)[0] > expected_error(kappa, n, dim)[0]


@given(kappa=kappas, n=st.integers(3, 50), dim=dims)
def test_rejects_wrong_degrees_of_freedom(kappa: float, n: int, dim: int) -> None:
    assume(dim < n)
    value = expected_error(kappa, n, dim)[0]
    for freedom in (n - dim, n - dim + 2):
        wrong = LeastSquaresAlignment(math.sqrt(n) * kappa, freedom, dim).expectation(lambda cosine: ndtr(-kappa * cosine), 52)
        assert abs(wrong - value) > 1e-7 * value


@pytest.mark.parametrize("law", [LeastSquaresAlignment(4.0, 6, 9), MinimumNormAlignment(3.0, 5, 14), AveragingAlignment(2.5, 7)])
def test_alignment_laws_have_mass_one_and_their_own_mean(
    law: LeastSquaresAlignment | MinimumNormAlignment | AveragingAlignment,
) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(40)
    angles = np.pi / 2 * (nodes + 1)
    masses = np.pi / 2 * weights * np.sin(angles) * [law.density(float(cosine)) for cosine in np.cos(angles)]
    assert_allclose(masses.sum(), 1, rtol=1e-7)
    assert_allclose(masses @ np.cos(angles), law.expectation(lambda cosine: cosine, 48), rtol=1e-7)
