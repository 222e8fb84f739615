r"""The closed-form test error of a given head is the share of errors that it makes on tokens.

Error budget: a z-test at level 1e-11 on 100,000 counted errors; |z| beyond 6.8 rejects. The standard error is at most
0.0016 (counting) and 0.0016 (scores), so that an error probability 0.031 off is missed with probability below 1e-10.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import simulations.head.trained
from simulations.engine import stream
from simulations.head.trained import TrainedHeads, conditional_error
from simulations.pooled import noise_sums, pooled_scales
from simulations.tokens import pooled_tokens, shifts
from theory.model import BoxShift, ContextualModel

LEVEL = 1e-11
SAMPLES = 100_000

GENERIC = ContextualModel(
    n_tokens=9, n_relevant=3, dim=4, signal_norm=0.8, context_norm=1.2, noise_std=0.6, correlation=0.45, label_prior=0.4
)
MODELS = {
    "core": replace(GENERIC, correlation=0.0, label_prior=0.5),
    "correlated": GENERIC,
    "shifted": replace(GENERIC, label_prior=0.7, shift=BoxShift((-0.2, -0.5, 0.1), (0.9, 0.8, 0.6))),
}
HEAD = np.array([-0.65, 0.9, 0.5, -0.7])
INTERCEPT = 0.13


def closed_form(model, strength, key, size=SAMPLES):
    heads = TrainedHeads(
        signal=np.full(size, HEAD[1]),
        orthogonal_norm=np.full(size, np.linalg.norm(HEAD[1:])),
        context=np.full(size, HEAD[0]),
        intercept=np.full(size, INTERCEPT),
    )
    rng = stream(5, key, "closed form")
    sums = noise_sums(model.n_irrelevant, strength=model.noise_std * strength, rng=rng, size=size).reshaped(size, 1)
    return conditional_error(model, strength, heads, sums, shifts(model.shift, rng=rng, shape=(size, 1)))


def counted(model, strength, key, intercept=INTERCEPT):
    features, y = pooled_tokens(model, strength, rng=stream(5, key, "counted"), size=SAMPLES)
    return (y * (features @ HEAD + intercept) < 0).astype(float)


def p_value(model, strength, key):
    return stats.ttest_ind(closed_form(model, strength, key), counted(model, strength, key), equal_var=False).pvalue


@pytest.mark.parametrize("strength", [0.0, 0.8, 3.1])
@pytest.mark.parametrize("name", MODELS)
def test_equals_share_of_errors_on_tokens(name, strength):
    assert p_value(MODELS[name], strength, f"{name} {strength}") > LEVEL


MISTAKES = {
    "C for σC": lambda scales: replace(scales, spread=scales.spread / 0.6),
    "C squared": lambda scales: replace(scales, spread=scales.spread**2),
    "context coordinate left out": lambda scales: replace(scales, context=0 * scales.context),
    "signal without attention": lambda scales: replace(scales, signal=scales.signal / scales.attention),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_rejects_wrong_margins(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return MISTAKES[mistake](pooled_scales(*args, **kwargs))

    monkeypatch.setattr(simulations.head.trained, "pooled_scales", mistaken)
    assert p_value(MODELS["shifted"], 0.8, mistake) < LEVEL


def test_rejects_an_intercept_of_the_other_sign():
    model = replace(GENERIC, label_prior=0.75)
    wrong = counted(model, 0.8, "intercept", intercept=-INTERCEPT)
    assert stats.ttest_ind(closed_form(model, 0.8, "intercept"), wrong, equal_var=False).pvalue < LEVEL


def constant_heads(size, **parts):
    zero, one = np.zeros(size), np.ones(size)
    return TrainedHeads(**{"signal": one, "orthogonal_norm": one, "context": zero, "intercept": zero, **parts})


def silent_sums(size):
    return noise_sums(6, strength=1.1, rng=stream(5, "silent"), size=size).reshaped(size, 1)


@pytest.mark.parametrize(("signal", "error"), [(0.7, 0.0), (-0.7, 1.0), (0.0, 0.5)])
def test_without_noise_the_error_is_certain_and_a_tie_is_half(signal, error):
    model = replace(MODELS["core"], noise_std=0.0)
    heads = constant_heads(3, signal=np.full(3, signal))
    assert_array_equal(conditional_error(model, 1.1, heads, silent_sums(3), np.zeros((3, 1, 3))), error)


def test_error_does_not_depend_on_the_length_of_the_head():
    heads = constant_heads(5, signal=np.full(5, 0.4), context=np.full(5, -0.3), intercept=np.full(5, 0.2))
    longer = constant_heads(
        5, signal=np.full(5, 2.8), orthogonal_norm=np.full(5, 7.0), context=np.full(5, -2.1), intercept=np.full(5, 1.4)
    )
    errors = [conditional_error(GENERIC, 1.1, each, silent_sums(5), np.zeros((5, 1, 3))) for each in (heads, longer)]
    assert_allclose(errors[0], errors[1], rtol=1e-12, atol=0)


def test_opposite_heads_err_on_complementary_samples():
    heads = constant_heads(5, signal=np.full(5, 0.4), context=np.full(5, -0.3), intercept=np.full(5, 0.2))
    opposite = constant_heads(5, signal=np.full(5, -0.4), context=np.full(5, 0.3), intercept=np.full(5, -0.2))
    errors = [conditional_error(GENERIC, 1.1, each, silent_sums(5), np.zeros((5, 1, 3))) for each in (heads, opposite)]
    assert_allclose(errors[0] + errors[1], 1, rtol=1e-13, atol=0)


def test_tiny_errors_keep_their_digits():
    model = replace(MODELS["core"], signal_norm=12.0)
    heads, sums = constant_heads(1), noise_sums(6, strength=0.0, rng=stream(5, "tiny"), size=1).reshaped(1, 1)
    deviations = 12.0 * 3 / (0.6 * np.sqrt(6))
    desired = stats.norm.logsf(deviations)
    actual = np.log(conditional_error(model, 0.0, heads, sums, np.zeros((1, 1, 3))))
    assert_allclose(actual, desired, rtol=1e-11, atol=0)
    assert actual < -250
