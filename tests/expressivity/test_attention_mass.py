r"""The bound on the relevant attention of self-attention, its threshold, and the strength of the prompt."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.expressivity import (
    attention_mass,
    best_accuracy,
    largest_attention_mass,
    self_attention_threshold,
    separating_law,
    separation_threshold,
    threshold_strength,
    thresholds,
)
from theory.model import ARCHITECTURES, BoxShift, ContextualModel, FiniteShift, ParameterError

shares = st.floats(0.03, 0.97)
sizes = st.floats(0.1, 30)


@given(shares, sizes)
@settings(max_examples=25, deadline=None)
def test_mass_stays_within_its_closed_form_bounds(zeta: float, size: float) -> None:
    bound = largest_attention_mass(zeta=zeta, size=size)
    assert max(zeta, 1 - zeta) <= bound.value + bound.abs_error
    assert bound.value - bound.abs_error < 1 - (1 - zeta) * min(zeta, 1 - zeta)
    scores = np.linspace(-40, 40, 801) / (1 + size)
    assert max(attention_mass(k, zeta, size) for k in scores) <= bound.value + bound.abs_error


@given(shares)
@settings(max_examples=12, deadline=None)
def test_threshold_is_where_the_mass_meets_its_level(zeta: float) -> None:
    threshold = self_attention_threshold(zeta)
    odds = zeta / (1 - zeta)
    if zeta >= 0.5:
        assert math.isclose(threshold.value, odds)
    else:
        assert 1 / odds < threshold.value < 1 / odds + 1 + odds
    for factor, sign in ((1 - 1e-3, 1), (1 + 1e-3, -1)):
        size = threshold.value * factor
        mass = largest_attention_mass(zeta=zeta, size=size)
        assert sign * (mass.value - size / (1 + size)) > -mass.abs_error


def test_sparse_relevant_tokens_delay_the_threshold_as_their_expansion_says() -> None:
    ratios = [(1 / z - self_attention_threshold(z).value) / (z * math.log(1 / z)) for z in (1e-2, 1e-3, 1e-4)]
    assert ratios[0] < ratios[1] < ratios[2] < 4
    assert ratios[2] > 3.8


@pytest.mark.parametrize(("n_tokens", "n_relevant"), [(2, 1), (3, 1), (3, 2), (11, 2), (13, 9)])
def test_one_law_defeats_all_baselines_at_every_share(n_tokens: int, n_relevant: int) -> None:
    law = separating_law(n_tokens, n_relevant)
    assert law.points[0][0] >= separation_threshold(n_relevant / n_tokens)
    setting = {"n_tokens": n_tokens, "n_relevant": n_relevant, "shift": law}
    found = {name: best_accuracy(name, **setting) for name in ARCHITECTURES}
    drops = thresholds(n_relevant / n_tokens)
    assert {name: float(best.value) for name, best in found.items()} == {n: 0.75 if n in drops else 1.0 for n in ARCHITECTURES}
    assert all(best.is_exact for best in found.values())


def prompt_margin(model: ContextualModel, strength: float) -> float:
    r"""The least y f over the support, token by token in the plane."""
    Q, W, rho, zeta = model.context_norm, model.signal_norm, model.correlation, model.relevant_fraction
    q_star, w_star = np.array([Q, 0.0]), W * np.array([rho, math.sqrt(1 - rho**2)])
    prompt = strength * (q_star - (q_star @ w_star) / W**2 * w_star)
    head = w_star - (q_star @ w_star) / Q**2 * q_star
    assert isinstance(model.shift, FiniteShift)
    margins = []
    for dq, dw, dy in model.shift.points:
        for y in (1, -1):
            u, v = q_star + y * w_star, -dq * q_star - (dw + dy * y) * w_star
            odds = zeta / (1 - zeta) * math.exp(prompt @ (u - v))
            margins.append(y * (odds * (head @ u) + head @ v))
    return min(margins)


def test_prompt_is_right_exactly_above_its_threshold() -> None:
    shift = FiniteShift(((0.7, -1.9, 0.4), (-0.6, 0.8, 0.3), (2.5, 3.1, -1.2)), (0.2, 0.3, 0.5))
    model = ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=0.7, context_norm=1.3, correlation=-0.55, shift=shift)
    threshold = threshold_strength(model)
    assert prompt_margin(model, threshold.value * 1.001) > 0
    assert prompt_margin(model, threshold.value * 0.999) < 0


def test_threshold_of_a_box_is_that_of_its_worst_corner() -> None:
    common = {"n_tokens": 9, "n_relevant": 2, "dim": 4, "signal_norm": 0.7, "context_norm": 1.3}
    box = ContextualModel(**common, shift=BoxShift((-0.3, -1.1, 0.2), (1.4, 0.8, 0.6)))
    corner = ContextualModel(**common, shift=FiniteShift(((-0.3, -1.1, 0.6),), (1.0,)))
    assert threshold_strength(box).value == threshold_strength(corner).value


def test_prompt_grows_like_one_over_the_distance_from_correlation_one() -> None:
    common = {"n_tokens": 9, "n_relevant": 2, "dim": 4, "signal_norm": 0.7, "context_norm": 1.3, "shift": separating_law(9, 2)}
    values = [threshold_strength(ContextualModel(**common, correlation=rho)) for rho in (0.0, 0.8)]
    assert math.isclose(values[1].value / values[0].value, 1 / 0.36)
    assert math.isclose(float(values[1].details["norm"]) / float(values[0].details["norm"]), 1 / 0.6)


def test_context_that_points_backwards_is_named() -> None:
    shift = FiniteShift(((-1.2, 0.5, 0.0),), (1.0,))
    with pytest.raises(ParameterError, match="shift must be a law with δq > -1"):
        threshold_strength(ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=1, context_norm=1, shift=shift))
