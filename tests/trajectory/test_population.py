"""Population gradients: special cases, invariances, and the stated mean of q₁ against tokens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulations.agreement import Absolute, FiniteVariance
from simulations.tokens import tokens
from simulations.trajectory import sample_gradients
from tests.trajectory.settings import BOX, LABEL_CARRYING, LABEL_FREE, SMALL, TILTED, row
from theory.model import ContextualModel, ShiftLaw
from theory.trajectory import population_head, population_prompt, prompt_along_signal, prompt_moments, sample_atoms

HEAD = np.array([0.4, 0.7, -0.3, 0.2, 0.1])
SHARP = ContextualModel(n_tokens=24, n_relevant=7, dim=5, signal_norm=1.1, context_norm=1.7, noise_std=0.6)


def test_general_mean_reduces_to_the_stated_cubic() -> None:
    scale = 0.83
    head = np.zeros(SMALL.dim)
    head[1] = scale * SMALL.signal_norm
    mean = population_prompt(SMALL, head, gamma=1.7)
    np.testing.assert_allclose(mean[0], prompt_along_signal(SMALL, scale, gamma=1.7), rtol=1e-13, atol=0)
    np.testing.assert_allclose(mean[1:], 0, atol=1e-15)


@pytest.mark.parametrize("shift", [LABEL_FREE, LABEL_CARRYING, BOX])
def test_closed_form_is_the_mean_of_the_sample_gradient(shift: ShiftLaw) -> None:
    model = replace(TILTED, shift=shift)
    quadrature = prompt_moments(model, HEAD, gamma=1.3, n_samples=9).mean
    np.testing.assert_allclose(population_prompt(model, HEAD, gamma=1.3), quadrature, rtol=1e-12, atol=1e-15)


def test_box_rule_has_the_moments_of_the_box() -> None:
    atoms = sample_atoms(replace(SMALL, shift=BOX))
    delta_q = -atoms.irrelevant[:, 0] / SMALL.context_norm
    low, high = BOX.lower[0], BOX.upper[0]
    for k in range(1, 8):
        exact = (high ** (k + 1) - low ** (k + 1)) / ((k + 1) * (high - low))
        np.testing.assert_allclose(atoms.probability @ delta_q**k, exact, rtol=1e-12, atol=0)


def test_label_free_shift_leaves_the_population_head_unchanged() -> None:
    plain, shifted = (population_head(model, eta=0.9) for model in (SMALL, replace(SMALL, shift=LABEL_FREE)))
    np.testing.assert_allclose(shifted, plain, rtol=0, atol=1e-15)


def test_label_carrying_shift_shrinks_the_population_head() -> None:
    zeta, mean_shift = SMALL.relevant_fraction, 0.3 * 0.6 + 0.7 * 0.2
    head = population_head(replace(SMALL, shift=LABEL_CARRYING), eta=0.9)
    np.testing.assert_allclose(head[1], 0.9 * SMALL.signal_norm * (zeta - (1 - zeta) * mean_shift), rtol=1e-13, atol=0)


def test_prompt_of_a_single_kind_of_token_stays_zero() -> None:
    model = replace(SMALL, n_relevant=SMALL.n_tokens)
    np.testing.assert_allclose(population_prompt(model, HEAD, gamma=2.0), 0, atol=1e-15)


def test_mean_prompt_to_one_per_mille(agree: object) -> None:
    """The mean of q₁ for w = c w_*, from tokens; each draw averages both labels and four reflections of the noise.

    Only the square of the mean noise along w_* survives the reflections: a draw is a constant plus a multiple of χ²₁,
    so that its variance is known and no central limit theorem is needed.
    """
    scale = 0.9
    head = np.zeros(SHARP.dim)
    head[1] = scale * SHARP.signal_norm

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        total = np.zeros(size)
        for label in (1.0, -1.0):
            batch = tokens(SHARP, rng=rng, size=size, given_labels=np.full(size, label))
            for along, across in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                flip = np.where(batch.relevant[:, :, None], 1.0, np.r_[along, np.full(SHARP.dim - 1, across)])
                total -= sample_gradients(batch.tokens * flip, batch.labels, np.zeros(SHARP.dim), head)[0][:, 0] / 8
        return total

    zeta, W2 = SHARP.relevant_fraction, SHARP.signal_norm**2
    noise = scale * SHARP.noise_std**2 / SHARP.n_tokens
    predicted = prompt_along_signal(SHARP, scale, gamma=1.0)
    lead = scale * zeta * (1 - zeta) * W2 * SHARP.context_norm
    spread = np.sqrt(2) * lead * scale * (1 - zeta) * SHARP.noise_std**2 / SHARP.n_irrelevant
    agree(
        "trajectory-mean-prompt",
        setting=row(SHARP, c=scale),
        predicted=predicted,
        sampler=sampler,
        bounds=FiniteVariance(float(spread)),
        margin={"quick": 0.001, "paper": 0.0005, "deep": 0.0002},
        wrong_variants={
            "without the noise term": lead * (1 - scale * zeta * W2),
            "noise term of opposite sign": lead * (1 - scale * zeta * W2 - noise),
            "without the residual": lead,
        },
    )


@pytest.mark.parametrize("shift", [LABEL_FREE, LABEL_CARRYING, BOX])
def test_mean_prompt_under_shifts(agree: object, shift: ShiftLaw) -> None:
    """Both readings of the shift and a box, in the plane of q_* and w_*, from tokens."""
    model = replace(TILTED, shift=shift)
    spread = float(np.sqrt(prompt_moments(model, HEAD, gamma=1.0, n_samples=1).covariance.diagonal()[:2].max()))

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        batch = tokens(model, rng=rng, size=size)
        return -sample_gradients(batch.tokens, batch.labels, np.zeros(model.dim), HEAD)[0][:, :2]

    agree(
        "trajectory-mean-prompt-shift",
        setting=row(model, shift=str(shift)),
        predicted=population_prompt(model, HEAD, gamma=1.0)[:2],
        sampler=sampler,
        bounds=FiniteVariance(spread),
        margin=Absolute(0.015),
        wrong_variants={"without the shift": population_prompt(TILTED, HEAD, gamma=1.0)[:2]},
    )
