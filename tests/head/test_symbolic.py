r"""Symbolic proofs of the steps of docs/head.md that a computer algebra system can take."""

import sympy as sp

kappa, gamma, xi, z, n = sp.symbols("kappa gamma xi z n", positive=True)
signal, variance = sp.symbols("AW b", positive=True)


def test_constant_scale_reduces_the_finite_context_law() -> None:
    level = sp.solve(sp.Eq(xi * variance / (1 + xi * variance), gamma), xi)[0]
    d = 1 + level * variance
    alpha = (signal / d) / ((signal**2 + variance) / d)
    beta_square = level * ((1 - alpha * signal) ** 2 + alpha**2 * variance) * variance / d**2 / (variance / d**2)
    argument = signal**2 / variance * alpha**2 / (alpha**2 + beta_square)
    claimed = kappa**4 * (1 - gamma) / (kappa**2 + gamma)
    assert sp.simplify(argument.subs(signal, kappa * sp.sqrt(variance)) - claimed) == 0


def test_constant_scale_reduces_the_interpolating_law() -> None:
    alpha = (signal / variance) / (gamma + signal**2 / variance)
    beta_square = ((1 - alpha * signal) ** 2 / variance + alpha**2) / (gamma - 1)
    argument = signal**2 / variance * alpha**2 / (alpha**2 + beta_square)
    claimed = kappa**4 * (1 - 1 / gamma) / (kappa**2 + gamma)
    assert sp.simplify(argument.subs(signal, kappa * sp.sqrt(variance)) - claimed) == 0


def test_interpolating_direction_is_the_shortest() -> None:
    a, inverse, inverse_mass, inverse_square = sp.symbols("alpha i0 i1 i2", positive=True)
    beta_square = (inverse - 2 * a * inverse_mass + a**2 * inverse_square + a**2) / (gamma - 1)
    stationary = sp.solve(sp.diff(a**2 + beta_square, a), a)
    assert len(stationary) == 1
    assert sp.simplify(stationary[0] - inverse_mass / (gamma + inverse_square)) == 0


def test_moment_generating_function() -> None:
    x = sp.symbols("x", real=True)
    mean = sp.sqrt(n) * kappa
    # one coordinate: first over X₂ (a Gaussian moment generating function), then over X₁ by completing the square
    exponent = z * kappa * x + z**2 * x**2 / 2 - (x - mean) ** 2 / 2
    curvature = -sp.diff(exponent, x, 2)
    peak = sp.solve(sp.diff(exponent, x), x)[0]
    assert sp.simplify(curvature - (1 - z**2)) == 0
    claimed = (sp.sqrt(n) * kappa**2 * z + (n + 1) * kappa**2 * z**2 / 2) / (1 - z**2)
    assert sp.simplify(exponent.subs(x, peak) - claimed) == 0


def test_rotation_leaves_one_vector_off_centre() -> None:
    first, second = sp.sqrt(n) * kappa, kappa
    assert sp.simplify((sp.sqrt(n) * first + second) / sp.sqrt(n + 1) - sp.sqrt(n + 1) * kappa) == 0
    assert sp.simplify(sp.sqrt(n) * second - first) == 0
