r"""Fast batched solvers against the trusted one, and certificates that multiplication checks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.engine import stream
from simulations.heads import are_separable, reference_head, separability_certificate, trained_heads
from theory.model import ParameterError


def problems(size: int, n: int, p: int, signal: float = 0.7) -> np.ndarray:
    rng = stream(11, "heads-solvers", n, p)
    scales = np.exp(0.6 * rng.standard_normal((size, n, 1)))
    designs = rng.standard_normal((size, n, p))
    designs[..., 0] += signal
    return 0.3 * scales * designs


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge", "squared-hinge"])
@pytest.mark.parametrize(("n", "p", "ridge"), [(40, 12, 0.003), (40, 12, 0.2), (15, 32, 0.02), (25, 25, 0.05), (9, 1, 0.1)])
def test_fast_heads_equal_reference_heads(loss: str, n: int, p: int, ridge: float) -> None:
    designs = problems(6, n, p)
    fast = trained_heads(designs, loss, ridge)
    reference = np.array([reference_head(design, loss, ridge) for design in designs])
    assert_allclose(fast, reference, rtol=0, atol=(1e-4 if loss == "logistic" else 1e-6) * np.abs(reference).max())


@pytest.mark.parametrize(("n", "p"), [(20, 18), (14, 30)])
def test_fast_max_margin_equals_reference(n: int, p: int) -> None:
    designs = problems(6, n, p)
    fast = trained_heads(designs, "max-margin")
    reference = np.array([reference_head(design, "max-margin") for design in designs])
    assert_allclose(fast, reference, rtol=0, atol=1e-6 * np.abs(reference).max())
    margins = np.einsum("bij,bj->bi", designs, fast)
    assert_allclose(margins.min(axis=1), 1, rtol=1e-6, atol=0)


@pytest.mark.parametrize("loss", ["logistic", "squared-hinge", "squared"])
def test_fast_heads_are_stationary(loss: str) -> None:
    designs, ridge, step = problems(20, 30, 8), 0.01, 1e-6
    heads = trained_heads(designs, loss, ridge)

    def objective(w: np.ndarray) -> np.ndarray:
        v = np.einsum("bij,bj->bi", designs, w)
        values = {"logistic": np.logaddexp(0, -v), "squared": (1 - v) ** 2 / 2, "squared-hinge": np.maximum(1 - v, 0) ** 2 / 2}[
            loss
        ]
        return values.mean(axis=1) + ridge * (w**2).sum(axis=1) / 2

    for direction in np.eye(8):
        slope = (objective(heads + step * direction) - objective(heads - step * direction)) / (2 * step)
        assert_allclose(slope, 0, rtol=0, atol=2e-9)


@pytest.mark.parametrize(("n", "p", "signal"), [(12, 5, 0.0), (25, 7, 0.6), (18, 9, 0.3), (6, 9, 0.1)])
def test_batched_answers_equal_linear_programming(n: int, p: int, signal: float) -> None:
    designs = problems(60, n, p, signal)
    answers = are_separable(designs)
    certificates = [separability_certificate(design) for design in designs]
    assert answers.tolist() == [certificate.separable for certificate in certificates]
    for design, certificate in zip(designs, certificates, strict=True):
        if certificate.separable:
            assert certificate.head is not None
            assert (design @ certificate.head).min() > 0
        else:
            assert certificate.weights is not None
            assert certificate.weights.min() >= 0
            assert_allclose(certificate.weights @ design, 0, rtol=0, atol=1e-9 * np.abs(design).max())


def test_max_margin_of_inseparable_data_fails_loudly() -> None:
    designs = np.array([[[1.0, 0.2], [-1.0, -0.2], [0.3, 1.0]]])
    with pytest.raises(ArithmeticError, match="separable"):
        trained_heads(designs, "max-margin")
    with pytest.raises(ArithmeticError):
        reference_head(designs[0], "max-margin")


def test_ridge_must_be_positive() -> None:
    with pytest.raises(ParameterError, match="ridge must be"):
        trained_heads(problems(2, 9, 3), "hinge", 0.0)


@pytest.mark.parametrize(("n", "p"), [(20, 6), (7, 15)])
def test_small_ridge_tends_to_least_squares_without(n: int, p: int) -> None:
    designs = problems(5, n, p)
    assert_allclose(trained_heads(designs, "squared", 1e-9), trained_heads(designs, "squared", 0.0), rtol=1e-4, atol=1e-6)
