"""What the numerical work behind the outcomes rests on: interpolation, lattices, and the plane of the first head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from tests.trajectory.settings import BOX, LABEL_CARRYING, MEDIUM, TILTED
from theory.model import ContextualModel, Steps
from theory.numerics import SHIFTS, ChebyshevTable, lattice_points, negative_inner_product, tabulated, worst_case_square
from theory.trajectory import (
    RESIDUALS,
    decisions,
    direct_errors,
    interpolated_errors,
    moment_values,
    parameter_points,
    residual_polynomials,
)


def test_table_reproduces_polynomials_of_its_degree() -> None:
    lower, upper = [-1.3, 0.2], [0.4, 2.1]
    nodes = [ChebyshevTable.nodes(order, *ends) for order, ends in zip((4, 6), zip(lower, upper, strict=True), strict=True)]

    def polynomial(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return x**3 * y**5 - 2 * x * y**2 + 0.7

    table = ChebyshevTable(polynomial(nodes[0][:, None], nodes[1]), lower, upper)
    points = np.array([[-0.7, 0.9], [0.3, 1.95], [-1.3, 0.2]])
    np.testing.assert_allclose(table(points), polynomial(*points.T), rtol=1e-12, atol=0)


def test_refinement_stops_once_the_highest_coefficients_are_small() -> None:
    table = tabulated(lambda nodes: np.exp(3 * nodes[0]), [-1.0], [1.0], (8,), tolerance=1e-9)
    assert max(table.tails) < 1e-9
    np.testing.assert_allclose(table(np.array([[0.37]])), np.exp(1.11), rtol=1e-10, atol=0)


@pytest.mark.parametrize("points", [64, 256, 1024])
def test_lattice_multiplier_is_the_best_of_many(points: int) -> None:
    chosen = {64: 19, 256: 55, 1024: 43}[points]
    others = [worst_case_square(points, int(a)) for a in np.linspace(3, points // 2, 40).astype(int) | 1]
    assert worst_case_square(points, chosen) <= min(others)


def test_lattice_error_falls_faster_than_that_of_independent_points() -> None:
    """A smooth product of the five best coordinates with mean 1: the shifts' spread falls at least like N^{-1.2}."""
    spreads = []
    for points in (64, 4096):
        values = np.prod(1 + 0.5 * np.sin(3 * (lattice_points(points)[:5] - 0.5)), axis=0)
        means = values.reshape(SHIFTS, -1).mean(axis=1)
        assert abs(means.mean() - 1) < 4 * means.std(ddof=1) / np.sqrt(SHIFTS) + 1e-6
        spreads.append(means.std(ddof=1))
    assert spreads[1] < spreads[0] * 64**-1.2


@pytest.mark.parametrize("model", [MEDIUM, replace(TILTED, shift=LABEL_CARRYING)])
def test_interpolated_errors_are_the_inversion_integrals(model: ContextualModel) -> None:
    law = parameter_points(model, Steps(step=2, gamma=8.0), 200, points=64)
    decision = decisions(model, law.prompt[::7], law.first_head[::7])
    gap = interpolated_errors(model, decision) - direct_errors(model, decision)
    assert np.abs(gap).mean() < 3e-4
    assert np.abs(gap).max() < 5e-3


def test_interpolated_moments_are_the_integrals() -> None:
    log_a, s = np.linspace(0.2, 5.0, 40), np.linspace(1.7, 0.3, 40)
    powers = [(1, 0, 0), (0, 1, 0), (1, 2, 0), (2, 0, 1), (0, 0, 2)]
    table, some = moment_values(MEDIUM, log_a, s, powers), np.arange(0, 40, 9)
    np.testing.assert_allclose(table[:, some], moment_values(MEDIUM, log_a[some], s[some], powers), rtol=0, atol=1e-5)


def test_extra_spread_in_the_plane_is_an_average_over_means() -> None:
    """Scatter as a Gaussian mixture of isotropic vectors: the contour integral against a Gauss-Hermite average."""
    trained, tested = np.array([0.7, 1.9]), np.array([-0.4, 1.1])
    scatter = np.array([[0.6, -0.2], [-0.2, 0.3]])
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights, root = weights / weights.sum(), np.linalg.cholesky(scatter)
    average = sum(
        wi * wj * negative_inner_product(trained + root @ [x, y], np.zeros((2, 2)), tested, 9)
        for x, wi in zip(nodes, weights, strict=True)
        for y, wj in zip(nodes, weights, strict=True)
    )
    np.testing.assert_allclose(negative_inner_product(trained, scatter, tested, 9), average, rtol=1e-9, atol=0)


def test_cubic_of_the_logistic_residual_is_its_projection() -> None:
    """What is left is orthogonal to every cubic under the normal law of f, and small."""
    mean, variance, label = 0.4, 0.3, -1.0
    cubic, quadratic = residual_polynomials("logistic", label, [mean], [variance])
    f = np.linspace(mean - 5, mean + 5, 2001)
    weight = norm.pdf(f, mean, np.sqrt(variance)) * (f[1] - f[0])
    left = RESIDUALS["logistic"](np.asarray(label), f) - np.polynomial.polynomial.polyval(f, cubic[:, 0])
    square_left = RESIDUALS["logistic"](np.asarray(label), f) ** 2 - np.polynomial.polynomial.polyval(f, quadratic[:, 0])
    for k in range(4):
        assert abs(weight @ (left * f**k)) < 1e-8
    for k in range(3):
        assert abs(weight @ (square_left * f**k)) < 1e-7
    assert weight @ left**2 < 1e-5


def test_box_shift_moves_the_first_head_by_its_exact_covariance() -> None:
    """even + ȳ odd is the mean over labels of the covariance of ζu + (1-ζ)v over δ, in closed form for a box."""
    from theory.trajectory import first_head

    model = replace(TILTED, shift=BOX)
    law, n = first_head(model, eta=1.0, n_samples=11), 11
    share, rho = 1 - model.relevant_fraction, model.correlation
    q = np.array([model.context_norm, 0.0])
    w = model.signal_norm * np.array([rho, np.sqrt(1 - rho**2)])
    variances = [(high - low) ** 2 / 12 for low, high in zip(BOX.lower, BOX.upper, strict=True)]
    expected = share**2 * (variances[0] * np.outer(q, q) + (variances[1] + variances[2]) * np.outer(w, w)) / n
    np.testing.assert_allclose(law.scatter(0.37), expected, rtol=1e-12, atol=1e-16)
