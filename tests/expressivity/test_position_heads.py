r"""A head for each position: the share of positive sums, and laws on which the bound is attained on tokens."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.engine import stream
from simulations.expressivity import token_parameters
from tests.expressivity.test_architectures_on_tokens import MODEL
from tests.expressivity.test_architectures_on_tokens import position_head_accuracy as accuracy_on_tokens
from theory.expressivity import closed_accuracy, family_law, largest_positive_share, position_head_accuracy
from theory.model import ParameterError


@pytest.mark.parametrize("n_tokens", [2, 3, 4, 5, 6])
def test_no_numbers_with_sum_zero_have_more_positive_sums(n_tokens: int) -> None:
    draws = stream(7, "sums", n_tokens).standard_t(1.5, size=(3000, n_tokens))
    whole = np.array([*itertools.product((-3, -2, 1, 2, 3), repeat=n_tokens - 1)], dtype=float)
    whole = np.c_[whole, -whole.sum(axis=1)]
    draws = np.r_[draws - draws.mean(axis=1, keepdims=True), whole]
    for m in range(1, n_tokens):
        sums = np.stack([draws[:, chosen].sum(axis=1) for chosen in itertools.combinations(range(n_tokens), m)])
        share = largest_positive_share(n_tokens, m)
        assert np.mean(sums > 1e-9, axis=0).max() == pytest.approx(float(share), rel=1e-12)


@pytest.mark.parametrize(("n_tokens", "n_relevant"), [(5, 1), (4, 3), (6, 2)])
@pytest.mark.parametrize("family", ["label-free", "label-carrying", "opposite"])
def test_bound_is_attained_on_three_families(family: str, n_tokens: int, n_relevant: int) -> None:
    zeta, size = n_relevant / n_tokens, 9.0
    model = replace(MODEL, n_tokens=n_tokens, n_relevant=n_relevant, shift=family_law(family, size), correlation=0.0)
    one_head = closed_accuracy("self-attention", family, zeta=zeta, size=size)
    heads, matrix = witness(family, n_tokens, n_relevant, size)
    parameters = token_parameters(model, {"head": (1, 0), "prompt": (0, 1), "attention": matrix})
    basis = np.stack([parameters["head"][0], parameters["prompt"][0]])
    found = accuracy_on_tokens(model, heads @ basis, parameters["attention"][0])
    assert one_head < 1
    assert_allclose(found, float(position_head_accuracy(one_head, n_tokens=n_tokens, n_relevant=n_relevant)), rtol=1e-12)


def witness(family: str, n_tokens: int, n_relevant: int, size: float) -> tuple[np.ndarray, list[list[float]]]:
    r"""Values of the heads on (q_*, w_*), shape (T, 2), and the form of M on them; built from values on u₊ and u₋."""
    zeta, k = n_relevant / n_tokens, 1e-3
    star = np.r_[np.ones(n_tokens - 1), 1.0 - n_tokens] * (1 if 2 * n_relevant <= n_tokens else -1)
    large = np.sqrt(2) * n_tokens / (min(n_relevant, n_tokens - n_relevant) * zeta * (1 - zeta) * (1 + size) ** 2 * k)
    varying = large * star + 1.0
    if family == "opposite":
        plus, minus, cross = varying, np.full(n_tokens, 1e-3), -k * (1 + size**2) / (2 * size)
    elif family == "label-free":
        plus, minus, cross = varying, np.full(n_tokens, -1e6), 0.0
    else:
        plus, minus, cross = varying, -varying, 0.0
    change = np.array([[0.5, 0.5], [0.5, -0.5]])  # q_* = (u₊ + u₋)/2, w_* = (u₊ − u₋)/2
    form = change @ np.array([[k, cross], [cross, k]]) @ change.T
    return np.stack([plus, minus], axis=1) @ change.T, form.tolist()


def test_shares_that_are_not_known_are_refused() -> None:
    with pytest.raises(ParameterError, match="n_relevant must be such that m or T - m divides T"):
        largest_positive_share(7, 3)
    assert largest_positive_share(7, 6) == Fraction(6, 7)
