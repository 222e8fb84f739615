r"""Predictions from moments of tokens: two routes for every number, and Gaussian tokens that are simulated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.real.estimates import estimated_margins, estimated_moments
from simulations.real.learners import least_squares_head, on_features, softmax, uniform
from tests.real.synthetic import MOMENTS, PROMPT, SHARING, gaussian_batch, product_rule
from theory.context import attention_law
from theory.head import error_with_intercept
from theory.model import ContextualModel, ParameterError
from theory.real import (
    Contrast,
    Margins,
    TokenMoments,
    attended_contrast,
    attended_features,
    effective_ratio,
    error_of_class_sizes,
    error_of_margins,
    error_of_random_labels,
    mean_pooled_contrast,
    optimal_strength,
    score_moments,
)


@pytest.mark.parametrize(("m", "k", "gap", "v", "v0"), [(1, 2, 1.3, 0.8, 0.6), (2, 1, -0.7, 0.5, 1.1), (1, 1, 2.4, 1.3, 0.0)])
def test_score_moments_agree_with_a_product_rule(m: int, k: int, gap: float, v: float, v0: float) -> None:
    sums, gains, weight = product_rule(m, k, gap, v, v0)
    found = score_moments(n_relevant=m, n_irrelevant=k, gap=gap, relevant_std=v, irrelevant_std=v0)
    mean = sums @ weight
    assert_allclose(found.mean, mean, rtol=1e-8, atol=1e-10)
    assert_allclose(found.covariance, (sums * weight) @ sums.T - np.outer(mean, mean), rtol=1e-6, atol=1e-9)
    assert_allclose([found.relevant_gain, found.irrelevant_gain], gains @ weight, rtol=1e-8)


@pytest.mark.parametrize("tau", [0.4, 1.7])
def test_score_moments_agree_with_the_law_of_attention_without_relevant_noise(tau: float) -> None:
    model = ContextualModel(n_tokens=15, n_relevant=4, dim=3, signal_norm=0.5, context_norm=1.4, noise_std=0.8)
    law = attention_law(model, tau).moments
    found = score_moments(n_relevant=4, n_irrelevant=11, gap=tau * 1.4, relevant_std=0.0, irrelevant_std=tau * 0.8)
    assert_allclose(found.mean[0], law.mass, rtol=1e-9)
    assert_allclose(found.irrelevant_gain, law.gain, rtol=1e-9)


@given(st.integers(1, 4), st.integers(1, 9), st.floats(-3, 3), st.floats(0.1, 3), st.floats(0.1, 3))
@settings(max_examples=30)
def test_attention_mass_rises_with_the_gap_and_sums_to_one(m: int, k: int, gap: float, v: float, v0: float) -> None:
    low, high = (score_moments(n_relevant=m, n_irrelevant=k, gap=g, relevant_std=v, irrelevant_std=v0) for g in (gap, gap + 0.3))
    swapped = score_moments(n_relevant=k, n_irrelevant=m, gap=-gap, relevant_std=v0, irrelevant_std=v)
    assert 0 < low.mean[0] < high.mean[0] < 1
    assert_allclose(swapped.mean[0], 1 - low.mean[0], rtol=1e-9)
    assert np.linalg.eigvalsh(low.covariance).min() > -1e-12


@pytest.mark.parametrize("moments", [MOMENTS, SHARING], ids=["independent", "sharing"])
def test_weak_prompt_is_mean_pooling(moments: TokenMoments) -> None:
    weak, mean = attended_contrast(moments, 1e-7 * PROMPT), mean_pooled_contrast(moments)
    assert_allclose(weak.difference, mean.difference, rtol=1e-5, atol=1e-8)
    assert_allclose(weak.covariance, mean.covariance, rtol=1e-5, atol=1e-8)


def test_prediction_does_not_depend_on_coordinates() -> None:
    rng = np.random.default_rng(2)
    B, c = rng.standard_normal((6, 6)), rng.standard_normal(6)
    linear = {"relevant_means": SHARING.relevant_means @ B.T + c, "irrelevant_mean": B @ SHARING.irrelevant_mean + c}
    names = ("relevant_covariances", "irrelevant_covariance", "relevant_shared", "irrelevant_shared", "mixed_shared")
    mapped = replace(SHARING, **linear, **{name: B @ getattr(SHARING, name) @ B.T for name in names})
    for one, other in (
        (mean_pooled_contrast(SHARING), mean_pooled_contrast(mapped)),
        (attended_contrast(SHARING, PROMPT), attended_contrast(mapped, np.linalg.solve(B.T, PROMPT))),
    ):
        assert_allclose(other.mahalanobis_ratio, one.mahalanobis_ratio, rtol=1e-9)


@pytest.mark.parametrize("truth", [MOMENTS, SHARING], ids=["independent", "sharing"])
def test_mahalanobis_ratio_is_free_of_bias(truth: TokenMoments) -> None:
    rng, ratios = np.random.default_rng(3), {True: [], False: []}
    for _ in range(400):
        batch = gaussian_batch(truth, rng=rng, size=60)
        moments = TokenMoments(*estimated_moments(batch))
        contrast = mean_pooled_contrast(moments)
        raw = Contrast(contrast.difference, contrast.covariance, 0 * contrast.noise)
        for freed, found in ((True, contrast), (False, raw)):
            ratios[freed].append(found.mahalanobis_ratio**2)
    square = mean_pooled_contrast(truth).mahalanobis_ratio ** 2
    spread = np.std(ratios[True]) / np.sqrt(400)
    assert abs(np.mean(ratios[True]) - square) < 4 * spread
    assert np.mean(ratios[False]) - square > 5 * spread


@pytest.mark.parametrize(("kappa", "n", "p"), [(0.3, 20, 3), (1.1, 50, 9), (2.3, 300, 64), (0.25, 3000, 64)])
def test_equal_classes_give_the_law_with_an_intercept(kappa: float, n: int, p: int) -> None:
    value, bound = error_of_class_sizes(kappa, (n / 2, n / 2), p)
    exact = error_with_intercept(kappa, n, p)[0]
    assert abs(value - exact) <= bound
    assert bound < (1e-3 if p == 3 else 1e-4)  # in few coordinates the angle turns fast where X₁ is near zero
    assert_allclose(value, exact, rtol=1e-3 if p == 3 else 1e-5)


def test_mirrored_classes_have_the_same_error() -> None:
    assert_allclose(error_of_class_sizes(0.9, (7, 19), 5, 0.3)[0], error_of_class_sizes(0.9, (19, 7), 5, 0.7)[0], rtol=1e-12)


@pytest.mark.parametrize(("kappa", "sizes", "p", "prior"), [(0.8, (6, 17), 4, 0.3), (1.3, (25, 11), 9, 0.5)])
def test_error_of_class_sizes(agree, kappa: float, sizes: tuple[int, int], p: int, prior: float) -> None:
    value, bound = error_of_class_sizes(kappa, sizes, p, prior)
    n = sum(sizes)
    agree(
        "real-class-sizes",
        setting={"kappa": kappa, "n-": sizes[0], "n+": sizes[1], "p": p, "pi": prior},
        predicted=value,
        sampler=lambda rng, size: class_size_errors(kappa, sizes, p, prior, rng, size),
        bounds=(0.0, 1.0),
        margin=0.02,
        wrong_variants={
            "equal classes": error_of_class_sizes(kappa, (n / 2, n / 2), p)[0],
            "prior mirrored": error_of_class_sizes(kappa, sizes[::-1], p, prior)[0] if prior != 0.5 else value * 1.05,
        },
    )
    assert bound < 1e-4


def class_size_errors(kappa: float, sizes: tuple[int, int], p: int, prior: float, rng: np.random.Generator, size: int) -> NDArray:
    y = np.repeat([-1.0, 1.0], sizes)
    errors = np.empty(size)
    for run in range(size):
        x = rng.standard_normal((len(y), p))
        x[:, 0] += kappa * y
        head = least_squares_head(x, y)
        length = np.linalg.norm(head.weights)
        minus, plus = (ndtr(-(kappa * head.weights[0] + label * head.intercept) / length) for label in (-1, 1))
        errors[run] = (1 - prior) * minus + prior * plus
    return errors


@pytest.mark.parametrize(("attended", "shared"), [(False, False), (True, False), (True, True)])
def test_error_on_gaussian_tokens(agree, attended: bool, shared: bool) -> None:
    n, moments, prompt = 60, *((SHARING, 0.4 * PROMPT) if shared else (MOMENTS, PROMPT))
    mean, effective = mean_pooled_contrast(moments).mahalanobis_ratio, effective_ratio(moments, prompt)
    kappa, other = (effective.value, effective.mahalanobis) if attended else (mean, effective.value)
    wrong = "nothing shared" if shared else "Mahalanobis" if attended else "attended"
    if shared:
        apart = replace(moments, relevant_shared=None, irrelevant_shared=None, mixed_shared=None)
        other = effective_ratio(apart, prompt).value
    predicted = error_of_random_labels(kappa, n, MOMENTS.dim, MOMENTS.label_prior)
    weights = softmax(prompt) if attended else uniform

    def errors(rng: np.random.Generator, size: int) -> NDArray:
        result = np.empty(size)
        for run in range(size):
            batch = gaussian_batch(moments, rng=rng, size=n + 100)
            x, y = on_features(weights, batch), batch.labels
            result[run] = (least_squares_head(x[:n], y[:n]).scores(x[n:]) * y[n:] < 0).mean()
        return result

    agree(
        "real-gaussian-tokens",
        setting={"features": "attended" if attended else "mean", "shared": shared, "T": 5, "m": 2, "d": 6, "n": n},
        predicted=predicted,
        sampler=errors,
        bounds=(0.0, 1.0),
        margin=0.04,
        wrong_variants={
            wrong: error_of_random_labels(other, n, MOMENTS.dim, MOMENTS.label_prior),
            "no training error": float(ndtr(-kappa)),
        },
    )


def test_attended_features_have_the_predicted_moments() -> None:
    batch = gaussian_batch(MOMENTS, rng=np.random.default_rng(5), size=40_000)
    features = on_features(softmax(PROMPT), batch)
    for label in (-1, 1):
        chosen, predicted = features[batch.labels == label], attended_features(MOMENTS, PROMPT, label)
        spread = np.sqrt(np.diag(predicted.covariance) / len(chosen))
        assert np.abs((chosen.mean(axis=0) - predicted.mean) / spread).max() < 4.5
        assert_allclose(np.cov(chosen.T), predicted.covariance, atol=0.05 * np.trace(predicted.covariance) / 6)


def test_optimal_strength_is_stationary_and_best() -> None:
    found = optimal_strength(MOMENTS, PROMPT)
    ratios = [attended_contrast(MOMENTS, found.value * f * PROMPT).mahalanobis_ratio for f in (0.5, 0.95, 1.0, 1.05, 2.0)]
    assert found.regime == "inside the scan"
    assert ratios[0] < ratios[1] <= ratios[2] >= ratios[3] > ratios[4]
    assert_allclose(found.details["kappa"], ratios[2], rtol=1e-9)
    assert optimal_strength(MOMENTS, PROMPT, largest=0.9 * found.value).value <= 0.9 * found.value * (1 + 1e-9)


@pytest.mark.parametrize(("n", "p"), [(60, 12), (400, 12)])
def test_gaussian_margins_give_the_gaussian_law(n: int, p: int) -> None:
    rng, kappa = np.random.default_rng(6), 0.9
    across = np.linalg.norm(rng.standard_normal((20_000, p - 1)), axis=1) / np.sqrt(p - 1)
    margins = Margins(kappa + rng.standard_normal(20_000), across)
    found = error_of_margins(kappa, n, p, margins)
    assert_allclose(found.details["gaussian"], error_with_intercept(kappa, n, p)[0], rtol=0.03)
    assert_allclose(found.value, found.details["gaussian"], atol=0.01)


def test_margins_of_two_clusters_are_not_gaussian() -> None:
    rng, n, p = np.random.default_rng(7), 500, 8
    y = np.where(rng.random(6000) < 0.5, 1.0, -1.0)
    x = rng.standard_normal((6000, p))
    far = rng.random(6000) < 0.5
    x[:, 0] = y * np.where(far, 2.0, 0.5) + 0.2 * x[:, 0]  # half of the samples are easy, half are not
    margins = Margins(*estimated_margins(x, y))
    kappa = float(np.mean(y * x[:, 0]) / np.std(y * x[:, 0]))
    found = error_of_margins(kappa, n, p, margins)
    truth = ndtr(-0.5 / 0.2) / 2
    assert abs(found.value - truth) < 0.03 < abs(found.details["gaussian"] - truth)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TokenMoments(3, 4, np.zeros((2, 2)), np.ones((2, 2, 2)), np.zeros(2), np.eye(2)), "n_tokens must be"),
        (lambda: TokenMoments(3, 1, np.zeros((2, 2)), np.eye(2), np.zeros(2), np.eye(2)), "relevant_covariances must be"),
        (lambda: attended_contrast(MOMENTS, np.zeros(6)), "prompt must be finite, not zero"),
        (lambda: error_of_class_sizes(1.0, (3, 4), 6), r"sizes must be .* \[8, inf\), got 7"),
        (lambda: Contrast(np.ones(2), np.ones((2, 2)), np.zeros((2, 2))).mahalanobis_ratio, "covariance must be positive"),
        (lambda: Margins(np.ones(3), np.ones(2)), "across must be of shape"),
    ],
)
def test_refusals_name_the_parameter(call, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()
