"""The contract after each step: |truth - value| <= abs_error + model_error, exact where all counts are known."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from simulations.engine import stream
from simulations.trajectory import simulated_trajectory
from tests.trajectory.settings import BOX, LABEL_CARRYING, SMALL, TILTED
from theory.model import ContextualModel, FiniteShift, ParameterError, Prediction, Steps
from theory.numerics import SHIFTS, negative_inner_product, negative_product, negative_products
from theory.trajectory import (
    decisions,
    direct_errors,
    first_alignment,
    first_error,
    parameter_points,
    required_samples,
    sample_atoms,
    sampled_errors,
    single_outcome,
    trajectory,
)

RARE = ContextualModel(
    n_tokens=8,
    n_relevant=2,
    dim=3,
    signal_norm=1.0,
    context_norm=1.0,
    noise_std=0.3,
    shift=FiniteShift(((0.0, 0.0, 0.0), (2.0, 0.0, 1.5)), (0.8, 0.2)),
)
TINY = ContextualModel(n_tokens=3, n_relevant=1, dim=3, signal_norm=1.0, context_norm=1.0)


def _left(prediction: Prediction, truth: float, standard_error: float = 0.0) -> float:
    """By how much the truth lies outside what the contract allows; at most 0."""
    return abs(truth - prediction.value) - prediction.total_error - 4 * standard_error


@pytest.mark.parametrize("model", [RARE, replace(TILTED, shift=LABEL_CARRYING)])
@pytest.mark.parametrize("debias", [False, True])
def test_first_step_under_a_shift_is_the_average_over_every_batch(model: ContextualModel, debias: bool) -> None:
    """n = 3: all 4³ sequences of labels and shifts, one noncentral probability each."""
    atoms, kept = sample_atoms(model), np.array([float(not debias), 1.0])
    noise = model.noise_std * math.sqrt((1 - model.relevant_fraction) / model.n_tokens)
    total = 0.0
    for batch in product(range(len(atoms.label)), repeat=3):
        mean = kept * (atoms.label[list(batch), None] * atoms.pooled[list(batch)]).mean(axis=0) * math.sqrt(3) / noise
        for prior, label, pooled in zip(atoms.probability, atoms.label, atoms.pooled, strict=True):
            tail = negative_inner_product(mean, np.zeros((2, 2)), kept * label * pooled / noise, model.dim - debias)
            total += float(np.prod(atoms.probability[list(batch)])) * prior * tail
    found = first_error(model, n_samples=3, debias=debias)
    assert found.value == pytest.approx(total, rel=1e-9)
    assert found.model_error == 0


@pytest.mark.parametrize(
    ("n", "key", "truth", "standard_error"),
    [(5, "error", 0.4289, 0.0017), (20, "error", 0.4317, 0.0017), (20, "alignment_w", 0.2262, 0.0052)],
)
def test_first_step_under_a_rare_shift(n: int, key: str, truth: float, standard_error: float) -> None:
    """Truths of an independent simulation on tokens; matched moments say 0.4714, 0.4432 and 0.1666."""
    found = trajectory(RARE, Steps(step=1, debias=True), n)[key]
    assert _left(found, truth, standard_error) <= 0
    assert found.trusted


def test_many_counts_are_drawn_and_few_are_listed_to_the_same_end() -> None:
    """About 10⁵ counts are listed; beyond, a lattice of them, whose stated error covers what one sample more changes."""
    n = next(n for n in range(100, 400, 4) if first_alignment(RARE, n_samples=n).abs_error > 1e-6)
    listed, drawn = (first_alignment(RARE, n_samples=k) for k in (n - 4, n))
    slope = listed.value - first_alignment(RARE, n_samples=n - 8).value
    assert listed.abs_error < 1e-8
    assert abs(drawn.value - listed.value - slope) < drawn.abs_error < 5e-3


def test_uniform_boxes_keep_an_unknown_model_error() -> None:
    model = replace(SMALL, shift=BOX)
    assert math.isinf(first_error(model, n_samples=9).model_error)
    assert math.isinf(first_alignment(model, n_samples=9).model_error)


def test_third_step_at_a_large_step_keeps_the_contract() -> None:
    """Truth 0.5796(8) of an independent simulation on tokens; matched moments say 0.5736."""
    found = trajectory(TINY, Steps(step=3, eta=5.0, gamma=0.1, debias=True), 5, points=1024)["error"]
    assert _left(found, 0.5796, 0.0008) <= 0
    assert found.model_error > abs(found.value - 0.5796) + 4 * 0.0008


@pytest.mark.parametrize(("n", "loss"), [(1, "squared"), (3, "logistic")])
def test_small_batches_keep_the_contract(n: int, loss: str) -> None:
    model, steps = replace(TILTED, n_tokens=4, n_relevant=2), Steps(step=3, eta=1.0, gamma=0.5, loss=loss)
    found = trajectory(model, steps, n, points=64)
    draws = simulated_trajectory(model, steps, n, rng=stream(2023, "contract", loss, n), size=3000)
    for key, prediction in found.items():
        error = float(draws[key].std()) / math.sqrt(3000)
        assert _left(prediction, float(draws[key].mean()), error) <= 0


def test_one_sample_is_beyond_matched_moments_by_far() -> None:
    """What a model error of zero would look like: the contract broken by tens of standard errors."""
    model = ContextualModel(n_tokens=9, n_relevant=7, dim=3, signal_norm=2.7, context_norm=0.6, noise_std=0.2)
    steps = Steps(step=2, eta=1.5, gamma=0.5, loss="logistic")
    found = single_outcome(model, steps, 1, "alignment_q", points=256)
    draws = simulated_trajectory(model, steps, 1, rng=stream(2023, "contract", 1), size=3000)["alignment_q"]
    assert abs(draws.mean() - found.value) > found.abs_error + 10 * draws.std() / math.sqrt(3000)
    assert _left(found, float(draws.mean())) <= 0


def test_model_error_vanishes_for_infinite_batches_and_falls_faster_than_one_over_n() -> None:
    steps = Steps(step=3, eta=1.0, gamma=4.0)
    some, many, all_ = (single_outcome(SMALL, steps, n, "error", points=64).model_error for n in (50, 800, math.inf))
    assert all_ == 0
    assert many < some / 16


def test_first_count_and_the_count_from_which_on_are_those_of_the_exact_error() -> None:
    """0.1163(7) at n = 6 and 0.1252(7) at n = 8, on tokens: even batches balance their labels more easily."""
    model = ContextualModel(n_tokens=4, n_relevant=3, dim=3, signal_norm=1.0, context_norm=1.5, noise_std=0.3)
    found = required_samples(model, Steps(step=1), "error", 0.1235)
    reached = np.array([first_error(model, n_samples=n).value <= 0.1235 for n in range(1, 24)])
    assert found["first"].value == 1 + np.argmax(reached) == 6
    assert found["value"].value == 2 + np.flatnonzero(~reached)[-1] == 9
    assert found["value"].trusted


def test_target_that_only_a_small_batch_reaches_is_answered() -> None:
    """The aligned label-carrying shift turns the population head around: few samples are better than many."""
    turned = replace(RARE, shift=FiniteShift(((0.0, 0.0, 0.0), (0.0, 0.0, 2.0)), (0.7, 0.3)))
    errors = [first_error(turned, n_samples=n, debias=True).value for n in range(1, 12)]
    limit = first_error(turned, n_samples=math.inf, debias=True).value
    assert min(errors) < limit
    found = required_samples(turned, Steps(step=1, debias=True), "error", (min(errors) + limit) / 2)
    assert math.isinf(found["value"].value)
    assert errors[int(found["first"].value) - 1] <= (min(errors) + limit) / 2


@pytest.mark.parametrize("dim", [1, 6, 200])
def test_table_of_negative_products_is_their_contour_integral(dim: int) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 500, 2)) * [[[9.0, 3.0]], [[0.7, 1.4]]]
    inner, energy = (a * b).sum(axis=1), ((a**2).sum(axis=1) + (b**2).sum(axis=1)) / 2
    many = negative_products(inner, energy, dim)
    for k in range(0, 500, 45):
        one = negative_product(float(inner[k]), float(energy[k]), dim)
        assert min(many[k], 1 - many[k]) == pytest.approx(min(one, 1 - one), rel=1e-6, abs=1e-15)


def test_sampled_errors_are_the_inversion_integrals() -> None:
    law = parameter_points(TILTED, Steps(step=2, gamma=4.0), 30, points=64)
    decision = decisions(TILTED, law.prompt, law.first_head)
    gap = (sampled_errors(decision, TILTED.n_irrelevant, per_lattice=64) - direct_errors(TILTED, decision)).mean(axis=1)
    means = gap.reshape(SHIFTS, -1).mean(axis=1)
    assert abs(means.mean()) < 4 * means.std(ddof=1) / math.sqrt(SHIFTS) < 0.02


@pytest.mark.parametrize(
    ("model", "steps"),
    [
        (TINY, Steps(step=3, eta=8.0, gamma=6.0, loss="logistic")),
        (SMALL, Steps(step=3, gamma=1e-160)),
        (replace(TINY, dim=2), Steps(step=3, eta=0.7, gamma=15.0, debias=True, loss="logistic")),
    ],
)
def test_far_corners_get_finite_answers(model: ContextualModel, steps: Steps) -> None:
    for found in trajectory(model, steps, 10, points=64).values():
        assert math.isfinite(found.value)
        assert math.isfinite(found.total_error)


def test_tokens_without_noise_are_refused_by_name() -> None:
    for change, name in (({"n_relevant": SMALL.n_tokens}, "n_relevant"), ({"noise_std": 0.0}, "noise_std")):
        with pytest.raises(ParameterError, match=name):
            trajectory(replace(SMALL, **change), Steps(step=2), 10)
