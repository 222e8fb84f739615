r"""Losses: what a proximal operator is, whatever the loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

from theory.head import CONVEX_LOSSES, constant_scales
from theory.head.convex import margin_moments, margin_rule

SOFT = [name for name in CONVEX_LOSSES if name != "max-margin"]
points, steps = st.floats(-40, 40), st.floats(1e-3, 1e4)


@pytest.mark.parametrize("name", SOFT)
@given(x=points, theta=steps)
def test_proximal_point_is_optimal(name: str, x: float, theta: float) -> None:
    loss = CONVEX_LOSSES[name]
    v = float(loss.proximal(np.array([x]), np.array([theta]))[0][0])
    above, below = (float(loss.slope(np.array([v + side * 1e-9 * (1 + abs(v))]))[0]) for side in (1, -1))
    pull = (x - v) / theta
    slack = 1e-7 * (1 + abs(v)) + 1e-12 * abs(x) / theta
    assert below - slack <= pull <= above + slack


@pytest.mark.parametrize("name", list(CONVEX_LOSSES))
@given(x=points, gap=st.floats(1e-6, 5), theta=steps)
def test_proximal_operator_is_increasing_and_nonexpansive(name: str, x: float, gap: float, theta: float) -> None:
    v, rate = CONVEX_LOSSES[name].proximal(np.array([x, x + gap]), np.full(2, theta))
    assert -1e-9 <= v[1] - v[0] <= gap * (1 + 1e-9) + 1e-9
    assert ((rate >= 0) & (rate <= 1)).all()


@pytest.mark.parametrize("name", SOFT)
def test_proximal_value_equals_brute_force(name: str) -> None:
    loss = CONVEX_LOSSES[name]
    for x, theta in ((-2.7, 1.9), (0.4, 0.3), (0.8, 6.0), (3.1, 2.2)):
        v = loss.proximal(np.array([x]), np.array([theta]))[0]
        best = minimize_scalar(
            lambda t, x=x, theta=theta: float(loss.value(np.array([t]))[0]) + (t - x) ** 2 / (2 * theta), tol=1e-12
        )
        assert_allclose(float(loss.value(v)[0] + (v[0] - x) ** 2 / (2 * theta)), best.fun, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", list(CONVEX_LOSSES))
def test_stein_identity_links_moments(name: str) -> None:
    along, across, step = 0.5, 0.7, 2.1
    moments = margin_moments(constant_scales(1.3).features, CONVEX_LOSSES[name], np.array([along]), across, step)
    radius = np.hypot(along, across)
    assert_allclose(step * moments.push / radius, 1 - moments.free, rtol=1e-9, atol=0)


def test_panels_follow_kinks() -> None:
    centre, spread = np.array([0.3, -1.1]), np.array([2.0, 0.01])
    z, w = margin_rule(centre, spread, (np.array([1.0, -1.099]),))
    coarse = np.linspace(-9, 9, 2_000_001)
    density = np.exp(-(coarse**2) / 2) / np.sqrt(2 * np.pi) * (coarse[1] - coarse[0])
    for row, kink in enumerate((1.0, -1.099)):
        exact = density @ np.abs(centre[row] + spread[row] * coarse - kink)
        assert_allclose(w[row] @ np.abs(centre[row] + spread[row] * z[row] - kink), exact, rtol=1e-9, atol=0)
