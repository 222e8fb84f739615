r"""Laws of the fixed-point equations: limits, symmetries, and a second route."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize

from theory.context import attention_law
from theory.head import (
    CONVEX_LOSSES,
    Features,
    MarginLaw,
    Scales,
    constant_scales,
    expected_error,
    fixed_point,
    learned_direction,
    limit_error,
    max_margin,
    sample_scales,
    separability_threshold,
    trained_head_error,
)
from theory.model import head_setting

MIXED = Scales(np.array([0.4, 0.9, 1.7]), np.array([0.5, 1.0, 0.8]), np.array([0.3, 0.5, 0.2]))
SOFT = [name for name in CONVEX_LOSSES if name != "max-margin"]


def setting(tau: float, n: int, d: int = 40):
    return head_setting(T=64, m=6, d=d, W=0.6, Q=2.0, sigma=1.1, tau=tau, n=n)


@pytest.mark.parametrize("tau", [0.0, 0.6, 1.5, 2.4])
@pytest.mark.parametrize("n", [45, 90, 300])
def test_squared_loss_reproduces_the_finite_context_law(tau: float, n: int) -> None:
    data = setting(tau, n)
    exact = learned_direction(attention_law(data.model, tau), 0.6, 1.1, 39 / n)
    head = fixed_point(sample_scales(data), CONVEX_LOSSES["squared"], 39 / n, 0.0)
    assert head.converged
    assert_allclose([head.along, head.across], [exact.along, exact.across], rtol=1e-4, atol=0)


TEN = [(0.5, 0.2), (0.5, 0.7), (0.8, 0.4), (1.1, 0.15), (1.1, 0.6), (1.4, 0.3), (1.7, 0.5), (2.0, 0.8), (2.3, 0.4), (0.7, 1.9)]


@pytest.mark.parametrize(("kappa", "gamma"), TEN)
def test_ridgeless_squared_loss_is_the_exact_law_up_to_one_over_n(kappa: float, gamma: float) -> None:
    head = fixed_point(constant_scales(kappa), CONVEX_LOSSES["squared"], gamma, 1e-9)
    limit = float(0.5 * math.erfc(kappa * head.cosine / math.sqrt(2)))
    assert_allclose(limit, limit_error(kappa, gamma), rtol=1e-6, atol=0)
    sizes = np.array([40, 80, 160])
    gaps = np.array([abs(expected_error(kappa, int(n), round(gamma * n))[0] / limit - 1) for n in sizes])
    exponent = np.polyfit(np.log(sizes), np.log(gaps), 1)[0]
    assert gaps[0] * sizes[0] < 3
    assert -1.35 < exponent < -0.75


@pytest.mark.parametrize("scales", [constant_scales(1.4), MIXED])
@pytest.mark.parametrize("gamma", [0.45, 0.9, 1.6])
def test_hinge_meets_max_margin_as_the_ridge_vanishes(scales: Scales, gamma: float) -> None:
    best = max_margin(scales, gamma)
    assert best is not None
    assert best.converged
    for ridge in (1e-3, 1e-5):
        head = fixed_point(scales, CONVEX_LOSSES["hinge"], gamma, ridge)
        assert head.converged
        assert_allclose([head.along, head.across], [best.along, best.across], rtol=1e-8, atol=0)
    gaps = [
        fixed_point(scales, CONVEX_LOSSES["squared-hinge"], gamma, ridge).along / best.along - 1 for ridge in (1e-4, 1e-5, 1e-6)
    ]
    assert_allclose(np.array(gaps[1:]) / np.array(gaps[:-1]), 0.1, rtol=0.1, atol=0)


def test_logistic_tends_to_max_margin_on_separable_data() -> None:
    best = max_margin(MIXED, 0.9)
    assert best is not None
    gaps = [abs(fixed_point(MIXED, CONVEX_LOSSES["logistic"], 0.9, 10.0**-k).cosine - best.cosine) for k in (2, 5, 9)]
    assert gaps[0] > 1.5 * gaps[1] > 2 * gaps[2]  # logarithmically slow


@pytest.mark.parametrize("gamma", [0.3, 0.8])
def test_logistic_is_least_squares_at_small_margins(gamma: float) -> None:
    # log(1 + e^{-v}) = log 2 - v/2 + v²/8 - …: a squared loss with a ridge four times as heavy
    gaps = []
    for ridge in (3.0, 12.0, 48.0):
        logistic = fixed_point(MIXED, CONVEX_LOSSES["logistic"], gamma, ridge)
        squared = fixed_point(MIXED, CONVEX_LOSSES["squared"], gamma, 4 * ridge)
        gaps.append(abs(logistic.along / (2 * squared.along) - 1))
    assert gaps[0] < 0.01
    assert gaps[1] < gaps[0] / 8
    assert gaps[2] < gaps[1] / 8


def test_weak_signal_makes_logistic_regression_least_squares() -> None:
    # with n >> p and a weak signal every margin is small without any ridge
    scales = constant_scales(0.05)
    gaps = []
    for gamma in (0.02, 0.005):
        logistic = fixed_point(scales, CONVEX_LOSSES["logistic"], gamma, 0.0)
        squared = fixed_point(scales, CONVEX_LOSSES["squared"], gamma, 0.0)
        gaps.append(abs(logistic.cosine / squared.cosine - 1))
    assert gaps[0] < 2e-3
    assert gaps[1] < gaps[0]


@pytest.mark.parametrize("name", SOFT)
def test_heavy_ridge_is_averaging(name: str) -> None:
    mean, energy, gamma = MIXED.mean(MIXED.signal), MIXED.mean(MIXED.noise**2), 0.7
    head = fixed_point(MIXED, CONVEX_LOSSES[name], gamma, 1e6)
    assert_allclose(head.cosine, mean / math.sqrt(mean**2 + gamma * energy), rtol=1e-5, atol=0)


@pytest.mark.parametrize("name", list(SOFT))
def test_units_of_features_do_not_matter(name: str) -> None:
    factor = 0.037
    small = Scales(factor * MIXED.signal, factor * MIXED.noise, MIXED.weights)
    head = fixed_point(MIXED, CONVEX_LOSSES[name], 0.6, 0.2)
    scaled = fixed_point(small, CONVEX_LOSSES[name], 0.6, 0.2 * factor**2)
    assert_allclose(
        [scaled.along * factor, scaled.across * factor, scaled.loss], [head.along, head.across, head.loss], rtol=1e-9, atol=0
    )


@pytest.mark.parametrize("name", ["logistic", "hinge"])
def test_saddle_point_by_brute_force(name: str) -> None:
    r"""min over (a, b, β), b an intercept without ridge, of max over η of E e(aᵀs + c r Z; ηc²) - γβ²/(2η) + λ(a² + β²)/2."""
    loss, gamma, ridge = CONVEX_LOSSES[name], 0.6, 0.2
    labels = np.array([1.0, -1.0, 1.0, -1.0])
    special, noise, weights = (
        np.stack([[0.4, 0.9, 1.7, 0.2], labels]),
        np.array([0.5, 1.0, 0.8, 0.6]),
        np.array([0.2, 0.2, 0.3, 0.3]),
    )
    law = Features(special, noise, weights, np.diag([0.49, 0.0]), np.array([True, False]), ("signal", "intercept"))
    z = np.linspace(-7, 7, 561)
    density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    c = noise[:, None]

    def mean(a: np.ndarray, beta: float, eta: float, part: int) -> float:
        x, theta = (a @ special)[:, None] + math.hypot(0.7 * a[0], beta) * c * z, eta * c * c + 0 * z
        v = loss.proximal(x, theta)[0]
        values = ((v - x) / c) ** 2 if part else loss.value(v) + (v - x) ** 2 / (2 * theta)
        return float(weights @ (values @ density))

    def upper(state: np.ndarray) -> float:
        a, beta = state[:2], math.exp(float(state[2]))
        eta = math.exp(brentq(lambda log_eta: mean(a, beta, math.exp(log_eta), 1) - gamma * beta**2, -9.0, 9.0, xtol=1e-7))
        return mean(a, beta, eta, 0) - gamma * beta**2 / (2 * eta) + ridge * (a[0] ** 2 + beta**2) / 2

    head = fixed_point(law, loss, gamma, ridge)
    solution = np.append(head.special, math.log(head.across))
    simplex = solution + 0.02 * np.vstack([[0.3, -0.4, -0.2], np.eye(3)])
    options = {"xatol": 3e-4, "fatol": 1e-8, "initial_simplex": simplex}
    best = minimize(upper, simplex[0], method="Nelder-Mead", options=options)
    assert_allclose(best.x, solution, rtol=0, atol=2e-3)
    assert upper(solution) <= best.fun + 1e-8


@pytest.mark.parametrize("name", SOFT)
@pytest.mark.parametrize("gamma", [0.07, 0.5, 1.3, 4.0])
@pytest.mark.parametrize("ridge", [1e-4, 0.03, 5.0])
def test_solver_converges_everywhere(name: str, gamma: float, ridge: float) -> None:
    for scales in (constant_scales(0.3), constant_scales(3.1), MIXED):
        assert fixed_point(scales, CONVEX_LOSSES[name], gamma, ridge).converged


def test_training_margins_have_the_training_loss() -> None:
    head = fixed_point(MIXED, CONVEX_LOSSES["hinge"], 0.6, 0.2)
    law = MarginLaw(MIXED, CONVEX_LOSSES["hinge"], head)
    grid = np.linspace(-12, 1, 4001)
    # E max(1 - v, 0) = ∫ P(v <= t) dt over t < 1
    values = np.array([law.training(t) for t in grid[:-1]] + [law.training(1 - 1e-12)])
    integral = np.sum((values[1:] + values[:-1]) / 2 * np.diff(grid))
    assert_allclose(integral, head.loss, rtol=1e-5, atol=0)
    assert law.training_error < law.fresh(0.0)


def test_max_margin_exists_exactly_above_the_threshold() -> None:
    threshold, _ = separability_threshold(MIXED)
    assert max_margin(MIXED, threshold * 0.999) is None
    near = max_margin(MIXED, threshold * 1.001)
    far = max_margin(MIXED, threshold * 2)
    assert near is not None
    assert far is not None
    assert math.hypot(near.along, near.across) > 20 * math.hypot(far.along, far.across)


def test_numerical_error_is_stated_and_small() -> None:
    for loss in SOFT:
        predicted = trained_head_error(setting(1.5, 70).trained_by(loss, 0.004))
        assert predicted.details["converged"]
        assert 0 < predicted.abs_error < 3e-4 * predicted.value
