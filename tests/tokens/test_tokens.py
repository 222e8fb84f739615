r"""Laws of the token sampler, each read off the definition of the model."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from simulations.engine import stream
from simulations.tokens import context_prompt, directions, labels, pool, pooled_tokens, shifts, tokens
from theory.model import NO_SHIFT, BoxShift, ContextualModel, FiniteShift, ParameterError, Prompt

FALSE_ALARM = 1e-10
r"""Of every random assertion here, of which there are fewer than twenty."""

SHIFT = FiniteShift(((0.3, -0.4, 0.25), (1.7, 0.6, -0.15)), (0.35, 0.65))


def model(**changes):
    generic = {
        "n_tokens": 9,
        "n_relevant": 4,
        "dim": 5,
        "signal_norm": 0.7,
        "context_norm": 1.3,
        "noise_std": 1.4,
        "correlation": -0.35,
        "shift": SHIFT,
        "label_prior": 0.3,
    }
    return ContextualModel(**{**generic, **changes})


def test_directions_have_the_stated_lengths_and_angle():
    context, signal = directions(model())
    assert_allclose(np.linalg.norm(context), 1.3, rtol=1e-14, atol=0)
    assert_allclose(np.linalg.norm(signal), 0.7, rtol=1e-14, atol=0)
    assert_allclose(context @ signal, -0.35 * 0.7 * 1.3, rtol=1e-14, atol=0)


def test_prompt_points_along_the_context_with_length_tau():
    context, _ = directions(model())
    assert_allclose(context_prompt(model(), Prompt(2.3)), 2.3 * context / 1.3, rtol=1e-14, atol=0)


def test_relevant_tokens_are_exactly_context_plus_signed_signal():
    batch = tokens(model(), rng=stream(1, "relevant tokens"), size=50)
    context, signal = directions(model())
    for X, y, relevant in zip(batch.tokens, batch.labels, batch.relevant, strict=True):
        assert_array_equal(X[relevant], np.tile(context + y * signal, (4, 1)))


def test_irrelevant_tokens_are_shifted_gaussian_noise():
    batch = tokens(model(), rng=stream(1, "irrelevant tokens"), size=20_000)
    context, signal = directions(model())
    dq, dw, dy = batch.shifts.T
    mean = -dq[:, None] * context - (dw + dy * batch.labels)[:, None] * signal
    noise = ((batch.tokens - mean[:, None, :])[~batch.relevant] / 1.4).ravel()
    assert stats.kstest(noise, "norm").pvalue > FALSE_ALARM
    pairs = noise.reshape(-1, 5)
    correlations = np.corrcoef(pairs, rowvar=False)[np.triu_indices(5, 1)]
    assert np.abs(correlations).max() < stats.norm.isf(FALSE_ALARM / 20) / np.sqrt(len(pairs))


def test_relevant_positions_are_uniform_among_sets_of_m():
    batch = tokens(model(n_tokens=5, n_relevant=2, dim=2), rng=stream(1, "positions"), size=50_000)
    assert_array_equal(batch.relevant.sum(axis=1), 2)
    _, counts = np.unique(batch.relevant @ (1 << np.arange(5)), return_counts=True)
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > FALSE_ALARM


def test_labels_follow_the_prior():
    y = labels(model(), rng=stream(1, "labels"), shape=40_000)
    assert set(y) == {-1.0, 1.0}
    assert stats.binomtest(int((y == 1).sum()), len(y), 0.3).pvalue > FALSE_ALARM


def test_finite_shifts_follow_their_law_and_are_independent_of_labels():
    batch = tokens(model(dim=2), rng=stream(1, "finite shifts"), size=40_000)
    first = (batch.shifts == SHIFT.points[0]).all(axis=1)
    second = (batch.shifts == SHIFT.points[1]).all(axis=1)
    assert (first ^ second).all()
    assert stats.binomtest(int(first.sum()), len(first), 0.35).pvalue > FALSE_ALARM
    table = np.histogram2d(first, batch.labels, bins=2)[0]
    assert stats.chi2_contingency(table).pvalue > FALSE_ALARM


def test_box_shifts_are_uniform_and_independent():
    law = BoxShift((-0.2, 0.3, -0.9), (0.7, 0.5, -0.4))
    delta = shifts(law, rng=stream(1, "box shifts"), shape=(30_000,))
    uniform = (delta - law.lower) / np.subtract(law.upper, law.lower)
    for column in uniform.T:
        assert stats.kstest(column, "uniform").pvalue > FALSE_ALARM
    assert np.abs(np.corrcoef(uniform, rowvar=False)[np.triu_indices(3, 1)]).max() < 7 / np.sqrt(len(delta))


def test_pooling_averages_tokens_when_the_prompt_vanishes():
    X = tokens(model(), rng=stream(1, "mean pooling"), size=7).tokens
    assert_allclose(pool(X, np.zeros(5)), X.mean(axis=1), rtol=1e-12, atol=1e-14)


def test_pooling_is_the_textbook_softmax():
    X = tokens(model(), rng=stream(1, "softmax"), size=1).tokens
    prompt = np.array([0.7, -0.3, 0.2, 0.9, -1.1])
    weights = np.exp(X[0] @ prompt)
    assert_allclose(pool(X, prompt)[0], X[0].T @ weights / weights.sum(), rtol=1e-12, atol=0)


def test_pooling_with_an_overwhelming_prompt_returns_the_highest_token():
    X = tokens(model(), rng=stream(1, "argmax"), size=6).tokens
    prompt = 1e12 * np.array([0.7, -0.3, 0.2, 0.9, -1.1])
    highest = X[np.arange(6), (X @ prompt).argmax(axis=1)]
    assert_allclose(pool(X, prompt), highest, rtol=1e-12, atol=0)


def test_pooled_features_do_not_depend_on_the_order_of_tokens():
    X = tokens(model(), rng=stream(1, "order"), size=3).tokens
    prompt = context_prompt(model(), Prompt(0.8))
    assert_allclose(pool(X[:, ::-1], prompt), pool(X, prompt), rtol=1e-11, atol=1e-14)


def test_given_labels_are_kept_across_batches(monkeypatch):
    monkeypatch.setattr("simulations.tokens._TOKEN_NUMBERS", 3 * 9 * 5)
    given = np.array([1.0, 1.0, -1.0, 1.0, -1.0, -1.0, -1.0])
    noiseless = model(noise_std=0.0, n_relevant=9)
    features, y = pooled_tokens(noiseless, Prompt(0.6), rng=stream(1, "given labels"), size=7, given_labels=given)
    context, signal = directions(noiseless)
    assert_array_equal(y, given)
    assert_allclose(features, context + given[:, None] * signal, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [0, -3, 2.5, True])
def test_rejects_sizes_that_are_no_positive_integers(size):
    with pytest.raises(ParameterError, match=r"^size must be an integer in \[1, inf\), got .*$"):
        tokens(model(), rng=stream(1, "size"), size=size)


@pytest.mark.parametrize("prompt", [np.zeros(4), np.array([1.0, np.inf, 0, 0, 0])])
def test_rejects_prompts_of_another_dimension_or_infinite(prompt):
    with pytest.raises(ParameterError, match=r"^prompt must be 5 finite numbers, got .*$"):
        pool(np.ones((2, 3, 5)), prompt)


def test_noise_has_its_own_scale_along_context_and_signal():
    noise_law = {"context_noise": 1.6, "signal_noise": 0.3, "relevant_noise": 0.45}
    shaped = model(shift=NO_SHIFT, noise_std=0.7, **noise_law)
    plain = replace(shaped, context_noise=1.0, signal_noise=1.0, relevant_noise=0.0)
    batch, core = (tokens(m, rng=stream(1, "shaped noise"), size=4000) for m in (shaped, plain))
    context, signal = directions(plain)
    centre = context + core.labels[:, None, None] * signal
    scales = np.array([1.6, 0.3, 1.0, 1.0, 1.0])
    irrelevant = ~batch.relevant
    assert_allclose(batch.tokens[irrelevant], scales * core.tokens[irrelevant], rtol=1e-12, atol=1e-14)
    noise = ((batch.tokens - centre) / scales)[batch.relevant]
    # 16,000 vectors: 0.6 % is one standard error of a standard deviation, 0.008 that of a correlation
    assert_allclose(noise.std(axis=0), np.full(5, 0.45 * 0.7), rtol=0.045, atol=0)
    assert abs(np.corrcoef(noise.T) - np.eye(5)).max() < 0.065


def test_prompt_has_its_angle_to_the_context_and_its_azimuth_to_the_signal():
    correlated = model(correlation=0.3)
    context, signal = directions(correlated)
    prompt = context_prompt(correlated, Prompt(1.7, 0.4, 1.1))
    across = signal - (signal @ context) / (context @ context) * context
    assert_allclose(np.linalg.norm(prompt), 1.7, rtol=1e-14, atol=0)
    assert_allclose(prompt @ context, 1.7 * np.linalg.norm(context) * np.cos(0.4), rtol=1e-14, atol=0)
    assert_allclose(prompt @ across, 1.7 * np.linalg.norm(across) * np.sin(0.4) * np.cos(1.1), rtol=1e-14, atol=0)
