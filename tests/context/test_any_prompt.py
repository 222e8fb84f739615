r"""Laws of attention under any prompt: what it sees of a token, and what noise it lets through."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.engine import stream
from simulations.tokens import context_prompt, tokens
from theory.context import AttentionLaw, labelled_attention, prompt_geometry
from theory.model import ContextualModel, ParameterError

MODEL = ContextualModel(
    n_tokens=23,
    n_relevant=5,
    dim=4,
    signal_norm=0.7,
    context_norm=1.4,
    noise_std=0.8,
    correlation=0.35,
    label_prior=0.3,
    context_noise=1.5,
    signal_noise=0.6,
)
PROMPT = (1.2, 0.5, 0.8)


def test_pooled_feature_is_what_attention_and_two_noises_make_of_it() -> None:
    strength, angle, azimuth = PROMPT
    geometry = prompt_geometry(MODEL, *PROMPT)
    batch = tokens(MODEL, rng=stream(1, "any prompt"), size=2000)
    prompt = context_prompt(MODEL, strength, angle, azimuth)
    scores = batch.tokens @ prompt
    relevant_scores = geometry.context_score + batch.labels[:, None] * geometry.label_score
    assert_allclose(scores[batch.relevant], np.broadcast_to(relevant_scores, scores.shape)[batch.relevant], rtol=1e-12, atol=0)
    noise = batch.tokens[~batch.relevant]
    g = scores[~batch.relevant] / geometry.score_std
    across = noise[:, :3] - np.outer(g, geometry.along)
    assert_allclose(across @ prompt[:3], 0.0, rtol=0, atol=1e-12)
    rows = 36_000
    moments = np.column_stack([g, across]).T @ np.column_stack([g, across]) / rows
    desired = np.block([[np.ones((1, 1)), np.zeros((1, 3))], [np.zeros((3, 1)), geometry.across]])
    assert_allclose(moments, desired, rtol=0, atol=7 * 1.5 / math.sqrt(rows))


def test_prompt_along_the_context_is_the_core_law() -> None:
    core = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    laws = labelled_attention(core, 1.1)
    assert laws.mixture == ((1.0, AttentionLaw(8, 32, 1.1 * 1.3, 1.1 * 0.7)),)


def test_mirrored_prompt_exchanges_the_labels() -> None:
    uncorrelated = ContextualModel(n_tokens=23, n_relevant=5, dim=4, signal_norm=0.7, context_norm=1.4, signal_noise=0.6)
    here, there = (labelled_attention(uncorrelated, 1.2, 0.5, azimuth) for azimuth in (0.8, math.pi - 0.8))
    assert_allclose(here.positive.context_score, there.negative.context_score, rtol=1e-14, atol=0)
    assert_allclose(here.negative.score_std, there.positive.score_std, rtol=1e-14, atol=0)


def test_prompt_that_meets_no_noise_has_no_direction_of_noise() -> None:
    silent = ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=0.7, context_norm=1.4, context_noise=0.0)
    geometry = prompt_geometry(silent, 1.7)
    assert (geometry.score_std, geometry.along.tolist()) == (0.0, [0.0, 0.0, 0.0])


def test_label_law_refuses_noise_of_relevant_tokens() -> None:
    with pytest.raises(ParameterError, match="relevant_noise must be 0"):
        labelled_attention(replace(MODEL, relevant_noise=0.2), 1.0)
