"""The head after one step: exact laws, limits, and 0.1 % of the simulated error from n = 3 to 10⁵."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import ncx2, norm

from simulations.agreement import Absolute
from simulations.tokens import directions
from simulations.trajectory import cosines, debiased, first_heads, mean_pooling_errors
from tests.trajectory.settings import MEDIUM, SMALL, TILTED, row
from theory.numerics import label_mean_rule, negative_product
from theory.trajectory import first_alignment, first_error, first_head, mean_cosine


@pytest.mark.parametrize(("product", "energy", "dim"), [(1.7, 2.3, 4), (6.0, 9.1, 17), (-0.8, 1.1, 3)])
def test_negative_product_is_a_doubly_noncentral_f(product: float, energy: float, dim: int) -> None:
    """P(χ'²_p(λ₁) < χ'²_p(λ₂)), λ = energy ± product, by direct integration."""
    plus, minus = energy + product, energy - product
    direct = quad(lambda x: ncx2.cdf(x, dim, plus) * ncx2.pdf(x, dim, minus), 0, 400, limit=400, epsabs=1e-12)[0]
    np.testing.assert_allclose(negative_product(product, energy, dim), direct, rtol=1e-8, atol=0)


def test_mean_cosine_is_the_integral_over_the_polar_angle() -> None:
    mu, dim = 1.7, 6
    radial = [quad(lambda r, t=t: r ** (dim - 1) * np.exp(-(r * r - 2 * r * mu * np.cos(t)) / 2), 0, 40)[0] for t in ANGLES]
    weight = np.array(radial) * np.sin(ANGLES) ** (dim - 2)
    np.testing.assert_allclose(mean_cosine(mu, dim), (weight @ np.cos(ANGLES)) / weight.sum(), rtol=1e-10, atol=0)


ANGLES = np.linspace(0, np.pi, 400)


def test_label_mean_rule_has_the_binomial_moments() -> None:
    nodes, weights = label_mean_rule(11, 0.35, 5)
    exact_nodes, exact_weights = label_mean_rule(11, 0.35, 40)
    for k in range(10):
        np.testing.assert_allclose(weights @ nodes**k, exact_weights @ exact_nodes**k, rtol=1e-11, atol=1e-14)


def test_first_error_tends_to_the_normal_tail_of_the_population_head() -> None:
    head = first_head(MEDIUM, eta=1.0, n_samples=1)
    limit = norm.sf(float(head.signal[1]) / head.spread)
    np.testing.assert_allclose(first_error(MEDIUM, n_samples=10**9, debias=True).value, limit, rtol=1e-6, atol=0)


def test_debiasing_improves_error_and_alignment() -> None:
    for n in (5, 60, 900):
        raw, free = (first_error(MEDIUM, n_samples=n, debias=flag).value for flag in (False, True))
        assert free < raw
        assert first_alignment(MEDIUM, n_samples=n, debias=True).value > first_alignment(MEDIUM, n_samples=n).value


def test_context_does_not_matter_to_the_debiased_head() -> None:
    far = replace(MEDIUM, context_norm=3.7)
    assert first_error(far, n_samples=40, debias=True).value == pytest.approx(
        first_error(MEDIUM, n_samples=40, debias=True).value, rel=1e-12
    )


@pytest.mark.parametrize("debias", [False, True])
@pytest.mark.parametrize("n", [3, 40, 1000, 100_000])
def test_first_error_to_one_per_mille(agree: object, n: int, debias: bool) -> None:
    model = MEDIUM

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        heads = first_heads(model, eta=1.0, n_samples=n, rng=rng, size=size)
        return mean_pooling_errors(model, debiased(model, heads) if debias else heads)

    head = first_head(model, eta=1.0, n_samples=1)
    kappa = float(head.signal[1]) / head.spread
    population = norm.sf(kappa)
    variants = {"the head of the population": population} if n < 10_000 else {"κ² for κ": norm.sf(kappa**2)}
    if n < 100:
        shorter = np.sqrt(n - 1)
        variants["n - 1 samples"] = negative_product(shorter * kappa**2, (n * kappa**2) / 2, model.dim - debias)
    agree(
        "trajectory-first-error",
        setting=row(model, n=n, debias=debias),
        predicted=first_error(model, n_samples=n, debias=debias),
        sampler=sampler,
        bounds=(0.0, 1.0),
        margin={"quick": 0.001, "paper": 0.0005, "deep": 0.0002},
        wrong_variants=variants,
    )


@pytest.mark.parametrize("model", [MEDIUM, TILTED, SMALL])
@pytest.mark.parametrize("debias", [False, True])
def test_first_alignment(agree: object, model: object, debias: bool) -> None:
    n = 13

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        heads, signal = first_heads(model, eta=1.0, n_samples=n, rng=rng, size=size), directions(model)[1]
        if debias:
            heads, signal = debiased(model, heads), debiased(model, signal[None])[0]
        return cosines(heads, signal)

    other = replace(model, dim=model.dim + 1)
    agree(
        "trajectory-first-alignment",
        setting=row(model, n=n, debias=debias),
        predicted=first_alignment(model, n_samples=n, debias=debias),
        sampler=sampler,
        bounds=(-1.0, 1.0),
        margin=Absolute(0.002),
        wrong_variants={"one dimension more": first_alignment(other, n_samples=n, debias=debias).value},
    )
