r"""Hand-written gradients are the derivatives of their objectives."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime

from simulations.real.learners import (
    Prompts,
    frozen_head_objective,
    linear_prompt_objective,
    prompt_objective,
    self_attention_objective,
)
from simulations.trajectory import attention

N, T, D = 9, 5, 4
RNG = np.random.default_rng(11)
TOKENS, LABELS = RNG.standard_normal((N, T, D)), np.where(RNG.random(N) < 0.4, 1.0, -1.0)
HEAD = RNG.standard_normal(D)

OBJECTIVES = {
    "prompt": (partial(prompt_objective, TOKENS, LABELS, n_prompts=1, head_ridge=0.3, prompt_ridge=0.7), 2 * D + 1),
    "three prompts": (partial(prompt_objective, TOKENS, LABELS, n_prompts=3, head_ridge=0.3, prompt_ridge=0.7), 6 * D + 1),
    "frozen head": (partial(frozen_head_objective, TOKENS, LABELS, head=HEAD, prompt_ridge=0.6), D + 2),
    "linear prompt": (partial(linear_prompt_objective, TOKENS, LABELS, head_ridge=0.3, prompt_ridge=0.7), 2 * D + 1),
    "self-attention": (partial(self_attention_objective, TOKENS, LABELS, head_ridge=0.3, matrix_ridge=0.7), D * D + D + 1),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradient_is_the_derivative(name: str) -> None:
    objective, size = OBJECTIVES[name]
    point = 0.8 * RNG.standard_normal(size)
    step = 1e-6
    centred = [(objective(point + step * e)[0] - objective(point - step * e)[0]) / (2 * step) for e in np.eye(size)]
    assert_allclose(objective(point)[1], centred, rtol=1e-6, atol=1e-8)
    assert_allclose(approx_fprime(point, lambda x: objective(x)[0], 1e-7), centred, rtol=1e-3, atol=1e-5)


def test_scores_are_attention_straight_from_the_definition() -> None:
    model = Prompts(RNG.standard_normal((2, D)), RNG.standard_normal((2, D)), 0.7)
    expected = np.full(N, 0.7)
    for q, w in zip(model.prompts, model.heads, strict=True):
        expected += np.einsum("nt,ntd,d->n", attention(TOKENS, np.broadcast_to(q, (N, D))), TOKENS, w)
    assert_allclose(model.scores(TOKENS), expected, rtol=1e-12, atol=0)


def test_shift_of_all_scores_changes_nothing() -> None:
    tokens = TOKENS + 300.0 * np.eye(D)[0]  # the softmax must not overflow, and must not see it
    q = 5.0 * RNG.standard_normal((1, D))
    moved, still = (Prompts(q, q, 0.0).attention(X) for X in (tokens, TOKENS))
    assert_allclose(moved, still, rtol=1e-9, atol=0)
