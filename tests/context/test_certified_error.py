r"""The error of the population head lies in balls that are proven to contain it."""

import math

import pytest

from theory.context import AttentionLaw, population_error
from theory.context.certified import certified_error
from theory.model import ContextualModel, Prompt

GRID = [(12.0, 1, 0.6, 16), (3.7, 1, 2.1, 12), (2.2, 32, 0.77, 12), (30.0, 4, 0.4, 26), (3e4, 9_999_997, 0.9, 18)]


@pytest.mark.parametrize(("c", "m", "s", "digits"), GRID)
def test_population_error_lies_in_a_proven_ball(c: float, m: int, s: float, digits: int) -> None:
    ball = certified_error(math.log(c), m, s, digits)
    found = AttentionLaw(1, m, math.log(c), s).gaussian_tail(1.0)
    assert float(ball.rad()) < 10.0 ** (1 - digits)
    assert abs(float(ball.mid()) / found.value - 1) < 3e-12 + float(ball.rad()) / found.value
    assert found.rel_error < 1e-9


def test_proven_digits_reach_far_below_machine_precision() -> None:
    ball = certified_error(math.log(21.0), 2, 0.1, digits=44)
    found = AttentionLaw(1, 2, math.log(21.0), 0.1).gaussian_tail(1.0)
    assert found.value < 1e-28
    assert float(ball.rad() / ball) < 1e-12
    assert abs(float(ball.mid()) / found.value - 1) < 1e-11


def test_brief_numbers_of_the_error_are_proven() -> None:
    model = ContextualModel(n_tokens=64, n_relevant=4, dim=4, signal_norm=0.3, context_norm=2.0)
    ball = certified_error(math.log(4 * 0.3) + 2 * 2.25, 60, 2.25, digits=11)
    assert abs(float(ball.mid()) - population_error(model, Prompt(2.25)).value) < 2 * float(ball.rad()) + 1e-12
    assert float(ball.rad()) < 1e-10
