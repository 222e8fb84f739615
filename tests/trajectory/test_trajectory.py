"""The three steps end to end: predicted outcomes against runs of the algorithm, and the shortcut against tokens."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from simulations.agreement import Absolute
from simulations.engine import stream
from simulations.tokens import tokens
from simulations.trajectory import (
    KEYS,
    continued_training,
    first_steps,
    first_steps_on_tokens,
    loss_gradients,
    simulated_trajectory,
)
from tests.trajectory.settings import LABEL_CARRYING, MEDIUM, MILD, SMALL, TILTED, row
from theory.model import NO_SHIFT, ContextualModel, FiniteShift, ParameterError, Steps
from theory.trajectory import first_head, leading_samples, trajectory

COMPACT = ContextualModel(n_tokens=20, n_relevant=5, dim=8, signal_norm=1.0, context_norm=1.5, correlation=0.2, label_prior=0.45)
STEPS, SAMPLES = Steps(step=3, eta=1.0, gamma=6.0), 60


@pytest.mark.parametrize(
    ("step", "debias", "shift", "loss"),
    [
        (2, False, NO_SHIFT, "squared"),
        (3, True, NO_SHIFT, "squared"),
        (3, True, NO_SHIFT, "logistic"),
        (1, True, MILD, "squared"),
        (2, True, LABEL_CARRYING, "logistic"),
        (3, True, MILD, "squared"),
    ],
)
def test_outcomes_of_the_steps(agree: object, step: int, debias: bool, shift: FiniteShift, loss: str) -> None:
    """All four keys at once, simultaneously: the core model and both readings of the shift, both losses."""
    model = replace(COMPACT, shift=shift)
    steps = replace(STEPS, step=step, debias=debias, loss=loss)
    keys = KEYS if step > 1 else ("alignment_w", "error")  # the prompt of the first step is zero
    right, fewer = (trajectory(model, steps, n, points=1024) for n in (SAMPLES, 25))
    predicted = SimpleNamespace(
        value=[right[key].value for key in keys],
        abs_error=max(right[key].abs_error for key in keys),
        formula=right["error"].formula,
    )

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        draws = simulated_trajectory(model, steps, SAMPLES, rng=rng, size=size, n_test=8)
        return np.stack([draws[key] for key in keys], axis=1)

    other = (
        ("25 samples for 60", fewer)
        if shift == NO_SHIFT
        else ("without the shift", trajectory(COMPACT, steps, SAMPLES, points=256))
    )
    agree(
        "trajectory-outcome",
        setting=row(
            model, shift=str(shift), step=step, debias=debias, loss=loss, eta=steps.eta, gamma=steps.gamma, n_samples=SAMPLES
        ),
        predicted=predicted,
        sampler=sampler,
        bounds=(-1.0, 1.0),
        margin={"quick": Absolute(0.04), "paper": Absolute(0.03), "deep": Absolute(0.02)},
        wrong_variants={other[0]: [other[1][key].value for key in keys]},
        largest_block=2048,
    )


def test_error_after_two_steps_at_the_setting_of_the_chapter(agree: object) -> None:
    """d = 40, n = 1000: matched moments against runs of the algorithm."""
    steps = Steps(step=2, eta=2.0, gamma=60.0, debias=True)
    predicted = trajectory(MEDIUM, steps, 1000, points=1024)["error"]
    fewer = trajectory(MEDIUM, steps, 700, points=256)["error"].value
    agree(
        "trajectory-error-sharp",
        setting=row(MEDIUM, step=2, eta=2.0, gamma=60.0, n_samples=1000, debias=True),
        predicted=predicted,
        sampler=lambda rng, size: simulated_trajectory(MEDIUM, steps, 1000, rng=rng, size=size, n_test=8)["error"],
        bounds=(0.0, 1.0),
        margin=Absolute(0.015),
        wrong_variants={"700 samples for 1000": fewer},
        largest_block=2048,
    )


def test_errors_after_the_steps_are_sharper_than_one_per_mille() -> None:
    for step in (2, 3):
        after = trajectory(MEDIUM, Steps(step=step, eta=2.0, gamma=60.0, debias=True), 1000)
        assert after["error"].abs_error < 1e-3


def test_hundred_thousand_dimensions_are_no_harder() -> None:
    """Only a few scalars are drawn, whatever d is; there the leading order of the angle is accurate."""
    wide, cosine = replace(MEDIUM, dim=100_000), 0.6
    n = round(leading_samples(wide, cosine, quantity="alignment_q"))
    after = trajectory(wide, Steps(step=2, eta=1e-3, gamma=60.0, debias=True), n, points=64)
    assert after["alignment_q"].value == pytest.approx(cosine, abs=0.005)
    assert 0 < after["error"].value < 0.5


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_shift_of_no_size_is_no_shift(loss: str) -> None:
    split = FiniteShift(((0.0, 0.0, 0.0), (1e-9, 0.0, 0.0)), (0.5, 0.5))
    plain, shifted = (
        trajectory(model, replace(STEPS, loss=loss), SAMPLES, points=64) for model in (COMPACT, replace(COMPACT, shift=split))
    )
    for key in KEYS:
        assert shifted[key].value == pytest.approx(plain[key].value, abs=2e-4)


@pytest.mark.parametrize(("loss", "shift"), [("squared", NO_SHIFT), ("logistic", NO_SHIFT), ("squared", LABEL_CARRYING)])
def test_shortcut_is_equal_in_law_to_the_tokens(agree: object, loss: str, shift: FiniteShift) -> None:
    """First and second moments of (w₁, q₁, w₂) along three axes, products across steps: shortcut minus tokens is zero."""
    model = replace(TILTED, shift=shift)
    steps = Steps(eta=1.2, gamma=2.0, loss=loss)

    def statistics(runs: object) -> np.ndarray:
        v = np.concatenate([runs.first_head[:, :3], runs.prompt[:, :3], runs.second_head[:, :3]], axis=1)
        v = np.tanh(v)  # bounded functions: equality in law, not of moments only, and no heavy tails
        return np.concatenate([v[:, None, :], v[:, :, None] * v[:, None, :]], axis=1)

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        short = statistics(first_steps(model, steps, 4, rng=rng, size=size))
        return short - statistics(first_steps_on_tokens(model, steps, 4, rng=rng, size=size))

    agree(
        "trajectory-shortcut",
        setting=row(model, shift=str(shift), eta=steps.eta, gamma=steps.gamma, n_samples=4, loss=loss),
        predicted=np.zeros((10, 9)),
        sampler=sampler,
        bounds=(-2.0, 2.0),
        margin=Absolute(0.08),
        largest_block=1024,
    )


def test_logistic_loss_halves_the_first_step_and_nothing_else() -> None:
    """At (0, 0) the logistic gradient is half the squared one, on every batch."""
    batch = tokens(SMALL, rng=np.random.default_rng(11), size=9)
    zero = np.zeros(SMALL.dim)
    squared, logistic = (loss_gradients(batch.tokens, batch.labels, zero, zero, loss)[1] for loss in ("squared", "logistic"))
    np.testing.assert_allclose(logistic, squared / 2, rtol=1e-14, atol=0)


def test_logistic_prompt_aligns_less_or_equally_fast_at_the_same_head() -> None:
    small = Steps(step=2, eta=1e-4)
    squared = trajectory(COMPACT, small, 80, points=64)["alignment_q"]
    logistic = trajectory(COMPACT, replace(small, loss="logistic"), 80, points=64)["alignment_q"]
    assert squared.value == pytest.approx(logistic.value, abs=1e-4)  # small heads: the residuals are proportional


def test_gradients_are_derivatives_of_the_loss() -> None:
    rng = np.random.default_rng(5)
    batch, q, w = tokens(SMALL, rng=rng, size=6), rng.normal(size=SMALL.dim), rng.normal(size=SMALL.dim)

    def loss(q: np.ndarray, w: np.ndarray, kind: str) -> float:
        scores = np.exp(batch.tokens @ q)
        f = np.einsum("nt,ntd,d->n", scores / scores.sum(axis=1, keepdims=True), batch.tokens, w)
        residual = (batch.labels - f) ** 2 / 2 if kind == "squared" else np.log1p(np.exp(-batch.labels * f))
        return float(residual.mean())

    for kind in ("squared", "logistic"):
        by_prompt, by_head = loss_gradients(batch.tokens, batch.labels, q, w, kind)
        for k in range(SMALL.dim):
            step = 1e-5 * np.eye(SMALL.dim)[k]
            for gradient, plus, minus in (
                (by_prompt, loss(q + step, w, kind), loss(q - step, w, kind)),
                (by_head, loss(q, w + step, kind), loss(q, w - step, kind)),
            ):
                np.testing.assert_allclose(gradient[k], (plus - minus) / 2e-5, rtol=1e-5, atol=1e-8)


def test_infinite_batches_give_the_population_trajectory() -> None:
    model = replace(COMPACT, correlation=0.0, label_prior=0.5)
    result = trajectory(model, Steps(step=2, eta=0.7, gamma=3.0), float("inf"), points=64)
    assert result["alignment_w"].value == pytest.approx(1.0, abs=1e-9)
    assert result["alignment_q"].value == pytest.approx(1.0, abs=1e-6)


def test_debiasing_helps_where_labels_are_imbalanced_by_chance() -> None:
    raw, free = (trajectory(COMPACT, replace(STEPS, debias=flag), SAMPLES, points=64)["error"].value for flag in (False, True))
    assert free < raw - 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": 4}, "step must be an integer in"),
        ({"eta": 0.0}, "eta must be"),
        ({"gamma": -1.0}, "gamma must be"),
        ({"gamma": 1e5}, "gamma must be so small"),
        ({"loss": "hinge"}, "loss must be one of"),
        ({"points": 100}, "points must be one of"),
        ({"model": replace(COMPACT, noise_std=0.0)}, "noise_std must be positive"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, object], message: str) -> None:
    parts = {"step": 2, "eta": 1.0, "gamma": 6.0, "model": COMPACT, "points": 64} | change
    model, points = parts.pop("model"), parts.pop("points")
    with pytest.raises(ParameterError, match=message):
        trajectory(model, Steps(**parts), SAMPLES, points=points)


def test_first_round_of_continued_training_is_the_first_two_steps() -> None:
    seed = 3
    path = continued_training(
        SMALL, Steps(eta=0.5, gamma=2.0), 30, rounds=1, rng=np.random.default_rng(seed), fresh=False, n_test=5
    )
    rng = np.random.default_rng(seed)
    batch, zero = tokens(SMALL, rng=rng, size=30), np.zeros(SMALL.dim)
    w = -0.5 * loss_gradients(batch.tokens, batch.labels, zero, zero)[1]
    q = -2.0 * loss_gradients(batch.tokens, batch.labels, zero, w)[0]
    assert path.alignment_w[1] == pytest.approx(w[1] / np.linalg.norm(w), rel=1e-12)
    assert path.alignment_q[1] == pytest.approx(q[0] / np.linalg.norm(q), rel=1e-12)


def test_one_sample_is_enough_for_a_method_that_looks_for_equal_tokens() -> None:
    """Core model, m ≥ 2: relevant tokens repeat exactly. No bound for "any method" can make three steps near-optimal."""
    rng = np.random.default_rng(8)
    train, test = tokens(SMALL, rng=rng, size=1), tokens(SMALL, rng=rng, size=200)

    def repeated(X: np.ndarray) -> np.ndarray:
        values, counts = np.unique(X.round(9), axis=0, return_counts=True)
        return values[counts.argmax()]

    known = repeated(train.tokens[0])
    same = np.array([np.array_equal(repeated(X), known) for X in test.tokens])
    np.testing.assert_array_equal(np.where(same, train.labels[0], -train.labels[0]), test.labels)


def test_spread_of_the_first_head_is_that_of_the_average_token() -> None:
    law = first_head(SMALL, eta=1.4, n_samples=9)
    zeta = SMALL.relevant_fraction
    expected = 1.4 * SMALL.noise_std * np.sqrt((1 - zeta) / (9 * SMALL.n_tokens))
    np.testing.assert_allclose(law.spread, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", ["relevant_noise", "context_noise", "signal_noise"])
def test_noise_of_another_shape_is_refused_on_both_sides(name: str) -> None:
    model = ContextualModel(n_tokens=20, n_relevant=4, dim=6, signal_norm=0.7, context_norm=1.3, **{name: 0.4})
    message = f"{name} must be [01] for the .*, got 0.4"
    with pytest.raises(ParameterError, match=message):
        trajectory(model, Steps(step=2), 30)
    with pytest.raises(ParameterError, match=message):
        first_steps(model, Steps(), 30, rng=stream(1, "refusal"), size=2)
