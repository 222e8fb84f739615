"""Numbers of samples: exponents, bounds, and the windows of the step sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import iv

from simulations.engine import stream
from simulations.trajectory import simulated_count, simulated_sample_complexity
from tests.trajectory.settings import LABEL_FREE, MEDIUM
from theory.model import ParameterError, Steps
from theory.trajectory import (
    direction_information,
    first_alignment,
    information_bound,
    leading_samples,
    near_optimality,
    population_prompt,
    required_samples,
    sample_complexity,
    step_window,
    unconditional_prompt_moments,
)

TARGET = 0.75
AXES = {"dim": (30, 80, 200), "n_relevant": (4, 9, 20), "signal_norm": (0.4, 0.7, 1.2), "context_norm": (1.5, 2.5, 4.0)}


def _slope(values: tuple[float, ...], counts: list[float]) -> float:
    return float(np.polyfit(np.log(values), np.log(counts), 1)[0])


@pytest.mark.parametrize("quantity", ["alignment_w", "alignment_q"])
@pytest.mark.parametrize("name", AXES)
def test_fitted_exponents_of_simulated_counts(quantity: str, name: str) -> None:
    models = [replace(MEDIUM, **{name: value}) for value in AXES[name]]
    rng = stream(2023, "sample-complexity", quantity, name)
    predicted = [sample_complexity(model, TARGET, quantity=quantity) for model in models]
    simulated = [simulated_sample_complexity(model, TARGET, quantity=quantity, rng=rng, runs=800) for model in models]
    assert abs(_slope(AXES[name], simulated) - _slope(AXES[name], predicted)) < 0.05


@pytest.mark.parametrize(
    ("change", "factor"),
    [
        ({"dim": 4000}, 3998 / 38),
        ({"signal_norm": 0.3}, 4.0),
        ({"noise_std": 2.0}, 4.0),
        ({"n_tokens": 128, "n_relevant": 12}, 0.5),
    ],
)
def test_leading_counts_scale_with_d_over_w_squared_t(change: dict[str, float], factor: float) -> None:
    ratio = leading_samples(replace(MEDIUM, **change), TARGET) / leading_samples(MEDIUM, TARGET)
    assert ratio == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("quantity", ["alignment_w", "alignment_q"])
def test_leading_count_is_asymptotically_right(quantity: str) -> None:
    model = replace(MEDIUM, dim=400)
    ratio = leading_samples(model, 0.99, quantity=quantity) / sample_complexity(model, 0.99, quantity=quantity)
    assert ratio == pytest.approx(1, abs=0.01)


NARROW = 1 - 1e-8  # an angle so small that b is nothing beside a
STRONG = replace(MEDIUM, n_tokens=20, dim=4000, signal_norm=4.0, context_norm=2.0)


@pytest.mark.parametrize(("n_relevant", "fewer"), [(6, True), (12, False)])  # ζ = 0.3 and 0.6
def test_prompt_needs_fewer_samples_than_the_mean_only_for_a_minority_of_relevant_tokens(n_relevant: int, fewer: bool) -> None:
    """The mean of the average tokens learns q_* as the debiased head learns w_*, with the two norms exchanged."""
    model = replace(STRONG, n_relevant=n_relevant)
    exchanged = replace(model, signal_norm=model.context_norm, context_norm=model.signal_norm)
    zeta, rest = model.relevant_fraction, model.n_irrelevant
    power = (model.signal_norm / model.noise_std) ** 2
    limit = (zeta / (1 - zeta)) ** 2 + (1 - (1 - zeta**2) / rest) / ((1 - zeta) ** 2 * power)
    assert (zeta < 1 / 2 and power > (1 - (1 - zeta**2) / rest) / (1 - 2 * zeta)) == fewer == (limit < 1)

    def leading(dim: int) -> float:
        wide, mean = (replace(m, dim=dim) for m in (model, exchanged))
        return leading_samples(wide, NARROW, quantity="alignment_q") / leading_samples(mean, NARROW)

    near, far = (leading(dim) - limit for dim in (40_000, 400_000))
    assert 0 < far < near
    assert near / far == pytest.approx(10, rel=2e-3)  # what a finite d adds is positive and falls like 1/d
    assert (leading(model.dim) < 1) == fewer
    assert (sample_complexity(model, 0.99, quantity="alignment_q") < sample_complexity(exchanged, 0.99)) == fewer


SMALLER = replace(MEDIUM, n_tokens=20, n_relevant=5, dim=8, signal_norm=1.0, context_norm=1.5)


def test_required_samples_lie_in_the_simulated_interval() -> None:
    steps = Steps(step=2, eta=1.0, gamma=6.0, debias=True)
    predicted = required_samples(SMALLER, steps, "error", 0.12)["value"]
    counted = simulated_count(SMALLER, steps, "error", 0.12, rng=stream(2023, "required", "error"))
    low, high = counted.interval
    assert low < predicted.value < high
    assert high < 4.5 * low


def test_required_samples_reach_the_target_and_hardly_more() -> None:
    """n is large here, so that one sample more or less does not matter: the outcome at n* is the target."""
    found = required_samples(MEDIUM, Steps(step=2, eta=1e-3), "alignment_q", 0.75)["value"]
    assert found.details["reached"] == pytest.approx(0.75, abs=5e-4)
    assert found.value == pytest.approx(sample_complexity(MEDIUM, 0.75, quantity="alignment_q"), rel=0.02)


def test_required_samples_after_the_first_step_are_those_of_the_exact_error() -> None:
    exact = sample_complexity(MEDIUM, 0.35, quantity="error")
    assert required_samples(MEDIUM, Steps(step=1, debias=True), "error", 0.35)["value"].value == exact


def test_count_is_the_first_that_reaches_the_target() -> None:
    n = sample_complexity(MEDIUM, TARGET)
    assert first_alignment(MEDIUM, n_samples=n, debias=True).value >= TARGET
    assert first_alignment(MEDIUM, n_samples=n - 1, debias=True).value < TARGET


@pytest.mark.parametrize("cosine", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("dim", [5, 40, 300])
def test_information_bound_lies_below_bayes_and_close(cosine: float, dim: int) -> None:
    model = replace(MEDIUM, dim=dim)
    bound, bayes = information_bound(model, cosine), sample_complexity(model, cosine)
    assert bound <= bayes
    assert bayes <= 1.6 * bound + 1


def test_direction_information_is_a_relative_entropy() -> None:
    """Three dimensions, von Mises-Fisher with concentration k: the entropy by direct integration over the sphere."""
    k = 2.3
    density = lambda t: k * np.exp(k * t) / (2 * np.sinh(k))  # noqa: E731 - law of the cosine in three dimensions
    cosine = quad(lambda t: t * density(t), -1, 1)[0]
    entropy = quad(lambda t: density(t) * np.log(2 * density(t)), -1, 1)[0]
    assert direction_information(cosine, 3) == pytest.approx(entropy, rel=1e-10)
    assert cosine == pytest.approx(iv(1.5, k) / iv(0.5, k), rel=1e-10)


def test_debiased_head_is_bayes_and_prompt_is_not() -> None:
    table = near_optimality(MEDIUM, 0.8)
    assert table.head_debiased == table.head_bayes
    assert table.prompt_information <= table.prompt_bayes < table.prompt / 5


def test_prompt_turns_away_beyond_the_largest_eta() -> None:
    model = replace(MEDIUM, n_relevant=16, signal_norm=1.5)
    largest = step_window(model, eta=1.0, n_samples=50).largest_eta
    below, above = (
        unconditional_prompt_moments(model, eta=factor * largest, gamma=1.0, n_first=50, n_second=50).mean[0]
        for factor in (0.999, 1.001)
    )
    assert above < 0 < below


def test_largest_eta_of_the_population_is_where_the_stated_bracket_vanishes() -> None:
    model = replace(MEDIUM, n_relevant=16, signal_norm=1.5)
    zeta = model.relevant_fraction
    largest = step_window(model, eta=1.0, n_samples=float("inf")).largest_eta
    assert largest == pytest.approx(1 / (zeta * (zeta * 1.5**2 - 1 / 64)), rel=1e-9)
    head = np.zeros(model.dim)
    head[1] = largest * zeta * 1.5
    np.testing.assert_allclose(population_prompt(model, head, gamma=1.0), 0, atol=1e-10)


def test_window_narrows_with_fewer_samples() -> None:
    counts = (20, 200, 2000, 20000)
    windows = [step_window(MEDIUM, eta=0.5, n_samples=n) for n in counts]
    assert all(a.largest_eta < b.largest_eta and a.cosine < b.cosine for a, b in pairwise(windows))


def test_unreachable_and_unsupported_are_named() -> None:
    with pytest.raises(ParameterError, match="target must be within reach"):
        sample_complexity(MEDIUM, 0.01, quantity="error")
    with pytest.raises(ParameterError, match=r"target must be above 0\.1"):
        required_samples(MEDIUM, Steps(step=2, eta=2.0, gamma=60.0), "error", 0.05)
    with pytest.raises(ParameterError, match="goal must be one of"):
        required_samples(MEDIUM, Steps(step=2, eta=2.0, gamma=60.0), "loss", 0.3)
    with pytest.raises(ParameterError, match="eta must be below"):
        step_window(MEDIUM, eta=1e6, n_samples=100)
    shifted = replace(MEDIUM, shift=LABEL_FREE)
    with pytest.raises(ParameterError, match="shift must be zero"):
        near_optimality(shifted, 0.5)
    with pytest.raises(ParameterError, match="shift must be zero"):
        unconditional_prompt_moments(shifted, eta=1.0, gamma=1.0, n_first=5, n_second=5)
    with pytest.raises(ParameterError, match="for the leading order"):
        leading_samples(replace(MEDIUM, shift=LABEL_FREE), 0.5)
