r"""The exact simplex method: slack, point and multipliers prove each other, and HiGHS finds the same slack."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from theory.numerics.linear_feasibility import feasibility

entries = st.fractions(min_value=-3, max_value=3, max_denominator=5)


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[tuple[Fraction, ...]], list[Fraction]]:
    dim, size = draw(st.integers(1, 4)), draw(st.integers(1, 9))
    return [tuple(draw(entries) for _ in range(dim)) for _ in range(size)], [draw(entries) for _ in range(size)]


@given(systems())
@settings(max_examples=60, deadline=None)
def test_point_attains_the_slack_and_multipliers_forbid_more(system: tuple[list[tuple[Fraction, ...]], list[Fraction]]) -> None:
    normals, bounds = system
    found = feasibility(normals, bounds)
    products = [sum(c * x for c, x in zip(normal, found.point, strict=True)) for normal in normals]
    if found.slack is None:
        assert min(products) > 0
        return
    assert min(p - b for p, b in zip(products, bounds, strict=True)) == found.slack
    assert sum(found.multipliers.values()) == 1
    assert min(found.multipliers.values()) > 0
    assert len(found.multipliers) <= len(normals[0]) + 1
    assert not any(sum(f * normals[i][j] for i, f in found.multipliers.items()) for j in range(len(normals[0])))
    assert sum(f * bounds[i] for i, f in found.multipliers.items()) == -found.slack


@given(systems())
@settings(max_examples=25, deadline=None)
def test_slack_is_that_of_highs(system: tuple[list[tuple[Fraction, ...]], list[Fraction]]) -> None:
    normals, bounds = system
    matrix, right = -np.array(normals, dtype=float), -np.array(bounds, dtype=float)
    costs = np.r_[np.zeros(matrix.shape[1]), -1.0]
    other = linprog(costs, A_ub=np.c_[matrix, np.ones(len(right))], b_ub=right, bounds=[(None, None)] * len(costs))
    slack = feasibility(normals, bounds).slack
    assert other.status == (3 if slack is None else 0)
    if slack is not None:
        assert abs(-other.fun - float(slack)) < 1e-7
