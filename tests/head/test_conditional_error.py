r"""The closed-form test error of a given head is the share of errors that it makes on tokens.

Error budget: a z-test at level 1e-11 on 100,000 counted errors; |z| beyond 6.8 rejects. The standard error is at most
0.0016 (counting) and 0.0016 (scores), so that an error probability 0.031 off is missed with probability below 1e-10.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import simulations.head._trained_heads
from simulations.engine import stream
from simulations.head import TrainedHeads, conditional_error, conditional_scales, fresh_scores
from simulations.pooled import NoiseShape, noise_sums
from simulations.tokens import pooled_tokens
from theory.model import BoxShift, ContextualModel, HeadSetting, Prompt

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


def known(model, strength, **direction):
    return HeadSetting(model=model, prompt=Prompt(strength, **direction), n_samples=1, head="full")


def closed_form(setting, key, size=SAMPLES):
    heads = TrainedHeads(np.tile(HEAD, (size, 1)), np.full(size, INTERCEPT))
    sums, shift = fresh_scores(setting, rng=stream(5, key, "closed form"), shape=(size, 1))
    return conditional_error(setting, heads, sums, shift)


def counted(setting, key, intercept=INTERCEPT):
    features, y = pooled_tokens(setting.model, setting.prompt, rng=stream(5, key, "counted"), size=SAMPLES)
    return (y * (features @ HEAD + intercept) < 0).astype(float)


def p_value(setting, key):
    return stats.ttest_ind(closed_form(setting, key), counted(setting, key), equal_var=False).pvalue


@pytest.mark.parametrize("strength", [0.0, 0.8, 3.1])
@pytest.mark.parametrize("name", MODELS)
def test_equals_share_of_errors_on_tokens(name, strength):
    assert p_value(known(MODELS[name], strength), f"{name} {strength}") > LEVEL


NOISY = replace(MODELS["shifted"], relevant_noise=0.8, context_noise=1.7, signal_noise=0.5)


@pytest.mark.parametrize(("angle", "azimuth"), [(0.0, 0.7), (0.9, 0.7), (1.2, np.pi / 2), (2.3, 2.6)])
def test_equals_share_of_errors_on_tokens_under_any_prompt_and_noise(angle, azimuth):
    assert p_value(known(NOISY, 1.1, angle=angle, azimuth=azimuth), f"{angle} {azimuth}") > LEVEL


MISTAKES = {
    "C for σC": lambda scales: replace(scales, spread=scales.spread / 0.6),
    "C squared": lambda scales: replace(scales, spread=scales.spread**2),
    "context coordinate left out": lambda scales: replace(scales, context=0 * scales.context),
    "third coordinate left out": lambda scales: replace(scales, third=0 * scales.third),
    "signal without attention": lambda scales: replace(scales, signal=scales.signal / scales.attention),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_rejects_wrong_margins(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return MISTAKES[mistake](conditional_scales(*args, **kwargs))

    monkeypatch.setattr(simulations.head._trained_heads, "conditional_scales", mistaken)
    setting = known(MODELS["shifted"], 0.8)
    if "third" in mistake:
        setting = known(NOISY, 1.9, angle=1.2)
    assert p_value(setting, mistake) < LEVEL


def test_rejects_a_noise_gain_of_isotropic_noise(monkeypatch):
    isotropic = NoiseShape(np.eye(3)[0], np.ones(3), 1.0, np.eye(3)[0])
    monkeypatch.setattr(simulations.head._trained_heads, "noise_shape", lambda *args: isotropic)
    assert p_value(known(replace(NOISY, signal_noise=3.0), 0.3), "isotropic") < LEVEL


def test_rejects_an_intercept_of_the_other_sign():
    setting = known(replace(GENERIC, label_prior=0.75), 0.8)
    wrong = counted(setting, "intercept", intercept=-INTERCEPT)
    assert stats.ttest_ind(closed_form(setting, "intercept"), wrong, equal_var=False).pvalue < LEVEL


def constant_heads(size, context=0.0, signal=1.0, rest=0.0, intercept=0.0):
    return TrainedHeads(np.tile([context, signal, rest], (size, 1)), np.full(size, intercept))


def silent_sums(size):
    return noise_sums(6, strength=1.1, rng=stream(5, "silent"), size=size).reshaped(size, 1)


@pytest.mark.parametrize(("signal", "error"), [(0.7, 0.0), (-0.7, 1.0), (0.0, 0.5)])
def test_without_noise_the_error_is_certain_and_a_tie_is_half(signal, error):
    setting = known(replace(MODELS["core"], noise_std=0.0), 1.1)
    heads = constant_heads(3, signal=signal)
    assert_array_equal(conditional_error(setting, heads, silent_sums(3), np.zeros((3, 1, 3))), error)


def test_without_noise_along_the_signal_its_head_is_certain():
    setting = known(replace(MODELS["core"], signal_noise=0.0), 1.1)
    assert_array_equal(conditional_error(setting, constant_heads(3), silent_sums(3), np.zeros((3, 1, 3))), 0.0)


def two_errors(first, second):
    setting = known(GENERIC, 1.1)
    return [conditional_error(setting, heads, silent_sums(5), np.zeros((5, 1, 3))) for heads in (first, second)]


def test_error_does_not_depend_on_the_length_of_the_head():
    errors = two_errors(constant_heads(5, -0.3, 0.4, 0.9, 0.2), constant_heads(5, -2.1, 2.8, 6.3, 1.4))
    assert_allclose(errors[0], errors[1], rtol=1e-12, atol=0)


def test_opposite_heads_err_on_complementary_samples():
    errors = two_errors(constant_heads(5, -0.3, 0.4, 0.9, 0.2), constant_heads(5, 0.3, -0.4, -0.9, -0.2))
    assert_allclose(errors[0] + errors[1], 1, rtol=1e-13, atol=0)


def test_tiny_errors_keep_their_digits():
    setting = known(replace(MODELS["core"], signal_norm=12.0), 0.0)
    sums = noise_sums(6, strength=0.0, rng=stream(5, "tiny"), size=1).reshaped(1, 1)
    deviations = 12.0 * 3 / (0.6 * np.sqrt(6))
    desired = stats.norm.logsf(deviations)
    actual = np.log(conditional_error(setting, constant_heads(1), sums, np.zeros((1, 1, 3))))
    assert_allclose(actual, desired, rtol=1e-11, atol=0)
    assert actual < -250
