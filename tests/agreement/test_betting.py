"""Laws of the betting confidence sequence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.agreement.intervals import Betting, quartic_constant


@given(r=st.floats(0.0, 0.99), y=st.floats(-1.0, 60.0))
def test_quartic_polynomial_bounds_the_logarithm_from_below(r: float, y: float) -> None:
    y = max(y, -r)
    bound = y - y**2 / 2 + y**3 / 3 - float(quartic_constant(np.array(r))) * y**4
    assert bound <= np.log1p(y) + 1e-12 * (1.0 + y**4)


def _sequence(alpha: float = 1e-6, replications: int = 1) -> Betting:
    shape = (replications,)
    return Betting(lower=-0.5, upper=1.5, center=np.full(shape, 0.3), target=np.full(shape, 0.02), alpha=alpha)


def test_interval_only_shrinks_and_follows_the_square_root_law() -> None:
    rng, s = np.random.default_rng(8), _sequence()
    widths = []
    for _ in range(60):
        s.update(s.summary(rng.beta(3, 7, (100, 1))), 100)
        widths.append(float(s.high[0] - s.low[0]))
    assert all(later <= earlier for earlier, later in pairwise(widths))
    sd = np.sqrt(0.3 * 0.7 / 11)
    assert widths[24] < 2 * 1.25 * 4.9 * sd / np.sqrt(2500)  # the interval of a fixed size is 2 * 4.9 sd/√n wide


def test_quartic_capital_never_exceeds_the_exact_capital() -> None:
    rng, s = np.random.default_rng(4), _sequence()
    exact_above = exact_below = 0.0
    m = 0.33
    for _ in range(30):
        x = rng.beta(0.4, 0.9, (200, 1))
        (above, _), (below, _) = s._bets()
        exact_above += float(np.log1p(above * (x[:, 0] - m)).sum())
        exact_below += float(np.log1p(-below * (x[:, 0] - m)).sum())
        s.update(s.summary(x), 200)
    u = m - 0.3
    powers = u ** np.arange(5)
    assert float(powers @ s._above[:, 0]) <= exact_above
    assert float(powers @ s._below[:, 0]) <= exact_below
    assert float(powers @ s._above[:, 0]) == pytest.approx(exact_above, rel=0.05, abs=0.05)


@pytest.mark.parametrize("law", ["bernoulli", "beta"])
def test_errors_stay_below_the_stated_rate_at_all_looks_together(law: str) -> None:
    rng, alpha, replications = np.random.default_rng(12), 0.1, 3000
    s = _sequence(alpha, replications)
    for _ in range(60):
        x = rng.random((64, replications)) < 0.31 if law == "bernoulli" else rng.beta(3.1, 6.9, (64, replications))
        s.update(s.summary(x.astype(float)), 64)
    wrong = np.mean((s.low > 0.31) | (s.high < 0.31))
    assert wrong <= alpha + 4 * np.sqrt(alpha / replications)
