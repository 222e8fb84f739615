r"""Noise together with a box of shifts: Gauss rules, their proven remainder, direct integration, tokens."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.integrate import dblquad
from scipy.special import ndtr

from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.expressivity import is_right
from simulations.tokens import tokens
from theory.expressivity import best_noisy_accuracy, linear_prompt_error
from theory.expressivity.noisy import mean_pooling_nodes, quadrature_models
from theory.expressivity.noisy._quadrature_models import _remainders
from theory.model import BoxShift, ContextualModel, Prediction

Array = NDArray[np.float64]

BOXED = ContextualModel(
    n_tokens=7,
    n_relevant=2,
    dim=4,
    signal_norm=0.8,
    context_norm=1.2,
    noise_std=1.1,
    correlation=-0.35,
    label_prior=0.45,
    shift=BoxShift((0.3, -1.9, 0.2), (2.4, 1.3, 0.2)),
)
SEGMENT = replace(BOXED, shift=BoxShift((0.7, -1.9, 0.0), (0.7, 1.3, 0.0)), noise_std=0.7)


@pytest.mark.parametrize("length", [0.8, 3.1, 9.0])
def test_remainder_bounds_the_error_of_every_rule_and_is_not_idle(length: float) -> None:
    start = np.linspace(-6.0, 6.0, 401)[:, None]
    places, weights = np.polynomial.legendre.leggauss(80)
    exact = ndtr(start + length * (places + 1) / 2) @ weights / 2
    largest = []
    for n in range(1, 9):
        places, weights = np.polynomial.legendre.leggauss(n)
        errors = np.abs(ndtr(start + length * (places + 1) / 2) @ weights / 2 - exact)
        largest.append(errors.max())
    bounds = _remainders(length)[:8]
    assert np.all(largest <= bounds + 1e-15)  # rounding
    assert np.all(bounds[5:] < largest[:-5])  # it asks for at most five nodes too many


def test_mean_pooling_over_a_box_is_a_double_integral() -> None:
    best = best_noisy_accuracy("mean-pooling", BOXED)
    head = np.array(best.witness["head"])
    zeta, T, rho = BOXED.relevant_fraction, BOXED.n_tokens, BOXED.correlation
    nu = BOXED.noise_std * np.sqrt((1 - zeta) / T)
    context = BOXED.context_norm * head[0]
    signal = BOXED.signal_norm * (rho * head[0] + np.sqrt(1 - rho**2) * head[1])

    def right(dw: float, dq: float, y: int) -> float:
        mean = zeta * (context + y * signal) - (1 - zeta) * (dq * context + (dw + 0.2 * y) * signal)
        return float(ndtr(y * mean / nu))

    shares = [dblquad(right, 0.3, 2.4, -1.9, 1.3, args=(y,), epsabs=1e-11)[0] / (2.1 * 3.2) for y in (1, -1)]
    assert_allclose(best.value, 0.45 * shares[0] + 0.55 * shares[1], rtol=1e-9)
    assert best.value <= best.upper <= best.value + 2e-7
    assert mean_pooling_nodes(BOXED)[0][2] == 1


def test_linear_prompt_over_a_segment_stays_below_its_bound_and_converges() -> None:
    best = best_noisy_accuracy("linear-prompt", SEGMENT)
    head, prompt = (np.array(best.witness[name]) for name in ("head", "prompt"))
    fine, coarse = (linear_prompt_error(rule, head, prompt) for rule in quadrature_models(SEGMENT, 14, 2))
    assert abs(1 - best.value - fine) <= best.abs_error < 1e-4
    assert abs(1 - best.value - coarse) > best.abs_error
    assert best.value < best.upper < 1


def test_best_parameters_over_a_box_on_tokens(agree: Agree) -> None:
    best = best_noisy_accuracy("mean-pooling", BOXED)
    head = np.pad(np.array(best.witness["head"]), (0, 1))
    middle = replace(BOXED, shift=BoxShift((1.35, -0.3, 0.2), (1.35, -0.3, 0.2)))

    def wrong_answers(rng: np.random.Generator, size: int) -> Array:
        return 1.0 - is_right("mean-pooling", tokens(BOXED, rng=rng, size=size), {"head": head[None]})[0]

    agree(
        "noisy-architecture-error",
        setting={"architecture": "mean-pooling, δ in a box", "T": 7, "m": 2, "ρ": -0.35, "σ": 1.1},
        predicted=Prediction(1 - best.value, best.abs_error, "mean-pooling", "uniform law on a box"),
        sampler=wrong_answers,
        bounds=Probability(),
        margin=0.04,
        wrong_variants={"best at the middle of the box": 1 - best_noisy_accuracy("mean-pooling", middle).value},
    )
