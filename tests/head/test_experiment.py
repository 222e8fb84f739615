r"""The fast experiment has the mean of the experiment straight from tokens, and the symmetries of the problem.

The means are compared by the verdict engine, with its error rates. A planted mistake must be rejected by a t-test on
fewer trials than the verdict takes.
"""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import simulations.head._training_sets
from simulations.agreement import Absolute
from simulations.engine import stream
from simulations.head import conditional_scales, simulated_errors, token_level_errors
from theory.model import ContextualModel, FiniteShift, HeadSetting, ParameterError, Prompt

LEVEL = 1e-11

CORE = ContextualModel(n_tokens=9, n_relevant=4, dim=5, signal_norm=0.9, context_norm=1.2, noise_std=1.3)
SKEW = replace(CORE, correlation=0.4, label_prior=0.35, shift=FiniteShift(((0.3, -0.4, 0.2), (0.5, 0.2, 0.7)), (0.4, 0.6)))
RULES = ("least-squares", "averaging", "intercept")


def known(model=CORE, strength=0.8, n_samples=14, head="orthogonal", intercept=False, **direction):
    prompt = Prompt(strength, **direction)
    return HeadSetting(model=model, prompt=prompt, n_samples=n_samples, head=head, intercept=intercept)


def errors(setting, key="errors", size=50, **options):
    return simulated_errors(setting, rng=stream(6, key), size=size, **options)


def p_value(setting, rule, key, trials=2_500):
    slow = token_level_errors(setting, rng=stream(6, key, "tokens"), size=trials, rule=rule, n_test=40)
    fast = simulated_errors(setting, rng=stream(6, key, "shortcut"), size=20_000, rule=rule)
    return stats.ttest_ind(slow, fast, equal_var=False).pvalue


def agreement_with_tokens(agree, setting, rule):
    r"""The verdict that the two experiments have the same mean: their difference, draw by draw, has mean zero."""

    def differences(rng, size):
        slow = token_level_errors(setting, rng=rng, size=size, rule=rule, n_test=40)
        return slow - simulated_errors(setting, rng=rng, size=size, rule=rule, n_test=40)

    return agree(
        "head-shortcut",
        setting={
            "rule": rule,
            "head": setting.head,
            "n": setting.finite_samples,
            "τ": setting.prompt.strength,
            "ρ": setting.model.correlation,
            **({"intercept": "trained", "θ": setting.prompt.angle} if setting.intercept else {}),
        },
        predicted=0.0,
        sampler=differences,
        bounds=(-1.0, 1.0),
        margin=Absolute(0.02),
    )


@pytest.mark.parametrize("n_samples", [4, 6, 16])
@pytest.mark.parametrize("head", ["orthogonal", "full"])
@pytest.mark.parametrize("rule", RULES)
def test_fast_experiment_has_the_mean_of_the_token_experiment(agree, rule, head, n_samples):
    agreement_with_tokens(agree, known(SKEW, n_samples=n_samples, head=head), rule)


@pytest.mark.parametrize("strength", [0.0, 0.5, 4.0])
def test_fast_experiment_has_the_token_mean_at_any_strength(agree, strength):
    agreement_with_tokens(agree, known(strength=strength, n_samples=7), "least-squares")


@pytest.mark.parametrize(("head", "n_samples", "angle"), [("orthogonal", 5, 0.7), ("full", 16, 0.7), ("full", 6, 0.0)])
def test_fast_experiment_has_the_token_mean_with_intercept_under_any_prompt_and_noise(agree, head, n_samples, angle):
    noisy = replace(SKEW, relevant_noise=0.6, context_noise=1.5, signal_noise=0.7)
    direction = {"angle": angle, "azimuth": 0.9}
    agreement_with_tokens(agree, known(noisy, n_samples=n_samples, head=head, intercept=True, **direction), "least-squares")


