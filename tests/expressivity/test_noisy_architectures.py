r"""Best parameters with noise: other routes to the same error, a bound that nothing beats, and tokens."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2, qmc

from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import is_right, trained_answers
from simulations.tokens import tokens
from theory.context import attention, optimal_prompt
from theory.expressivity import (
    NoisyAccuracy,
    best_noisy_accuracy,
    least_linear_prompt_error,
    least_softmax_prompt_error,
    linear_prompt_error,
    self_attention_error,
    softmax_prompt_error,
)
from theory.expressivity.noisy._prompt_bound import _least_error
from theory.expressivity.noisy._self_search import _loss, _rows
from theory.model import NO_SHIFT, BoxShift, ContextualModel, FiniteShift, ParameterError, Prediction, Prompt
from theory.numerics import negative_probability

Array = NDArray[np.float64]

CORE = ContextualModel(n_tokens=11, n_relevant=4, dim=5, signal_norm=0.8, context_norm=1.2, noise_std=0.9)
SMALL = replace(CORE, n_tokens=7, n_relevant=2, dim=4, noise_std=1.9, correlation=-0.35)
SHIFTED = replace(SMALL, shift=FiniteShift(((1.3, -1.1, 0.6),), (1.0,)))
LABEL_FREE = replace(SHIFTED, shift=FiniteShift(((0.4, 0.7, 0.0), (2.1, -1.6, 0.0)), (0.7, 0.3)))


@cache
def best_shifted(architecture: str) -> NoisyAccuracy:
    return best_noisy_accuracy(architecture, SHIFTED)


@cache
def best_core(architecture: str) -> NoisyAccuracy:
    return best_noisy_accuracy(architecture, CORE)


@pytest.mark.parametrize("free", [1, 2, 7, 40])
def test_inversion_gives_the_chi_square_law(free: int) -> None:
    for x in (0.1, 1.3, 20.7):
        found = negative_probability(lambda z, x=x: -free / 2 * np.log(1 - 2 * z) - z * x, -1e4, 0.5, free - x, -x)
        assert_allclose(found, chi2.cdf(x, free), rtol=1e-10)


def test_linear_prompt_error_is_an_average_over_scores() -> None:
    r"""Head w_*, prompt q_*: given the scores, f is Gaussian with variance proportional to their squares."""
    m, W, Q, sigma = CORE.n_relevant, CORE.signal_norm, CORE.context_norm, CORE.noise_std

    def integrand(s: float) -> float:
        return float(chi2.pdf(s, CORE.n_irrelevant) * ndtr(-m * W * Q / (sigma**2 * np.sqrt(s))))

    average = quad(integrand, 0, 100, epsabs=1e-13, epsrel=1e-12)[0]
    assert_allclose(linear_prompt_error(CORE, np.array([0, 1.0]), np.array([1.0, 0])), average, rtol=1e-9)


def test_no_linear_prompt_beats_the_bound_and_one_attains_it_on_core_data() -> None:
    best = best_core("linear-prompt")
    assert_allclose(best.value, best.upper, rtol=1e-9)
    rng = stream(7, "linear prompts")
    for model in (CORE, LABEL_FREE):
        least = least_linear_prompt_error(model)
        assert least > 0
        for _ in range(40):
            head, prompt = rng.normal(size=(2, 4)) * np.array([1, 1, 0.3, 0.3])
            assert linear_prompt_error(model, head, prompt) >= least - 1e-12


def test_softmax_prompt_error_is_that_of_the_context_chapter() -> None:
    for tau in (0.3, 1.1, 2.7):
        found = softmax_prompt_error(CORE, np.array([0, 1.0]), np.array([tau, 0.0]))
        assert abs(found - attention(CORE, Prompt(tau))["error"].value) < 1e-9


def test_best_softmax_prompt_of_core_data_is_the_optimal_prompt() -> None:
    best = best_core("softmax-prompt")
    assert_allclose(1 - best.value, optimal_prompt(CORE)["error"].value, rtol=1e-6)


def test_no_prompt_without_the_signal_beats_the_bound_and_one_attains_it_on_core_data() -> None:
    best = best_core("softmax-prompt")
    assert best.value < best.class_upper < best.value + 1e-3 * (1 - best.value)
    assert best.upper == 1.0
    rng = stream(7, "softmax prompts")
    coarse = (0.16, 0.3, 14.0)
    for model in (LABEL_FREE, replace(LABEL_FREE, label_prior=0.3)):
        least = least_softmax_prompt_error(model, tolerance=0.03)
        assert least > 0.05
        across = np.array([np.sqrt(1 - model.correlation**2), -model.correlation])  # orthogonal to w_*
        for _ in range(5):
            prompt = np.r_[rng.uniform(-0.2, 1.5) * across, rng.normal()]
            head = np.array([0.4, 1.0, 0.4]) * rng.normal(size=3)
            assert softmax_prompt_error(model, head, prompt, rule=coarse) >= least - 1e-6
    assert least_softmax_prompt_error(SHIFTED) == 0  # a shift that carries the label


@pytest.mark.parametrize("strength", [0.4, 1.3])
def test_least_error_at_one_strength_is_that_of_the_optimal_head(strength: float) -> None:
    r"""Two inversions on different grids; over an interval it is below both ends, and not below the tail's limit."""
    theta, s = CORE.context_norm / CORE.noise_std, strength * CORE.noise_std
    exact = softmax_prompt_error(CORE, np.array([0, 1.0]), np.array([strength, 0.0]))
    assert_allclose(_least_error(CORE, theta, s, s), exact, rtol=1e-8)
    interval = _least_error(CORE, theta, s, s + 0.3)
    assert interval < min(exact, _least_error(CORE, theta, s + 0.3, s + 0.3))
    inside = [_least_error(CORE, theta, s + x, s + x) for x in (0.05, 0.17, 0.26)]
    assert interval < min(inside)


