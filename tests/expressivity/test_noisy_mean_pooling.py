r"""Mean pooling with noise: the best head, against every other head and against tokens."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import is_right
from simulations.tokens import tokens
from theory.expressivity import best_accuracy, best_mean_pooling_error
from theory.model import ContextualModel, FiniteShift, Prediction

Array = NDArray[np.float64]

MODEL = ContextualModel(
    n_tokens=11,
    n_relevant=4,
    dim=5,
    signal_norm=0.8,
    context_norm=1.2,
    noise_std=0.9,
    correlation=-0.35,
    label_prior=0.45,
    shift=FiniteShift(((0.4, 0.7, 0.2), (2.1, -1.6, 0.9), (-0.3, 0.2, -0.4)), (0.5, 0.2, 0.3)),
)


def head(best: Prediction, dim: int) -> Array:
    return np.array([float(best.details[name]) for name in ("along_context", "across", "orthogonal")] + [0.0] * (dim - 3))


def error(model: ContextualModel, direction: Array) -> float:
    r"""The error of a head, sample by sample from the means of its tokens."""
    rho, zeta = model.correlation, model.relevant_fraction
    q_star = model.context_norm * np.eye(model.dim)[0]
    w_star = model.signal_norm * (rho * np.eye(model.dim)[0] + np.sqrt(1 - rho**2) * np.eye(model.dim)[1])
    nu = model.noise_std * np.sqrt((1 - zeta) / model.n_tokens) * np.linalg.norm(direction)
    assert isinstance(model.shift, FiniteShift)
    total = 0.0
    for (dq, dw, dy), p in zip(model.shift.points, model.shift.probabilities, strict=True):
        for y, prior in ((1, model.label_prior), (-1, 1 - model.label_prior)):
            mean = zeta * (q_star + y * w_star) + (1 - zeta) * (-dq * q_star - (dw + dy * y) * w_star)
            total += p * prior * float(ndtr(-y * (direction @ mean) / nu))
    return total


def test_no_head_has_a_smaller_error() -> None:
    best = best_mean_pooling_error(MODEL)
    assert_allclose(error(MODEL, head(best, MODEL.dim)), best.value, rtol=1e-12)
    others = stream(7, "heads").normal(size=(3000, MODEL.dim)) * np.array([1, 1, 0.4, 0.4, 0.4])
    assert min(error(MODEL, other) for other in others) >= best.value - best.abs_error


def test_best_head_may_leave_the_plane_and_beat_the_noiseless_optimum() -> None:
    shift = FiniteShift(((-5.3, 6.0, 5.2), (0.6, 3.1, 2.4)), (7 / 15, 8 / 15))
    model = replace(MODEL, shift=shift, label_prior=0.5, noise_std=0.14)
    best, planar = best_mean_pooling_error(model), best_mean_pooling_error(replace(model, dim=2))
    noiseless = best_accuracy("mean-pooling", n_tokens=11, n_relevant=4, shift=shift)
    assert float(best.details["orthogonal"]) > 0.9
    assert best.value < 0.21
    assert planar.value > 0.26
    assert float(1 - noiseless.upper) > 0.23


def test_vanishing_noise_leaves_the_noiseless_error() -> None:
    shift = FiniteShift(((3.0, 3.0, 0.0), (3.0, -3.0, 0.0)), (0.5, 0.5))
    quiet = replace(MODEL, shift=shift, label_prior=0.5, noise_std=0.02)
    assert_allclose(best_mean_pooling_error(quiet).value, 0.25, atol=1e-6)


@pytest.mark.parametrize("noise_std", [0.6, 1.4])
def test_error_of_the_best_head_on_tokens(agree: Agree, noise_std: float) -> None:
    model = replace(MODEL, noise_std=noise_std)
    best = best_mean_pooling_error(model)
    parameters = {"head": head(best, model.dim)[None]}

    def wrong_answers(rng: np.random.Generator, size: int) -> Array:
        return 1.0 - is_right("mean-pooling", tokens(model, rng=rng, size=size), parameters)[0]

    all_tokens_noisy = replace(model, noise_std=noise_std / np.sqrt(1 - model.relevant_fraction))
    agree(
        "mean-pooling-error",
        setting={"T": 11, "m": 4, "ρ": -0.35, "σ": noise_std},
        predicted=best,
        sampler=wrong_answers,
        bounds=Probability(),
        margin=0.015,
        wrong_variants={
            "noise on all T tokens": error(all_tokens_noisy, head(best, model.dim)),
            "no noise": error(replace(model, noise_std=1e-9), head(best, model.dim)),
        },
    )
