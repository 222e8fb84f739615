r"""Fast batched solvers against the trusted one, and certificates that multiplication checks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.engine import stream
from simulations.head import are_separable, reference_head, separability_certificate, trained_heads
from theory.model import ParameterError

SOFT = ("squared", "logistic", "hinge", "squared-hinge")


def problems(size: int, n: int, p: int, signal: float = 0.7) -> np.ndarray:
    rng = stream(11, "heads-solvers", n, p)
    scales = np.exp(0.6 * rng.standard_normal((size, n, 1)))
    designs = rng.standard_normal((size, n, p))
    designs[..., 0] += signal
    return 0.3 * scales * designs


def labelled(size: int, n: int, p: int, prior: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    r"""Problems that need an intercept: the last coordinate of x has a mean."""
    y = np.where(stream(11, "heads-labels", n, p).random((size, n)) < prior, 1.0, -1.0)
    y[:, :2] = 1.0, -1.0
    designs = problems(size, n, p)
    designs[..., -1] += 0.3 * y
    return designs, y


def objectives(designs: np.ndarray, loss: str, ridge: float, heads: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    w, b = (heads, 0.0) if y is None else (heads[:, :-1], heads[:, -1:] * y)
    v = np.einsum("bij,bj->bi", designs, w) + b
    losses = {
        "logistic": lambda: np.logaddexp(0, -v),
        "squared": lambda: (1 - v) ** 2 / 2,
        "squared-hinge": lambda: np.maximum(1 - v, 0) ** 2 / 2,
        "hinge": lambda: np.maximum(1 - v, 0),
    }
    return losses[loss]().mean(axis=1) + ridge * (w**2).sum(axis=1) / 2


def references(designs: np.ndarray, loss: str, ridge: float, y: np.ndarray | None = None) -> np.ndarray:
    labels = [None] * len(designs) if y is None else y
    return np.array([reference_head(design, loss, ridge, one) for design, one in zip(designs, labels, strict=True)])


def assert_equal_heads(fast: np.ndarray, reference: np.ndarray, loss: str) -> None:
    assert_allclose(fast, reference, rtol=0, atol=(1e-4 if loss == "logistic" else 1e-6) * np.abs(reference).max())


SIZES = [(40, 12, 0.003), (40, 12, 0.2), (15, 32, 0.02), (25, 25, 0.05), (9, 1, 0.1)]


@pytest.mark.parametrize("loss", SOFT)
@pytest.mark.parametrize(("n", "p", "ridge"), SIZES)
def test_fast_heads_equal_reference_heads(loss: str, n: int, p: int, ridge: float) -> None:
    designs = problems(3, n, p)
    assert_equal_heads(trained_heads(designs, loss, ridge), references(designs, loss, ridge), loss)


@pytest.mark.parametrize("loss", SOFT)
@pytest.mark.parametrize(("n", "p", "ridge"), SIZES)
def test_fast_heads_with_intercept_equal_reference_heads(loss: str, n: int, p: int, ridge: float) -> None:
    designs, y = labelled(3, n, p)
    fast, reference = trained_heads(designs, loss, ridge, y), references(designs, loss, ridge, y)
    if loss == "hinge":  # the intercept need not be unique: it must be as good
        least = objectives(designs, loss, ridge, reference, y)
        assert_allclose(objectives(designs, loss, ridge, fast, y), least, rtol=1e-9, atol=0)
        fast, reference = fast[:, :-1], reference[:, :-1]
    assert_equal_heads(fast, reference, loss)


@pytest.mark.parametrize("loss", SOFT)
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize(("n", "p"), [(40, 9), (20, 6), (14, 30)])
def test_fast_heads_without_ridge_equal_reference_heads(loss: str, intercept: bool, n: int, p: int) -> None:
    designs, y = labelled(6 if n == 20 else 3, n, p)
    labels = y if intercept else None
    assert are_separable(designs, labels).sum() == {40: 0, 20: 3, 14: 3}[n]
    assert_equal_heads(trained_heads(designs, loss, 0.0, labels), references(designs, loss, 0.0, labels), loss)


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize(("n", "p"), [(20, 18), (14, 30)])
def test_fast_max_margin_equals_reference(intercept: bool, n: int, p: int) -> None:
    designs, y = labelled(4, n, p)
    labels = y if intercept else None
    fast = trained_heads(designs, "max-margin", labels=labels)
    assert_equal_heads(fast, references(designs, "max-margin", 0.0, labels), "max-margin")
    margins = np.einsum("bij,bj->bi", designs, fast[:, :p]) + (fast[:, p:] * y if intercept else 0.0)
    assert_allclose(margins.min(axis=1), 1, rtol=1e-6, atol=0)


@pytest.mark.parametrize("ridge", [0.01, 0.0])
@pytest.mark.parametrize("loss", ["logistic", "squared-hinge", "squared"])
def test_fast_heads_are_stationary(loss: str, ridge: float) -> None:
    (designs, y), step = labelled(20, 70, 8), 1e-6
    assert not are_separable(designs, y).any()
    heads = trained_heads(designs, loss, ridge, y)
    for direction in np.eye(9):
        ends = [objectives(designs, loss, ridge, heads + sign * step * direction, y) for sign in (1, -1)]
        assert_allclose((ends[0] - ends[1]) / (2 * step), 0, rtol=0, atol=2e-9)


@pytest.mark.parametrize("loss", [*SOFT, "max-margin"])
@pytest.mark.parametrize("ridge", [0.02, 0.0])
def test_moving_the_origin_moves_only_the_intercept(loss: str, ridge: float) -> None:
    designs, y = labelled(4, 16, 20)
    origin = np.linspace(-0.4, 0.7, 20)
    heads = trained_heads(designs, loss, ridge, y)
    moved = trained_heads(designs + y[..., None] * origin, loss, ridge, y)
    scale = np.abs(heads).max()
    assert_allclose(moved[:, :-1], heads[:, :-1], rtol=0, atol=1e-6 * scale)
    assert_allclose(moved[:, -1], heads[:, -1] - heads[:, :-1] @ origin, rtol=0, atol=3e-6 * scale)


def test_hinge_takes_the_middle_of_its_intercepts() -> None:
    x, y = np.array([0.1, 0.3, -0.1, -0.2]), np.array([1.0, 1.0, -1.0, -1.0])
    ridge = 2.0  # heavy: every margin is below one, w = Σ yᵢxᵢ/(4λ), and b is free between max₋(-1 - w x) and min₊(1 - w x)
    (w, b), slope = trained_heads((y * x)[None, :, None], "hinge", ridge, y[None])[0], 0.7 / 8
    assert_allclose(w, slope, rtol=1e-9, atol=0)
    assert_allclose(b, ((-1 + 0.2 * slope) + (1 - 0.3 * slope)) / 2, rtol=1e-9, atol=0)


@pytest.mark.parametrize("loss", [*SOFT, "max-margin"])
def test_samples_of_one_label_are_answered_by_it(loss: str) -> None:
    designs, y = labelled(3, 8, 10)
    y[1] = -1.0
    heads = trained_heads(designs, loss, 0.0 if loss == "max-margin" else 0.1, y)
    assert_allclose(heads[1], np.append(np.zeros(10), -1.0), rtol=0, atol=0)
    assert np.abs(heads[[0, 2], :-1]).min(axis=1).all()


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize(("loss", "ridge"), [("hinge", 1e-6), ("squared-hinge", 1e-10), ("logistic", 1e-10)])
def test_a_vanishing_ridge_tends_to_none(loss: str, ridge: float, intercept: bool) -> None:
    designs, y = labelled(6, 20, 6)
    labels = y if intercept else None
    small, none = (trained_heads(designs, loss, value, labels) for value in (ridge, 0.0))
    separable = are_separable(designs, labels)
    assert 0 < separable.sum() < 6
    assert_allclose(small[~separable], none[~separable], rtol=0, atol=1e-4 * np.abs(none[~separable]).max())
    small, none = small[separable], none[separable]
    if loss == "logistic":  # only its direction has a limit, and it comes close like 1/log(1/λ)
        small, none = (heads / np.linalg.norm(heads, axis=1, keepdims=True) for heads in (small, none))
    assert_allclose(small, none, rtol=0, atol=(0.1 if loss == "logistic" else 1e-4) * np.abs(none).max())


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize(("n", "p", "signal"), [(12, 5, 0.0), (25, 7, 0.6), (18, 9, 0.3), (6, 9, 0.1)])
def test_batched_answers_equal_linear_programming(n: int, p: int, signal: float, intercept: bool) -> None:
    designs, y = problems(30, n, p, signal), labelled(30, n, p)[1]
    answers = are_separable(designs, y if intercept else None)
    certificates = [separability_certificate(*one) for one in (zip(designs, y, strict=True) if intercept else zip(designs))]
    assert answers.tolist() == [certificate.separable for certificate in certificates]
    for design, labels, certificate in zip(designs, y, certificates, strict=True):
        columns = np.column_stack([design, labels]) if intercept else design
        if certificate.separable:
            assert certificate.head is not None
            assert (columns @ certificate.head).min() > 0
        else:
            assert certificate.weights is not None
            assert certificate.weights.min() >= 0
            assert_allclose(certificate.weights @ columns, 0, rtol=0, atol=1e-8 * np.abs(columns).max())


def test_max_margin_of_inseparable_data_fails_loudly() -> None:
    designs = np.array([[[1.0, 0.2], [-1.0, -0.2], [0.3, 1.0]]])
    with pytest.raises(ArithmeticError, match="separable"):
        trained_heads(designs, "max-margin")
    with pytest.raises(ArithmeticError):
        reference_head(designs[0], "max-margin")


def test_ridge_must_not_be_negative() -> None:
    with pytest.raises(ParameterError, match="ridge must be"):
        trained_heads(problems(2, 9, 3), "hinge", -0.1)


@pytest.mark.parametrize(("n", "p"), [(20, 6), (7, 15)])
def test_small_ridge_tends_to_least_squares_without(n: int, p: int) -> None:
    designs = problems(5, n, p)
    assert_allclose(trained_heads(designs, "squared", 1e-9), trained_heads(designs, "squared", 0.0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("unit", [1e-4, 1e4])
@pytest.mark.parametrize("loss", ["logistic", "hinge", "squared-hinge"])
def test_units_of_features_are_those_of_the_head(loss: str, unit: float) -> None:
    designs, y = labelled(300, 20, 6)
    heads, scaled = trained_heads(designs, loss, 0.0, y), trained_heads(unit * designs, loss, 0.0, y)
    scale = np.abs(heads).max(axis=1, keepdims=True)
    assert_allclose(scaled * np.append(np.full(6, unit), 1.0) / scale, heads / scale, rtol=0, atol=1e-5)
