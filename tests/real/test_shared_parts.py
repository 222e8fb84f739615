r"""Tokens of a sample that share a part: pieces of one image, patches of one photograph."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.real.estimates import estimated_moments
from tests.real.synthetic import MOMENTS, PROMPT, SHARING, gaussian_batch, noisy_moments, product_rule
from theory.model import ParameterError
from theory.real import TokenMoments, attended_features


@pytest.mark.parametrize("label", [-1, 1])
def test_what_all_tokens_share_is_added_to_the_feature(label: int) -> None:
    r"""It shifts all scores alike, so attention does not see it."""
    common = noisy_moments(np.random.default_rng(11), n_tokens=2, n_relevant=1, dim=6).irrelevant_covariance
    names = ("relevant_covariances", "irrelevant_covariance", "relevant_shared", "irrelevant_shared", "mixed_shared")
    shifted = replace(SHARING, **{name: getattr(SHARING, name) + common for name in names})
    before, after = attended_features(SHARING, PROMPT, label), attended_features(shifted, PROMPT, label)
    assert_allclose(after.mean, before.mean, rtol=1e-10)
    assert_allclose(after.covariance, before.covariance + common, rtol=1e-10)


def test_shared_scores_agree_with_a_product_rule() -> None:
    r"""One relevant and two irrelevant tokens: moments of the feature by a rule over own scores and the shared one."""
    moments = replace(SHARING, n_tokens=3, n_relevant=1)
    found = attended_features(moments, PROMPT, 1)
    law = found.scores
    nodes, weights = np.polynomial.hermite_e.hermegauss(22)
    weights = weights / weights.sum()
    mean, second, total = np.zeros(6), np.zeros((6, 6)), np.zeros((6, 6))
    for g, weight in zip(nodes, weights, strict=True):
        (u, pull, pull_0), (square, square_0), rule = product_rule(1, 2, law.gap + law.shared_std * g, *law.own_stds, 24)
        given = moments.irrelevant_mean + np.stack([u, u * g, (1 - u) * g, pull, pull_0], axis=1) @ found.slopes
        mean += weight * rule @ given
        second += weight * (rule * given.T) @ given
        weights_given = np.stack([square, square_0, u**2, u * (1 - u), (1 - u) ** 2])
        total += weight * np.tensordot(weights_given @ rule, found.rests, 1)
    assert_allclose(found.mean, mean, rtol=1e-8)
    assert_allclose(found.covariance, second - np.outer(mean, mean) + total, rtol=1e-6, atol=1e-9)


def test_estimated_moments_find_what_tokens_share() -> None:
    batch = gaussian_batch(SHARING, rng=np.random.default_rng(12), size=20_000)
    found = TokenMoments(*estimated_moments(batch))
    for name in ("relevant_means", "relevant_covariances", "relevant_shared", "irrelevant_shared", "mixed_shared"):
        assert_allclose(getattr(found, name), getattr(SHARING, name), atol=0.1, err_msg=name)
    assert np.abs(SHARING.mixed_shared).max() > 0.3  # what is shared stands out
    assert estimated_moments(gaussian_batch(MOMENTS, rng=np.random.default_rng(12), size=50)).relevant_shared is None


def test_shared_parts_must_be_covariances() -> None:
    wrong = replace(SHARING, mixed_shared=SHARING.mixed_shared + 5 * np.eye(6))
    with pytest.raises(ParameterError, match="covariances along the prompt must be not negative"):
        attended_features(wrong, PROMPT, 1)
