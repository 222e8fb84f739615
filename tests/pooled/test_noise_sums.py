r"""The streamed exponential sums are the sums of the scores they draw, at any block size, strength and length."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from simulations.engine import stream
from simulations.pooled import noise_sums
from theory.model import ParameterError


@pytest.mark.parametrize("block", [7, 64, 1 << 16])
@pytest.mark.parametrize("strength", [0.35, 2.6])
def test_streamed_sums_equal_sums_over_all_scores(monkeypatch, block, strength):
    monkeypatch.setattr("simulations.pooled._token_sums._BLOCK", block)
    sums = noise_sums(101, strength=strength, rng=stream(2, "sums", block), size=5)
    g = stream(2, "sums", block).standard_normal((101, 5))
    weights = np.exp(strength * g)
    unit = np.exp(strength * sums.peak)
    assert_array_equal(sums.peak, g.max(axis=0))
    assert_allclose(sums.total * unit, weights.sum(axis=0), rtol=1e-12, atol=0)
    assert_allclose(sums.squares * unit**2, (weights**2).sum(axis=0), rtol=1e-12, atol=0)
    assert_allclose(sums.moment * unit, (weights * g).sum(axis=0), rtol=1e-11, atol=1e-11)


def test_the_highest_score_alone_counts_when_the_prompt_overwhelms():
    sums = noise_sums(30, strength=1e9, rng=stream(2, "overwhelming"), size=4)
    assert_array_equal(sums.total, 1.0)
    assert_array_equal(sums.squares, 1.0)
    assert_array_equal(sums.moment, sums.peak)


def test_without_strength_the_sums_count_tokens():
    sums = noise_sums(30, strength=0.0, rng=stream(2, "no strength"), size=4)
    assert_array_equal(sums.total, 30.0)
    assert_array_equal(sums.squares, 30.0)


def test_without_noise_tokens_every_sum_is_zero():
    sums = noise_sums(0, strength=1.3, rng=stream(2, "no tokens"), size=4)
    for part in (sums.peak, sums.total, sums.squares, sums.moment):
        assert_array_equal(part, 0.0)


def test_memory_does_not_grow_with_the_number_of_tokens():
    tracemalloc.start()
    noise_sums(1_000_000, strength=1.7, rng=stream(2, "memory"), size=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_rejects_strengths_that_overflow():
    with pytest.raises(ParameterError, match=r"^prompt_strength must be such that .* is finite, got inf$"):
        noise_sums(3, strength=np.inf, rng=stream(2, "overflow"), size=1)
