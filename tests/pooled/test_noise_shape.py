r"""The split of the noise by its score is a split: lean and rest add up to the covariance, and the rest is without score."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from simulations.pooled import noise_shape
from theory.model import ContextualModel, Prompt

MODEL = ContextualModel(n_tokens=9, n_relevant=3, dim=6, signal_norm=0.8, context_norm=1.2, context_noise=1.7, signal_noise=0.4)
SHAPES = {angle: noise_shape(MODEL, Prompt(1.3, angle, 0.8)) for angle in (0.0, 0.7, 2.4)}


def rest(shape):
    r"""Covariance of the noise given the score, the definition written out."""
    left = np.eye(3) - np.outer(shape.axis, shape.axis)
    return np.diag(shape.deviations) @ left @ np.diag(shape.deviations)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_lean_and_rest_add_up_to_the_covariance(shape):
    assert_allclose(np.outer(shape.lean, shape.lean) + rest(shape), np.diag([1.7**2, 0.4**2, 1.0]), rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_the_score_is_the_noise_along_the_prompt(shape):
    assert_allclose(shape.direction @ shape.lean, shape.score, rtol=1e-14, atol=0)
    assert_allclose(rest(shape) @ shape.direction, 0, rtol=0, atol=1e-15)


@pytest.mark.parametrize("axes", [(1,), (1, 2), (1, 2, 0), (0, 2)])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_factors_have_the_covariance_of_their_coordinates(shape, axes):
    factor = shape.factor(axes)
    assert_allclose(factor @ factor.T, rest(shape)[np.ix_(axes, axes)], rtol=0, atol=1e-14)


@pytest.mark.parametrize("dim", [2, 3, 6])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_gain_of_a_head_is_its_standard_deviation(shape, dim):
    if dim == 2:  # there is no third axis, and the prompt lies in the plane of the other two
        shape = noise_shape(MODEL, Prompt(1.3, 0.7, 0.0))
    heads = np.array([[0.3, -0.8, 0.5, 0.2, -0.4, 0.9], [-1.2, 0.1, 0.0, 0.3, 0.6, 0.2]])[:, :dim]
    axes = min(3, dim)
    variance = np.einsum("bi,ij,bj->b", heads[:, :axes], rest(shape)[:axes, :axes], heads[:, :axes])
    assert_allclose(shape.noise_gain(heads), np.sqrt(variance + (heads[:, 3:] ** 2).sum(axis=1)), rtol=1e-13, atol=0)


def test_an_aligned_prompt_leaves_the_orthogonal_coordinates_alone():
    shape = noise_shape(ContextualModel(n_tokens=9, n_relevant=3, dim=6, signal_norm=0.8, context_norm=1.2), Prompt(1.3))
    assert_array_equal(shape.lean, [1.0, 0.0, 0.0])
    assert_array_equal(shape.factor([1, 2]), np.eye(2))
    assert_array_equal(shape.factor([1, 2, 0]), np.diag([1.0, 1.0, 0.0]))


def test_without_strength_the_angle_of_the_prompt_has_no_influence():
    one, other = noise_shape(MODEL, Prompt(0.0, 0.9, 1.1)), noise_shape(MODEL, Prompt(0.0))
    assert_array_equal(one.axis, other.axis)
