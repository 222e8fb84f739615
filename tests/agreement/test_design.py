"""Laws of the design: what a number of draws delivers is known before the first draw."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.agreement import AgreementError, Bounded, Probability, SubGaussian, required_draws, smallest_detectable

RATES = {"false_alarm": 1e-9, "miss_rate": 1e-3}


@given(margin=st.floats(1e-4, 0.1), sd=st.floats(0.01, 0.4))
def test_draws_decrease_in_the_margin_and_increase_in_the_spread(margin: float, sd: float) -> None:
    def draws(m: float, s: float) -> int:
        return required_draws(margin=m, sd=s, assumption=Bounded(-0.5, 1.2), predicted=0.3, **RATES)

    assert draws(1.1 * margin, sd) <= draws(margin, sd) <= draws(margin, 1.1 * sd)


def test_draws_follow_the_square_law_when_bounds_do_not_bind() -> None:
    first, second = (required_draws(margin=m, sd=0.7, assumption=SubGaussian(0.7), predicted=0.3, **RATES) for m in (0.02, 0.01))
    assert second == pytest.approx(4 * first, rel=1e-3)


def test_wide_bounds_cost_at_least_the_information_bound() -> None:
    draws = required_draws(margin=0.001, sd=0.001, assumption=Bounded(0.0, 1.0), predicted=0.14, **RATES)
    assert math.log(2e9) * 0.86 / 0.001 < draws < 1.3 * math.log(2e9) * 0.86 / 0.001


def test_smallest_detectable_deviation_falls_to_the_margin() -> None:
    found = [
        smallest_detectable(n, margin=0.01, sd=0.4, assumption=Probability(), predicted=0.2, **RATES)
        for n in (10**4, 10**5, 10**6, 10**7)
    ]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0.01


@pytest.mark.parametrize("change", [{"margin": 0.0}, {"sd": -1.0}, {"false_alarm": 1.0}, {"miss_rate": math.nan}])
def test_design_refuses_parameters_outside_their_domain(change: dict[str, float]) -> None:
    arguments = {"margin": 0.01, "sd": 0.3} | RATES | change
    with pytest.raises(AgreementError, match=f"{next(iter(change))} must"):
        required_draws(assumption=SubGaussian(1.0), predicted=0.2, **arguments)
