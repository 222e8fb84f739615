r"""The best ridge, the fundamental limit, and losses of the user's own."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from theory.head import CONVEX_LOSSES, Scales, fixed_point, fundamental_limit, optimal_ridge, trained_head_error
from theory.model import LOSSES, LossDeclaration, head_setting

Floats = NDArray[np.float64]

DATA = {"T": 30, "m": 5, "d": 9, "W": 0.8, "Q": 1.4, "sigma": 1.1, "n": 25}


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge", "squared-hinge"])
@pytest.mark.parametrize("tau", [0.0, 1.2])
def test_no_loss_beats_the_fundamental_limit(loss: str, tau: float) -> None:
    setting = head_setting(**DATA, tau=tau)
    best, limit = optimal_ridge(setting.trained_by(loss)), fundamental_limit(setting).value
    assert best["error"].details["converged"]
    assert best["error"].value >= limit * (1 - 1e-9)
    for ridge in (1e-3, 0.02, 0.5):
        assert trained_head_error(setting.trained_by(loss, ridge)).value >= best["error"].value * (1 - 1e-6)
    if tau == 0:
        assert math.isinf(best["ridge"].value)


def test_hinge_with_a_ridge_passes_averaging_under_random_scales() -> None:
    best = optimal_ridge(head_setting(T=64, m=6, d=41, W=0.9, Q=2.0, tau=1.5, n=100).trained_by("hinge"))
    assert math.isfinite(best["ridge"].value)
    assert best["error"].value + best["error"].abs_error < float(best["error"].details["averaging"])


def test_limit_at_infinitely_many_samples_is_the_known_head() -> None:
    endless = head_setting(**{**DATA, "n": math.inf}, tau=0.8)
    errors = [trained_head_error(endless.trained_by(loss)).value for loss in ("hinge", "logistic")]
    assert errors == [fundamental_limit(endless).value] * 2
    many = trained_head_error(head_setting(**{**DATA, "n": 10**6}, tau=0.8).trained_by("logistic")).value
    assert_allclose(many, errors[0], rtol=1e-4, atol=0)


@dataclass(frozen=True)
class Tripled:
    r"""Three times the logistic loss, given by its own proximal operator."""

    name: str = "tripled"
    has_linear_proximal: bool = False

    def value(self, margin: Floats) -> Floats:
        return 3 * CONVEX_LOSSES["logistic"].value(margin)

    def slope(self, margin: Floats) -> Floats:
        return 3 * CONVEX_LOSSES["logistic"].slope(margin)

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        return CONVEX_LOSSES["logistic"].proximal(point, 3 * step)

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        return CONVEX_LOSSES["logistic"].breaks(3 * step)


@pytest.fixture
def tripled() -> Iterator[str]:
    r"""The name of the loss, declared for one test."""
    LOSSES.declare("tripled", LossDeclaration("tripled", Tripled(), "max-margin"))
    yield "tripled"
    LOSSES.withdraw("tripled")


def test_any_loss_is_given_by_its_proximal_operator(tripled: str) -> None:
    scales = Scales(np.array([0.4, 1.7]), np.array([0.5, 0.8]), np.array([0.3, 0.7]))
    ours, logistic = fixed_point(scales, Tripled(), 0.4, 0.6), fixed_point(scales, CONVEX_LOSSES["logistic"], 0.4, 0.2)
    assert_allclose([ours.along, ours.across, ours.loss], [logistic.along, logistic.across, 3 * logistic.loss], rtol=1e-9, atol=0)
    setting = head_setting(**DATA, tau=0.9)
    assert_allclose(
        trained_head_error(setting.trained_by(tripled, 0.3)).value,
        trained_head_error(setting.trained_by("logistic", 0.1)).value,
        rtol=1e-9,
        atol=0,
    )