MISTAKES = {
    "C squared for C": lambda scales: replace(scales, spread=scales.spread**2),
    "signal without attention": lambda scales: replace(scales, signal=scales.signal / scales.attention),
    "training labels not in the signal": lambda scales: replace(scales, signal=np.abs(scales.signal)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_rejects_wrong_training_features(monkeypatch, mistake):
    def mistaken(*args, **kwargs):
        return MISTAKES[mistake](conditional_scales(*args, **kwargs))

    monkeypatch.setattr(simulations.head._training_sets, "conditional_scales", mistaken)
    assert p_value(known(n_samples=7), "least-squares", mistake, trials=4_000) < LEVEL


def test_number_of_test_samples_does_not_change_the_mean():
    one, many = errors(known(), "one test sample", 40_000, n_test=1), errors(known(), "many", 20_000, n_test=23)
    assert stats.ttest_ind(one, many, equal_var=False).pvalue > LEVEL
    assert many.std() < one.std()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("head", ["orthogonal", "full"])
def test_errors_do_not_depend_on_the_unit_of_length(rule, head):
    scaled = replace(SKEW, signal_norm=3 * 0.9, context_norm=3 * 1.2, noise_std=3 * 1.3)
    actual = errors(known(scaled, strength=0.8 / 3, head=head), rule=rule)
    assert_allclose(actual, errors(known(SKEW, head=head), rule=rule), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_without_a_prompt_only_the_signal_to_noise_ratio_matters(rule):
    other = replace(CORE, n_tokens=31, n_relevant=6, noise_std=0.7, context_norm=5.0)
    other = replace(other, signal_norm=0.9 * 4 / (1.3 * math.sqrt(5)) * 0.7 * math.sqrt(25) / 6)
    actual = errors(known(other, strength=0.0), rule=rule)
    assert_allclose(actual, errors(known(strength=0.0), rule=rule), rtol=1e-6, atol=1e-12)


def test_without_signal_every_error_is_one_half():
    assert_allclose(errors(known(replace(CORE, signal_norm=0.0))), 0.5, rtol=1e-12, atol=0)


@pytest.mark.parametrize("model", [replace(CORE, noise_std=0.0), replace(CORE, n_relevant=9)])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_samples", [2, 4, 14])
def test_without_noise_no_head_errs(model, rule, n_samples):
    assert_array_equal(errors(known(model, n_samples=n_samples), rule=rule), 0.0)


def test_rules_agree_on_the_population():
    one, two, three = (errors(known(n_samples=math.inf), rule=rule) for rule in RULES)
    assert_array_equal(one, two)
    assert_array_equal(one, three)


@pytest.mark.parametrize("rule", RULES)
def test_large_samples_approach_the_population(rule):
    finite = errors(known(n_samples=4_000), "large", 400, rule=rule, n_test=500).mean()
    population = errors(known(n_samples=math.inf), "population", 200_000).mean()
    assert 0 < finite - population + 0.004 < 0.008


@pytest.mark.parametrize(("head", "intercept"), [("orthogonal", False), ("full", True)])
def test_large_samples_approach_the_population_under_any_noise(head, intercept):
    noisy = replace(CORE, relevant_noise=0.6, context_noise=1.5, signal_noise=0.7)
    setting = known(noisy, head=head, intercept=intercept)
    finite = errors(replace(setting, n_samples=2_000), "large noisy", 150, n_test=500).mean()
    population = errors(replace(setting, n_samples=math.inf), "population noisy", 100_000).mean()
    assert 0 < finite - population + 0.005 < 0.01


@pytest.mark.parametrize("strength", [1e3, 1e9, 1e15])
def test_overwhelming_prompts_stay_finite(strength):
    draws = errors(known(strength=strength, head="full"), size=20)
    assert ((draws >= 0) & (draws <= 1)).all()


@pytest.mark.parametrize("size", [1, 77])
@pytest.mark.parametrize("n_samples", [1, 4, 5, 60, math.inf])
def test_draws_are_reproducible_probabilities(size, n_samples):
    draws = errors(known(n_samples=n_samples), size=size)
    assert draws.shape == (size,)
    assert ((draws >= 0) & (draws <= 1)).all()
    assert_array_equal(draws, errors(known(n_samples=n_samples), size=size))


@pytest.mark.parametrize("rule", RULES)
def test_memory_does_not_grow_with_the_number_of_draws(rule):
    setting = known(replace(CORE, dim=60, n_tokens=40), n_samples=80)
    tracemalloc.start()
    errors(setting, size=1_000, rule=rule)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize(
    ("setting", "options", "message"),
    [
        (known(), {"rule": "ridge"}, "rule must be one of trained, least-squares, intercept, averaging, got ridge"),
        (known(), {"n_test": 0}, r"n_test must be an integer in \[1, inf\), got 0"),
        (known(), {"size": 0}, r"size must be an integer in \[1, inf\), got 0"),
        (known(n_samples=7), {"rule": "intercept"}, "n_samples must be even, for as many samples .*, got 7"),
        (known(SKEW, n_samples=math.inf), {}, "n_samples must be finite, unless .*, got inf"),
        (known(n_samples=math.inf, angle=0.3), {}, "n_samples must be finite, unless .* the prompt aligned.*, got inf"),
        (known(intercept=True), {"rule": "averaging"}, "intercept must be false for averaging, got True"),
        (known(n_samples=10**9), {}, "n_samples must be such that one trial holds .*, got 1000000000"),
    ],
)
def test_bad_input_is_named_in_one_line(setting, options, message):
    with pytest.raises(ParameterError, match=rf"^{message}$"):
        errors(setting, **options)


def test_token_experiment_needs_a_finite_sample():
    with pytest.raises(ParameterError, match=r"^n_samples must be finite here, got inf$"):
        token_level_errors(known(n_samples=math.inf), rng=stream(6, "infinite"), size=1)
