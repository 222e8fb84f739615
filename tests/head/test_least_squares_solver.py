r"""Batched least squares against one problem at a time, by singular values."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.engine import stream
from simulations.head import centred_least_squares, least_squares, smaller_gram_solution


def problems(size, n, p, key="generic"):
    rng = stream(4, "solver", key, n, p)
    scales = np.exp(rng.uniform(-3, 3, size=(size, n, 1)))
    return scales * rng.standard_normal((size, n, p)) + np.eye(n, p), rng.standard_normal(n)


def one_at_a_time(designs, targets):
    return np.array([np.linalg.lstsq(design, targets, rcond=None)[0] for design in designs])


@pytest.mark.parametrize(("n", "p"), [(7, 3), (23, 1), (1, 5), (4, 11), (40, 38)])
def test_equals_lstsq_on_either_side_of_square(n, p):
    designs, targets = problems(20, n, p)
    assert_allclose(least_squares(designs, targets), one_at_a_time(designs, targets), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("p", [1, 2, 9])
def test_square_problems_are_interpolated(p):
    designs, targets = problems(200, p, p)
    fitted = np.einsum("bij,bj->bi", designs, least_squares(designs, targets))
    assert_allclose(fitted, np.broadcast_to(targets, fitted.shape), rtol=0, atol=1e-5)


def test_normal_equations_hold():
    designs, targets = problems(30, 19, 6)
    residuals = targets - np.einsum("bij,bj->bi", designs, least_squares(designs, targets))
    gradients = np.einsum("bij,bi->bj", designs, residuals)
    assert_allclose(gradients, 0, rtol=0, atol=1e-9 * np.abs(designs).max())


def test_interpolants_are_shortest():
    designs, targets = problems(30, 6, 15)
    weights = least_squares(designs, targets)
    null = np.linalg.svd(designs)[2][:, 6:]
    assert_allclose(np.einsum("bkj,bj->bk", null, weights), 0, rtol=0, atol=1e-9 * np.abs(weights).max())


@pytest.mark.parametrize(("n", "p"), [(12, 5), (5, 12), (8, 8)])
def test_deficient_rank_gives_the_shortest_solution(n, p):
    designs, targets = problems(4, n, p)
    designs[1, :, 2] = designs[1, :, 0]
    designs[2] = np.outer(designs[2, :, 0], designs[2, 0])
    designs[3] = 0.0
    actual = least_squares(designs, targets)
    assert_allclose(actual, one_at_a_time(designs, targets), rtol=1e-7, atol=1e-9 * np.abs(actual).max())


def test_nearly_singular_problems_are_not_left_to_the_gram_matrix():
    designs, targets = problems(3, 9, 4)
    designs[1, :, 3] = designs[1, :, 0] + 1e-7 * designs[1, :, 3]
    by_gram, trusted = smaller_gram_solution(designs, targets)
    assert trusted.tolist() == [True, False, True]
    desired = one_at_a_time(designs, targets)
    assert_allclose(least_squares(designs, targets)[1], desired[1], rtol=1e-7, atol=0)
    assert np.isfinite(by_gram).all()


@pytest.mark.parametrize(("n", "p"), [(12, 5), (5, 12)])
def test_units_of_coordinates_do_not_matter_to_trust(n, p):
    designs, targets = problems(6, n, p)
    units = 10.0 ** np.arange(-40, 40, 80 / n)[:n] if n < p else 10.0 ** np.arange(-40, 40, 80 / p)[:p]
    scaled = designs * (units[:, None] if n < p else units)
    assert smaller_gram_solution(scaled, targets)[1].all()
    if n > p:
        assert_allclose(least_squares(scaled, targets) * units, least_squares(designs, targets), rtol=1e-8, atol=0)


@pytest.mark.parametrize(("n", "p"), [(9, 4), (4, 9)])
def test_every_problem_may_have_its_own_targets(n, p):
    designs, _ = problems(5, n, p)
    designs[2, :, 1] = designs[2, :, 0]  # not trusted to the Gram matrix
    targets = stream(4, "solver", "targets").standard_normal((5, n))
    desired = [np.linalg.lstsq(*one, rcond=None)[0] for one in zip(designs, targets, strict=True)]
    assert_allclose(least_squares(designs, targets), desired, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("n", "p"), [(9, 4), (4, 9), (5, 4), (1, 3)])
def test_centred_least_squares_takes_the_mean_out(n, p, shared):
    designs, targets = problems(5, n, p)
    targets = targets if shared else stream(4, "solver", "centred").standard_normal((5, n))
    weights, intercept = centred_least_squares(designs.copy(), targets)
    centred = designs - designs.mean(axis=1, keepdims=True)
    t = np.broadcast_to(targets, (5, n))
    for w, b, x, xc, y in zip(weights, intercept, designs, centred, t, strict=True):
        assert_allclose(w, np.linalg.pinv(xc, rcond=1e-12) @ (y - y.mean()), rtol=1e-6, atol=1e-9)
        assert_allclose(b, y.mean() - w @ x.mean(axis=0), rtol=1e-9, atol=1e-12)
