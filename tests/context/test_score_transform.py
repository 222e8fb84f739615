r"""Transforms of one token: on a grid, as a convolution, and one by one; fast exponentials are exponentials."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.context.lognormal import ScoreTransform
from theory.numerics import complex_exp, complex_expm1

parts = st.floats(-40, 40)


@given(parts, parts, st.integers(1, 3))
def test_exponential_from_one_tangent_is_that_of_numpy(x: float, y: float, size: int) -> None:
    z = np.full((size, 2), complex(x, y))
    scale = np.exp(x)
    assert_allclose(complex_exp(z), np.exp(z), rtol=0, atol=4e-15 * scale)
    assert_allclose(complex_expm1(z), np.expm1(z), rtol=0, atol=4e-15 * (scale + 1))


@pytest.mark.parametrize("angle", [np.pi, -np.pi, np.pi / 2, 3 * np.pi, 1e-300])
def test_exponential_holds_where_the_tangent_is_infinite_or_nothing(angle: float) -> None:
    z = np.array([1j * angle, 1e-12 + 1j * angle])
    assert_allclose(complex_exp(z), np.exp(z), rtol=0, atol=4e-15)
    small = np.array([1e-20 + 1e-18j])
    assert_allclose(complex_expm1(small), small, rtol=1e-15)


@pytest.mark.parametrize("score_std", [0.05, 0.4, 3.1])
@pytest.mark.parametrize("stride", [1, 3])
def test_convolution_on_a_grid_is_the_matrix_form(score_std: float, stride: int) -> None:
    transform = ScoreTransform(score_std, (complex(0.3, 0.7), complex(1.0, -2.0)), 0.0, orders=0)
    log_scale = -9.3 + stride * transform.spacing * np.arange(170.0)
    found = transform.grid_deficit(log_scale[0], len(log_scale), stride)
    assert_allclose(found, transform(log_scale).deficit, rtol=1e-12, atol=1e-15)