@pytest.mark.parametrize("free", [2, 5])
def test_least_error_in_endless_noise_is_that_one_token_exceeds_zero(free: int) -> None:
    model = replace(CORE, n_tokens=CORE.n_relevant + free, noise_std=3e3)
    limit = (1 - 0.5**free) / 2
    assert limit * 0.9999 < _least_error(model, 0.0, 24.0, np.inf) < limit


def test_least_error_of_endless_prompts_is_that_any_token_exceeds_the_context() -> None:
    theta = CORE.context_norm / CORE.noise_std
    limit = (1 - ndtr(theta) ** CORE.n_irrelevant) / 2
    gaps = [limit - _least_error(CORE, theta, s, np.inf) for s in (8.0, 16.0, 32.0)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert_allclose(gaps[1] / gaps[2], 2.0, rtol=0.05)


def test_best_parameters_are_no_worse_than_random_ones() -> None:
    best = 1 - best_shifted("softmax-prompt").value
    points = 2 * qmc.Sobol(5, scramble=False).random(32)[2:] - 1
    errors = [softmax_prompt_error(SHIFTED, x[2:], np.r_[x[:2], 0.0], rule=(0.16, 0.3, 14.0)) for x in points]
    assert best <= min(errors) + 1e-6


def test_self_attention_without_attention_is_mean_pooling() -> None:
    kappa = CORE.n_relevant * CORE.signal_norm / (CORE.noise_std * np.sqrt(CORE.n_irrelevant))
    error, spread = self_attention_error(CORE, np.array([0.0, 1.0]), np.zeros((2, 2)), points=1024)
    assert abs(error - ndtr(-kappa)) < 5 * spread < 0.02


@pytest.mark.parametrize("n_tokens", [4, 7])
def test_matrix_outside_the_plane_is_the_same_as_an_entry_or_as_a_number(n_tokens: int) -> None:
    r"""λ I on three coordinates, as part of the matrix and as `across`: there with Bartlett's factor if m' = 2."""
    model, matrix, head = replace(SHIFTED, n_tokens=n_tokens, dim=5), np.array([[0.4, 0.2], [-0.1, 0.3]]), np.array([0.3, 1.0])
    whole = np.diag([0.0, 0.0, -3.0, -3.0, -3.0])
    whole[:2, :2] = matrix
    error, spread = self_attention_error(model, head, matrix, -3.0, points=1 << 12)
    same, other = self_attention_error(model, np.r_[head, 0, 0, 0], whole, points=1 << 12)
    assert abs(error - same) < 4 * np.hypot(spread, other) < 0.015
    assert abs(error - self_attention_error(model, head, matrix, points=1 << 12)[0]) > 0.015


def test_slope_of_the_smoothed_error_is_its_derivative() -> None:
    rows = _rows(replace(SHIFTED, dim=6), 3, 10, 5, 0.3)
    x, step = stream(7, "slope").normal(size=13), 1e-6
    slope = _loss(x, 3, rows, 0.3)[1]
    differences = [(_loss(x + step * e, 3, rows, 0.3)[0] - _loss(x - step * e, 3, rows, 0.3)[0]) / (2 * step) for e in np.eye(13)]
    assert_allclose(slope, differences, rtol=1e-5, atol=1e-8)


def test_training_all_entries_of_the_matrix_does_not_beat_the_search() -> None:
    best = best_shifted("self-attention")
    answers = trained_answers(SHIFTED, "self-attention", rng=stream(7, "trained"), starts=4, steps=100)
    share = float(answers(stream(7, "fresh"), 4000).mean())
    assert 0.7 < share < best.value + best.abs_error + 0.02


@pytest.mark.parametrize("architecture", ["linear-prompt", "self-attention", "softmax-prompt"])
def test_best_parameters_on_tokens(agree: Agree, architecture: str) -> None:
    best = best_shifted(architecture)
    parameters = padded(best.witness, SHIFTED.dim)

    def wrong_answers(rng: np.random.Generator, size: int) -> Array:
        return 1.0 - is_right(architecture, tokens(SHIFTED, rng=rng, size=size), parameters)[0]

    agree(
        "noisy-architecture-error",
        setting={"architecture": architecture, "T": 7, "m": 2, "ρ": -0.35, "σ": 1.9},
        predicted=Prediction(1 - best.value, best.abs_error, architecture, "finite shift"),
        sampler=wrong_answers,
        bounds=Probability(),
        margin=0.06,
        wrong_variants={
            "noise larger by a half": error(architecture, replace(SHIFTED, noise_std=2.9), best.witness),
            "no shift": error(architecture, replace(SHIFTED, shift=NO_SHIFT), best.witness),
        },
    )


def padded(witness: dict[str, object], dim: int) -> dict[str, Array]:
    found = {}
    for name, values in witness.items():
        if name != "across":
            array = np.array(values, dtype=float)
            found[name] = np.pad(array, [(0, dim - size) for size in array.shape])[None]
    if "across" in witness:
        outside = np.arange(dim) >= len(witness["head"])  # type: ignore[arg-type]  # a list
        found["attention"] += witness["across"] * np.diag(outside)
    return found


ERRORS = {
    "linear-prompt": linear_prompt_error,
    "softmax-prompt": softmax_prompt_error,
    "self-attention": lambda model, w, M, across: self_attention_error(model, w, M, float(across), points=256)[0],
}


def error(architecture: str, model: ContextualModel, witness: dict[str, object]) -> float:
    return ERRORS[architecture](model, *(np.array(values, dtype=float) for values in witness.values()))


@pytest.mark.parametrize("architecture", ["mean-pooling", "linear-prompt"])
def test_trained_parameters_do_not_exceed_the_bound(architecture: str) -> None:
    best = best_core(architecture)
    answers = trained_answers(CORE, architecture, rng=stream(7, "trained", architecture), starts=8, steps=200)
    share = float(answers(stream(7, "fresh", architecture), 4000).mean())
    assert best.value - 0.05 < share < best.upper + 0.02  # five standard errors above; training may stop short below


def test_error_of_given_parameters_asks_for_a_finite_law() -> None:
    with pytest.raises(ParameterError, match="shift must be a finite law where there is noise"):
        linear_prompt_error(replace(CORE, shift=BoxShift((0, 0, 0), (1, 1, 1))), np.array([0, 1.0]), np.array([1.0, 0]))
