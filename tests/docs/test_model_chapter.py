r"""The identities of the chapter on the model, on tokens made from its definition of a sample."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

N_TOKENS, N_RELEVANT, DIM, NOISE_STD = 13, 4, 7, 0.8
SHIFT = (0.37, -1.21, 0.64)


def sample(rng: np.random.Generator, label: int) -> tuple[Array, Array, Array, Array, Mask]:
    r"""(X, q_*, w_*, z, relevant): one sample of equation eq-model-tokens, with all that it was made of."""
    context, signal = rng.normal(size=(2, DIM))
    relevant: Mask = np.isin(np.arange(N_TOKENS), rng.choice(N_TOKENS, N_RELEVANT, replace=False))
    noise = np.where(relevant[:, None], 0.0, rng.normal(0.0, NOISE_STD, size=(N_TOKENS, DIM)))
    dq, dw, dy = SHIFT
    irrelevant_mean = -dq * context - (dw + dy * label) * signal
    tokens = np.where(relevant[:, None], context + label * signal, irrelevant_mean + noise)
    return tokens, context, signal, noise, relevant


def attention(rng: np.random.Generator, tokens: Array, architecture: str) -> Array:
    r"""The weights with which an architecture averages the tokens."""
    if architecture == "mean pooling":
        return np.full(N_TOKENS, 1 / N_TOKENS)
    if architecture == "prompt":
        scores = (tokens @ rng.normal(size=DIM))[None, :]
    else:
        scores = tokens @ rng.normal(size=(DIM, DIM)) @ tokens.T
    rows = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights: Array = (rows / rows.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights


@pytest.mark.parametrize("label", [-1, 1])
@pytest.mark.parametrize("architecture", ["mean pooling", "prompt", "self-attention"])
def test_pooled_feature_is_signal_shift_and_noise(architecture: str, label: int) -> None:
    rng = np.random.default_rng(17)
    tokens, context, signal, noise, relevant = sample(rng, label)
    weights = attention(rng, tokens, architecture)
    mass = weights[relevant].sum()
    dq, dw, dy = SHIFT
    split = (mass - (1 - mass) * dq) * context + (mass - (1 - mass) * dy) * label * signal - (1 - mass) * dw * signal
    assert_allclose(tokens.T @ weights, split + noise.T @ weights, rtol=1e-11, atol=1e-13)


def test_mean_pooling_has_relevant_attention_zeta() -> None:
    rng = np.random.default_rng(29)
    tokens, *_, relevant = sample(rng, 1)
    weights = attention(rng, tokens, "mean pooling")
    zeta = N_RELEVANT / N_TOKENS
    assert_allclose(weights[relevant].sum(), zeta, rtol=1e-14)
    assert_allclose(NOISE_STD**2 * (weights[~relevant] ** 2).sum(), (1 - zeta) * NOISE_STD**2 / N_TOKENS, rtol=1e-14)
