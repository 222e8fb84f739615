"""Laws that every confidence sequence obeys: valid at all looks together, sharp at its design, shrinking."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.design import half_width, required_draws
from simulations.agreement.intervals import Band, ConfidenceSequence, kolmogorov_distance, uniform_band

Draws = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
MEAN = 0.31


def _lognormal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.lognormal(np.log(MEAN) - 0.32, 0.8, shape)


LAWS: dict[str, tuple[Assumption, Draws, float]] = {
    "betting": (Bounded(-0.2, 1.3), lambda rng, shape: rng.beta(3.1, 6.9, shape), 0.1395),
    "bernstein": (Bounded(-0.2, 1.3, "bernstein"), lambda rng, shape: rng.beta(3.1, 6.9, shape), 0.1395),
    "beta-binomial": (Probability(), lambda rng, shape: (rng.random(shape) < MEAN).astype(float), 0.4625),
    "sub-Gaussian": (SubGaussian(0.4), lambda rng, shape: rng.normal(MEAN, 0.4, shape), 0.4),
    "Catoni": (FiniteVariance(0.2936), _lognormal, 0.2936),
    "asymptotic": (Asymptotic(), lambda rng, shape: rng.gamma(MEAN * 4, 0.25, shape), 0.2784),
}


def _sequence(name: str, alpha: float, replications: int, target: float) -> tuple[ConfidenceSequence, Draws, float]:
    assumption, draws, sd = LAWS[name]
    center = np.full(replications, MEAN)
    return assumption.sequence(center=center, target=np.asarray(target), alpha=alpha, sd=sd), draws, sd


@pytest.mark.parametrize("name", LAWS)
def test_mean_is_missed_at_any_look_at_most_as_often_as_stated(name: str) -> None:
    rng, alpha, replications = np.random.default_rng(17), 0.08, 1500
    sequence, draws, _ = _sequence(name, alpha, replications, 0.25 * LAWS[name][2])
    block, blocks = (128, 24) if name == "asymptotic" else (20, 60)
    for _ in range(blocks):
        sequence.update(sequence.summary(draws(rng, (block, replications))), block)
    missed = np.mean((sequence.low > MEAN) | (sequence.high < MEAN))
    assert missed <= alpha + 4 * np.sqrt(alpha / replications)


@pytest.mark.parametrize("name", LAWS)
def test_interval_at_the_planned_draws_is_near_the_one_of_a_fixed_size(name: str) -> None:
    alpha, margin = 1e-9, 0.06 * LAWS[name][2]
    sequence, draws, sd = _sequence(name, alpha, 1, margin)
    planned = required_draws(margin=margin, sd=sd, assumption=LAWS[name][0], predicted=MEAN, false_alarm=alpha, miss_rate=1e-3)
    rng = np.random.default_rng(23)
    while sequence.n < planned:
        sequence.update(sequence.summary(draws(rng, (1000, 1))), 1000)
    width = float(sequence.high[0] - sequence.low[0]) / 2
    fixed = 6.11 * sd / np.sqrt(sequence.n)
    assert 1.0 < width / fixed < (1.6 if name == "bernstein" else 1.25)  # its price for range/sd = 11
    predicted = half_width(sequence.n, margin=margin, sd=sd, assumption=LAWS[name][0], predicted=MEAN, false_alarm=alpha)
    assert width == pytest.approx(predicted, rel=0.12)


@pytest.mark.parametrize("name", LAWS)
def test_interval_never_grows_and_contains_no_more_than_before(name: str) -> None:
    sequence, draws, _ = _sequence(name, 1e-3, 7, 0.02)
    rng, ends = np.random.default_rng(2), []
    for _ in range(40):
        sequence.update(sequence.summary(draws(rng, (100, 7))), 100)
        ends.append((sequence.low, sequence.high))
    assert all((b[0] >= a[0]).all() and (b[1] <= a[1]).all() for a, b in pairwise(ends))


@pytest.mark.parametrize("name", LAWS)
def test_mean_and_variance_do_not_depend_on_how_draws_are_cut_into_blocks(name: str) -> None:
    assumption, draws, _ = LAWS[name]
    x = draws(np.random.default_rng(5), (3000,))
    found = []
    for size in (100, 750):
        s = assumption.sequence(center=np.asarray(0.29), target=np.asarray(0.05), alpha=1e-4)
        for start in range(0, 3000, size):
            s.update(s.summary(x[start : start + size]), size)
        found.append((float(s.mean()), float(s.variance())))
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0] == pytest.approx((x.mean(), x.var()), rel=1e-12)


def test_band_misses_the_law_at_any_time_at_most_as_often_as_stated() -> None:
    rng, alpha, replications, first = np.random.default_rng(6), 0.1, 800, 50
    draws = rng.random((replications, 400))
    band = uniform_band(first, alpha)
    wrong = 0
    for row in draws:
        distances = [kolmogorov_distance(row[:n], lambda x: np.clip(x, 0.0, 1.0)) for n in range(first, 401, 7)]
        wrong += max(distances) >= band
    assert wrong / replications <= alpha + 4 * np.sqrt(alpha / replications)


def test_epochs_of_the_band_spend_no_more_than_the_error() -> None:
    from simulations.agreement.intervals._band import _share

    assert sum(_share(k) for k in range(-4, 200)) <= 1.0 + 1e-12
    sizes = [block[1] for block, _ in Band(5003, 1e-6).epochs(700, 20000)]
    earned = [band for _, band in Band(5003, 1e-6).epochs(700, 20000) if band is not None]
    assert max(sizes) <= 700
    assert earned == sorted(earned, reverse=True)
