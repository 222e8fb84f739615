"""Laws of distribution claims, vector claims and variance reduction."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom, gamma, norm

from simulations.agreement import (
    Absolute,
    AgreementError,
    Bounded,
    DesignError,
    FiniteVariance,
    Plan,
    Run,
    SubGaussian,
    antithetic,
    characteristic_draws,
    characteristic_values,
    conditional,
    control_variate,
    covariance_draws,
    difference,
    judge,
    judge_distribution,
    trial_blocks,
)
from simulations.agreement.intervals import kolmogorov_distance

SHORT = Run(plan=Plan(budget=1000))


def test_true_law_agrees_and_close_laws_are_rejected() -> None:
    verdict = judge_distribution(
        "gamma",
        setting={"a": 2.5},
        cdf=gamma(2.5).cdf,
        margin=0.03,
        sampler=lambda rng, size: rng.gamma(2.5, size=size),
        wrong_variants={"shape 2.7": gamma(2.7).cdf, "normal": norm(2.5, 2.5**0.5).cdf},
    )
    assert (verdict.verdict, verdict.armed) == ("agrees", True)


def test_discrete_law_agrees_and_disagrees() -> None:
    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.binomial(7, 0.4, size)

    true, false = (
        judge_distribution("binomial", setting={"p": p}, cdf=binom(7, p).cdf, margin=0.04, sampler=sampler) for p in (0.4, 0.5)
    )
    assert (true.verdict, false.verdict) == ("agrees", "disagrees")
    assert false.draws < true.draws


def test_distance_is_the_supremum_over_a_fine_grid() -> None:
    draws = np.random.default_rng(3).gamma(2.0, size=200)
    grid = np.concatenate([np.linspace(0, 20, 200001), draws, np.nextafter(draws, -np.inf)])
    empirical = (draws[None, :] <= grid[:, None][::97]).mean(axis=1)
    brute = np.abs(empirical - gamma(2.2).cdf(grid[::97])).max()
    exact = kolmogorov_distance(draws, gamma(2.2).cdf)
    assert brute <= exact <= brute + 1.01 / 200


def test_law_with_mass_where_the_prediction_has_none_is_seen_from_the_left() -> None:
    draws = np.repeat([0.0, 0.5, 1.0], [300, 200, 500])
    assert kolmogorov_distance(draws, lambda x: np.where(x < 0, 0.0, np.where(x < 1, 0.5, 1.0))) == pytest.approx(0.2)


def test_distribution_claim_beyond_its_budget_is_refused_before_a_draw() -> None:
    with pytest.raises(DesignError, match=r"needs \d+ draws, more than the budget of 1000"):
        judge_distribution("x", setting={}, cdf=norm.cdf, margin=0.01, sampler=lambda rng, size: 1 / 0, run=SHORT)


def test_characteristic_function_agrees_and_a_wrong_one_disagrees() -> None:
    omega = np.array([0.3, 0.9, 1.7])
    sampler = characteristic_draws(lambda rng, size: rng.exponential(size=size), omega)
    statement = {"sampler": sampler, "bounds": (-1.0, 1.0), "margin": Absolute(0.02)}
    true = judge("phi", setting={"law": "Exp"}, predicted=characteristic_values(1 / (1 - 1j * omega)), **statement)
    false = judge("phi", setting={"law": "no"}, predicted=characteristic_values(1 / (1 + 1j * omega)), **statement)
    assert (true.verdict, false.verdict) == ("agrees", "disagrees")
    assert false.component


def test_covariance_matrix_agrees_with_simultaneous_intervals() -> None:
    root = np.array([[1.0, 0.0], [0.6, 0.7]])
    sampler = covariance_draws(lambda rng, size: 3.0 + rng.standard_normal((size, 2)) @ root.T)
    covariance = root @ root.T
    verdict = judge(
        "covariance",
        setting={"d": 2},
        predicted=covariance,
        sampler=sampler,
        bounds=FiniteVariance(1.5),
        margin=Absolute(0.08),
        wrong_variants={"no correlation": np.diag(np.diag(covariance))},
    )
    assert (verdict.verdict, verdict.armed) == ("agrees", True)


def test_one_wrong_component_among_many_is_named() -> None:
    means = np.array([0.1, 0.7, -0.4, 0.2])
    shifted = means + np.array([0.0, 0.0, 0.3, 0.0])
    verdict = judge(
        "vector",
        setting={},
        predicted=shifted,
        bounds=SubGaussian(0.5),
        margin=Absolute(0.05),
        sampler=lambda rng, size: means + 0.5 * rng.standard_normal((size, 4)),
    )
    assert (verdict.verdict, verdict.component) == ("disagrees", "2")


def test_variance_reduction_keeps_the_mean_and_saves_draws() -> None:
    mean = np.exp(0.5) - np.exp(-0.5)

    def plain(rng: np.random.Generator, size: int) -> np.ndarray:
        return np.exp(rng.uniform(-0.5, 0.5, size))

    def pair(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
        u = rng.uniform(-0.5, 0.5, size)
        return np.exp(u), u

    controlled, law = control_variate(pair, control_mean=0.0, bounds=(0.6, 1.65), control_bounds=(-0.5, 0.5))
    pairs = antithetic(lambda rng, size: rng.uniform(-0.5, 0.5, size), np.exp)
    draws = {
        name: judge("exp", setting={"by": name}, predicted=mean, sampler=s, bounds=b, margin=0.004)
        for name, s, b in (("plain", plain, (0.6, 1.65)), ("antithetic", pairs, (0.6, 1.65)), ("control", controlled, law))
    }
    assert {v.verdict for v in draws.values()} == {"agrees"}
    assert draws["antithetic"].draws < draws["plain"].draws / 4
    assert draws["control"].draws < draws["plain"].draws / 4


def test_control_with_a_wrong_mean_is_found_out() -> None:
    def pair(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
        u = rng.random(size)
        return u**2, u

    sampler, law = control_variate(pair, control_mean=0.6, bounds=(0, 1), control_bounds=(0, 1))
    assert judge("u2", setting={}, predicted=1 / 3, sampler=sampler, bounds=law, margin=0.05).verdict == "disagrees"


def test_conditional_expectation_makes_a_rare_event_cheap() -> None:
    sampler = conditional(lambda rng, size: rng.standard_normal(size), lambda z: norm.sf(4.0 - z))
    truth = norm.sf(4.0 / np.sqrt(2.0))
    verdict = judge("tail", setting={}, predicted=truth, sampler=sampler, bounds=(0.0, 1.0), margin=0.15)
    assert verdict.verdict == "agrees"


def test_common_random_numbers_shrink_a_difference() -> None:
    gap = difference(lambda rng, size: np.sqrt(rng.random(size)), lambda rng, size: rng.random(size))
    verdict = judge("gap", setting={}, predicted=2 / 3 - 1 / 2, sampler=gap, bounds=Bounded(-1.0, 1.0), margin=0.05)
    assert verdict.verdict == "agrees"
    draws = gap(np.random.default_rng(1), 20000)
    assert_allclose(draws.var(), 1 / 2 - 4 / 5 + 1 / 3 - 1 / 36, rtol=0.1)


def test_dependent_trials_agree_through_blocks() -> None:
    def chain(rng: np.random.Generator, size: int, length: int) -> np.ndarray:
        state, out = rng.random(size) < 0.3, np.empty((size, length))
        for t in range(length):
            flip = rng.random(size)
            state = np.where(state, flip >= 0.14, flip < 0.06)
            out[:, t] = state
        return out

    verdict = judge(
        "chain",
        setting={},
        predicted=0.3,
        sampler=trial_blocks(chain, 40),
        bounds=(0.0, 1.0),
        margin=0.06,
    )
    assert verdict.verdict == "agrees"


def test_constant_control_is_refused() -> None:
    with pytest.raises(AgreementError, match="control is constant"):
        control_variate(
            lambda rng, size: (rng.random(size), np.ones(size)), control_mean=1.0, bounds=(0, 1), control_bounds=(0, 2)
        )
