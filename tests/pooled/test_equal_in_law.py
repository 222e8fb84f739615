r"""The pooled shortcut has the law of pooled tokens, and planted mistakes in it are seen.

Error budget: two-sample Kolmogorov-Smirnov tests of thirteen statistics of (x, y), each at level 1e-11, so that all the tests
of this file raise a false alarm with probability below 1e-8. With 60,000 samples a side the critical distance is 0.021;
by the inequality of Dvoretzky, Kiefer and Wolfowitz either side strays by more than 0.0136 with probability below 1e-9/2,
so that a distance of 0.049 between two distribution functions is missed with probability below 1e-9. The planted mistakes
move one by 0.052 or more.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

import simulations.pooled._pooled_scales
import simulations.pooled._token_sums
from simulations.engine import stream
from simulations.pooled import noise_shape, pooled_features, pooled_scales, token_sums
from simulations.tokens import pooled_tokens
from theory.model import BoxShift, ContextualModel, FiniteShift, ParameterError, Prompt

LEVEL = 1e-11
SAMPLES = 60_000

GENERIC = ContextualModel(
    n_tokens=9, n_relevant=3, dim=4, signal_norm=0.8, context_norm=1.2, noise_std=0.9, correlation=0.45, label_prior=0.4
)
MODELS = {
    "core": replace(GENERIC, correlation=0.0, label_prior=0.5),
    "correlated": GENERIC,
    "finite shift": replace(GENERIC, shift=FiniteShift(((0.3, -0.6, 0.5), (0.7, 1.1, -0.4)), (0.3, 0.7))),
    "box shift": replace(GENERIC, correlation=-0.6, shift=BoxShift((-0.2, -0.5, 0.1), (0.9, 0.8, 0.6))),
    "all relevant but one": replace(GENERIC, n_relevant=8),
    "no context": replace(GENERIC, context_norm=0.0),
    "plane": replace(GENERIC, dim=2),
    "relevant noise": replace(GENERIC, relevant_noise=0.7),
    "anisotropic noise": replace(GENERIC, context_noise=1.6, signal_noise=0.4),
}
NOISY = replace(
    GENERIC,
    shift=FiniteShift(((0.3, -0.6, 0.5), (0.7, 1.1, -0.4)), (0.3, 0.7)),
    relevant_noise=0.8,
    context_noise=1.5,
    signal_noise=0.6,
)
PROMPTS = {
    "all together": (NOISY, 0.9, 0.7),
    "beyond a right angle": (replace(NOISY, dim=3), 2.1, 2.3),
    "leaning to neither label": (GENERIC, 0.6, np.pi / 2),
    "in the plane": (replace(NOISY, dim=2), 0.8, 0.0),
    "all relevant": (replace(NOISY, n_relevant=9), 0.9, 0.7),
    "no noise along the prompt": (replace(NOISY, context_noise=0.0), 0.0, 0.7),
    "no noise along the signal": (replace(NOISY, signal_noise=0.0), 1.2, 0.4),
}


def statistics(features, y):
    r"""Marginals and products, with and without the label: they see means, scales and dependence.

    Nine decimals are kept, so that rounding does not part values that are equal by law.
    """
    features = features.round(9)
    r, s, third, last = features[:, 0], features[:, 1], features[:, min(2, features.shape[1] - 1)], features[:, -1]
    mixed = (s - y * r) * np.linalg.norm(features, axis=1)
    return (r, s, y * r, y * s, last, r * s, y * r * s, r * last, s**2 - r, mixed, third, third * (r + s), third**2 - y * s)


@cache
def token_statistics(model, prompt):
    key = f"{model} {prompt.strength} {prompt.angle} {prompt.azimuth}"
    return statistics(*pooled_tokens(model, prompt, rng=stream(3, key, "tokens"), size=SAMPLES))


def differ(model, prompt, key):
    r"""Whether one of the statistics has another law in the shortcut than from tokens, in the judgement of its test."""
    shortcut = pooled_features(model, prompt, rng=stream(3, key, "shortcut"), size=SAMPLES)
    pairs = zip(token_statistics(model, prompt), statistics(*shortcut), strict=True)
    return any(stats.ks_2samp(one, two, method="asymp").pvalue < LEVEL for one, two in pairs)


@pytest.mark.parametrize("strength", [0.0, 1.6])
@pytest.mark.parametrize("name", MODELS)
def test_shortcut_has_the_law_of_pooled_tokens(name, strength):
    assert not differ(MODELS[name], Prompt(strength), f"{name} {strength}")


@pytest.mark.parametrize("name", PROMPTS)
def test_shortcut_has_the_law_of_pooled_tokens_under_any_prompt_and_noise(name):
    model, angle, azimuth = PROMPTS[name]
    assert not differ(model, Prompt(1.4, angle, azimuth), name)


SCALE_MISTAKES = {
    "C squared for C": lambda scales: replace(scales, spread=scales.spread**2),
    "C averaged over samples": lambda scales: replace(scales, spread=np.full_like(scales.spread, scales.spread.mean())),
    "shift left out of the signal": lambda scales: replace(
        scales, signal=np.sign(scales.signal) * scales.attention * 0.8 * np.sqrt(1 - 0.45**2)
    ),
    "attention reduced by a tenth": lambda scales: replace(scales, signal=0.9 * scales.signal),
    "r = A Q": lambda scales: replace(scales, context=1.2 * scales.attention),
}
SUM_MISTAKES = {
    "r without its noise": lambda sums: replace(sums, moment=0 * sums.moment),
    "sum of squares for square of sum": lambda sums: replace(sums, squares=sums.total**2),
    "one token too many": lambda sums: replace(sums, total=sums.total * 7 / 6),
    "moment of the other sign": lambda sums: replace(sums, moment=-sums.moment),
}


@pytest.mark.parametrize("mistake", SCALE_MISTAKES)
def test_rejects_wrong_scales(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return SCALE_MISTAKES[mistake](pooled_scales(*args, **kwargs))

    monkeypatch.setattr(simulations.pooled._pooled_scales, "pooled_scales", mistaken)
    assert differ(MODELS["finite shift"], Prompt(1.6), mistake)


@pytest.mark.parametrize("mistake", SUM_MISTAKES)
def test_rejects_wrong_noise_sums(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return SUM_MISTAKES[mistake](token_sums(*args, **kwargs))

    monkeypatch.setattr(simulations.pooled._pooled_scales, "token_sums", mistaken)
    assert differ(MODELS["finite shift"], Prompt(1.6), mistake)


NOISE_MISTAKES = {
    "relevant noise without its scores": lambda sums: replace(
        sums, relevant=replace(sums.relevant, peak=0 * sums.peak, total=3 + 0 * sums.peak, squares=3 + 0 * sums.peak)
    ),
    "relevant noise of its own size": lambda sums: replace(
        sums, relevant=replace(sums.relevant, squares=sums.relevant.squares / 0.8**2)
    ),
    "relevant noise does not lean on its scores": lambda sums: replace(
        sums, relevant=replace(sums.relevant, moment=0 * sums.total)
    ),
}
SHAPE_MISTAKES = {
    "noise independent of its score": lambda shape: replace(shape, axis=0 * shape.axis),
    "noise leans along the prompt": lambda shape: replace(shape, axis=shape.direction),
    "scores of isotropic noise": lambda shape: replace(shape, score=1.0),
    "prompt aligned": lambda shape: replace(shape, direction=np.eye(3)[0]),
}


@pytest.mark.parametrize("mistake", NOISE_MISTAKES)
def test_rejects_wrong_noise_of_relevant_tokens(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return NOISE_MISTAKES[mistake](token_sums(*args, **kwargs))

    monkeypatch.setattr(simulations.pooled._pooled_scales, "token_sums", mistaken)
    assert differ(NOISY, Prompt(1.4, 0.9, 0.7), mistake)


@pytest.mark.parametrize("mistake", SHAPE_MISTAKES)
def test_rejects_wrong_shapes_of_the_noise(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return SHAPE_MISTAKES[mistake](noise_shape(*args, **kwargs))

    monkeypatch.setattr(simulations.pooled._pooled_scales, "noise_shape", mistaken)
    monkeypatch.setattr(simulations.pooled._token_sums, "noise_shape", mistaken)
    assert differ(NOISY, Prompt(1.4, 0.5, 0.7), mistake)


def test_rejects_a_relevant_score_that_ignores_the_label(monkeypatch):
    def mistaken(model, prompt, sums, **given):
        exact = pooled_scales(model, prompt, sums, **given)
        unlabelled = pooled_scales(replace(model, correlation=0.0), prompt, sums, **given)
        return replace(exact, spread=unlabelled.spread)

    monkeypatch.setattr(simulations.pooled._pooled_scales, "pooled_scales", mistaken)
    assert differ(MODELS["correlated"], Prompt(1.6), "label ignored")


def test_relevant_noise_needs_its_own_scores():
    sums = replace(token_sums(NOISY, Prompt(1.4), rng=stream(3, "missing"), size=2), relevant=None)
    with pytest.raises(ParameterError, match="sums must be those of relevant tokens too"):
        pooled_scales(NOISY, Prompt(1.4), sums, label=1.0, shift=np.zeros((2, 3)))


@pytest.mark.parametrize("strength", [1e3, 1e9, 1e15])
def test_overwhelming_prompts_stay_finite_under_any_noise(strength):
    features, _ = pooled_features(NOISY, Prompt(strength, 0.9, 0.7), rng=stream(3, "overwhelming"), size=50)
    assert np.isfinite(features).all()
