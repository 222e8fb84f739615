r"""Separability: the threshold, and the probability at finite n, exactly."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from theory.head import (
    Scales,
    bounded_separable_probability,
    constant_scales,
    separability,
    separability_threshold,
    separable_probability,
    separable_without_signal,
)
from theory.head.separability._active_samples import active_sums
from theory.model import head_setting

DECADES = Scales(10.0 ** np.linspace(-5, 7, 7), np.ones(7), np.array([1, 2, 3, 4, 3, 2, 1]) / 16)
MIXED = Scales(np.array([0.4, 0.9, 1.7]), np.array([0.5, 1.0, 0.8]), np.array([0.3, 0.5, 0.2]))


def test_threshold_at_unit_ratio() -> None:
    assert round(separability_threshold(constant_scales(1.0))[0], 4) == 0.2703


def test_wendel_probability_at_twelve_samples_in_five_dimensions() -> None:
    assert separable_without_signal(12, 5) == 0.2744140625


@pytest.mark.parametrize("scales", [constant_scales(0.6), constant_scales(1.7), MIXED])
def test_threshold_is_the_minimum(scales: Scales) -> None:
    grid = np.linspace(-10, 10, 40001)
    density = norm.pdf(grid) * (grid[1] - grid[0])

    def objective(s: float) -> float:
        parts = np.maximum(np.sqrt(1 + s * s) * grid - s * scales.ratio[:, None], 0) ** 2
        return float(scales.weights @ (parts @ density))

    best = minimize_scalar(objective, bounds=(0, 20), method="bounded", options={"xatol": 1e-9})
    assert_allclose(separability_threshold(scales)[0], best.fun, rtol=1e-6, atol=0)


def test_threshold_without_signal_is_one_half_and_falls_with_signal() -> None:
    values = [separability_threshold(constant_scales(kappa))[0] for kappa in (0.0, 0.2, 0.7, 1.5, 3.0)]
    assert values[0] == 0.5
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize(("n", "p"), [(12, 5), (12, 4), (3, 2), (7, 3), (31, 14), (60, 33)])
def test_probability_tends_to_wendel_as_the_signal_vanishes(n: int, p: int) -> None:
    assert_allclose(separable_probability(constant_scales(1e-12), n, p), separable_without_signal(n, p), rtol=0, atol=1e-12)


def test_probability_in_one_dimension_is_that_of_equal_signs() -> None:
    share = norm.cdf(0.8)
    assert_allclose(separable_probability(constant_scales(0.8), 6, 1), share**6 + (1 - share) ** 6, rtol=1e-12, atol=0)


def test_three_samples_in_the_plane() -> None:
    # three samples in the plane are not separable iff 0 lies in their triangle: a quadrature over directions
    kappa, m = 0.7, 720
    angle = (np.arange(m) + 0.5) * 2 * np.pi / m
    radius = np.linspace(0, 9, 3001)
    spread = np.exp(-((radius[:, None] * np.cos(angle) - kappa) ** 2) / 2 - (radius[:, None] * np.sin(angle)) ** 2 / 2)
    density = (radius[:, None] * spread).sum(axis=0)
    density /= density.sum()
    # the third lies in the cone opposite to the first two
    cumulative = np.concatenate([[0.0], np.cumsum(density)])
    total = 0.0
    for i in range(m):
        half = np.arange(i + 1, i + m // 2) % m
        start = (i + m // 2) % m
        mass = np.array([cumulative[(j + m // 2) % m] for j in half]) - cumulative[start]
        mass = np.where(mass < -1e-15, mass + 1, mass)
        total += density[i] * (density[half] @ mass)
    assert_allclose(separable_probability(constant_scales(kappa), 3, 2), 1 - 2 * total, rtol=0, atol=4e-3)


@pytest.mark.parametrize(
    ("data", "probability", "deviation"),
    [  # simulated with certificates: each of these samples has another signal-to-noise ratio, over up to twenty decades
        ({"T": 3, "m": 1, "d": 3, "W": 1.5, "Q": 1, "n": 8, "tau": 5}, 0.7174, 0.0007),
        ({"T": 3, "m": 1, "d": 3, "W": 1.5, "Q": 1, "n": 8, "tau": 3}, 0.7461, 0.0009),
        ({"T": 3, "m": 1, "d": 3, "W": 1.5, "Q": 1, "n": 8, "tau": 2}, 0.7722, 0.0007),
        ({"T": 3, "m": 1, "d": 3, "W": 1.5, "Q": 1, "n": 8, "tau": 1}, 0.8039, 0.0010),
        ({"T": 2, "m": 1, "d": 3, "W": 1, "Q": 1, "n": 6, "tau": 2}, 0.9132, 0.0004),
    ],
)
def test_scores_over_many_decades(data: dict[str, float], probability: float, deviation: float) -> None:
    predicted = separability(head_setting(**data))["probability"]
    assert abs(predicted.value - probability) < 4 * deviation + predicted.abs_error
    assert predicted.abs_error < 1e-4


@pytest.mark.parametrize("scales", [constant_scales(0.3), constant_scales(1.57), constant_scales(4.0), MIXED, DECADES])
def test_both_sums_and_the_first_probability_make_one(scales: Scales) -> None:
    for p, first in ((3, 1), (4, 2)):
        sums = active_sums(scales, 5, p, 1e-9)
        start = separable_probability(scales, 5, first)
        assert_allclose(start + 2 * (sums.lower + sums.upper), 1.0, rtol=0, atol=1e-8)


@pytest.mark.parametrize("scales", [MIXED, DECADES])
def test_three_samples_in_the_plane_by_pairs(scales: Scales) -> None:
    # 0 lies in the triangle iff each sample lies opposite to the cone of the other two: draws of the other two, the third exact
    rng = np.random.default_rng(3)
    points = rng.normal(size=(2, 400_000, 2))
    points[..., 0] += rng.choice(scales.ratio, size=points.shape[:2], p=scales.weights)
    turn = np.sign(points[0, :, 0] * points[1, :, 1] - points[0, :, 1] * points[1, :, 0])
    third = rng.normal(size=(400_000, 2))
    third[:, 0] += rng.choice(scales.ratio, size=400_000, p=scales.weights)
    sides = [turn * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) for a, b in ((points[1], third), (third, points[0]))]
    inside = ((sides[0] > 0) & (sides[1] > 0)).mean()
    assert abs(separable_probability(scales, 3, 2) - (1 - inside)) < 4.5 * np.sqrt(inside * (1 - inside) / 400_000)


def test_bound_holds_where_the_answer_is_known() -> None:
    for n, p in ((12, 5), (12, 4), (31, 14), (3, 2)):
        value, bound = bounded_separable_probability(constant_scales(1e-9), n, p)
        assert abs(value - separable_without_signal(n, p)) < bound + 1e-9


@pytest.mark.parametrize("scales", [constant_scales(0.9), MIXED])
def test_probability_rises_with_dimension_and_falls_with_samples(scales: Scales) -> None:
    by_dim = [separable_probability(scales, 7, p) for p in range(1, 8)]
    assert by_dim[-1] == 1.0
    assert (np.diff(by_dim) > -1e-9).all()
    by_samples = [separable_probability(scales, n, 4) for n in range(4, 30, 5)]
    assert (np.diff(by_samples) < 0).all()


def test_probability_becomes_a_step_at_the_threshold() -> None:
    threshold, _ = separability_threshold(constant_scales(1.2))
    scales, sizes = constant_scales(1.2), (60, 240, 960)
    below = [separable_probability(scales, n, round(0.8 * threshold * n)) for n in sizes]
    above = [separable_probability(scales, n, round(1.25 * threshold * n)) for n in sizes]
    assert 0.3 > below[0] > below[1] > 0.01 > below[2] > 0
    assert 0.7 < above[0] < above[1] < 0.99 < above[2] < 1


def test_lengths_of_samples_do_not_matter() -> None:
    stretched = Scales(MIXED.signal * np.array([3.0, 0.1, 7.0]), MIXED.noise * np.array([3.0, 0.1, 7.0]), MIXED.weights)
    assert_allclose(separable_probability(stretched, 15, 6), separable_probability(MIXED, 15, 6), rtol=1e-9, atol=0)


def test_answers_say_what_they_cover() -> None:
    answers = separability(head_setting(T=64, m=6, d=6, W=0.3, Q=2.0, tau=1.5, n=12))
    assert answers["probability"].formula == "conic Crofton"
    assert answers["probability"].abs_error < 1e-3
    endless = separability(head_setting(T=64, m=6, d=6, W=0.3, Q=2.0, tau=1.5, n=float("inf")))
    assert set(endless) == {"threshold"}
    for changes in ({"head": "full"}, {"intercept": True}, {"prompt_angle": 0.3}):
        beyond = separability(head_setting(T=64, m=6, d=6, W=0.3, Q=2.0, tau=1.5, n=12, **changes))
        assert set(beyond) == {"threshold", "limit"}
        assert separability(head_setting(T=64, m=6, d=16, W=0.3, Q=2.0, tau=1.5, n=12, **changes))["probability"].value == 1.0
