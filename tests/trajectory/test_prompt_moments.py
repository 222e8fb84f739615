"""Mean and covariance of q₁, entry by entry, and the covariances that miss a Wick term."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from simulations.agreement import Asymptotic, FiniteVariance
from simulations.tokens import tokens
from simulations.trajectory import first_heads, first_prompts, sample_gradients
from tests.trajectory.fourth_moments import fourth_moments
from tests.trajectory.settings import LABEL_CARRYING, SMALL, TILTED, row
from theory.model import ContextualModel
from theory.trajectory import prompt_moments, unconditional_prompt_moments
from theory.trajectory.symbolic import SYMBOLS, gradient_form, unconditional_moment

HEAD = np.array([0.35, 0.6, -0.45, 0.2, 0.3])
ETA, GAMMA, N1, N2 = 1.2, 1.7, 6, 4


def _exact(model: ContextualModel, **more: object) -> dict[sp.Symbol, sp.Expr]:
    values = {
        "zeta": sp.Rational(model.n_relevant, model.n_tokens),
        "T": model.n_tokens,
        "v": sp.nsimplify(model.noise_std**2),
        "W": sp.nsimplify(model.signal_norm),
        "Q": sp.nsimplify(model.context_norm),
        "d": model.dim,
    }
    return {SYMBOLS[name]: value for name, value in (values | more).items()}


def _form_covariance(model: ContextualModel, drop: str | None = None) -> np.ndarray:
    """Cov g from the symbolic form (balanced core model, ρ = 0), optionally without one coefficient's leading monomial."""
    form, n = gradient_form(), len(HEAD)
    q, w = np.zeros(n), np.zeros(n)
    q[0], w[1] = model.context_norm, model.signal_norm
    second, mean = np.zeros((n, n)), np.zeros(n)
    zeta = model.relevant_fraction
    for y in (1, -1):
        u = q + y * w
        along = float(u @ HEAD)
        at = _exact(model, r=float(HEAD @ HEAD), D=along, e=y - zeta * along)

        def value(name: str, at: dict[sp.Symbol, sp.Expr] = at) -> float:
            expression = getattr(form, name)
            if name == drop:
                r = SYMBOLS["r"]
                highest = sp.Poly(expression, r).coeff_monomial(r)
                expression = expression - highest * r
            return float(expression.subs(at))

        cross = np.outer(u, HEAD)
        second += (
            value("contrast_contrast") * np.outer(u, u)
            + value("contrast_head") * (cross + cross.T)
            + value("head_head") * np.outer(HEAD, HEAD)
            + value("identity") * np.eye(n)
        ) / 2
        mean += (value("mean_contrast") * u + value("mean_head") * HEAD) / 2
    return second - np.outer(mean, mean)


def test_quadrature_and_symbolic_covariance_are_one() -> None:
    moments = prompt_moments(SMALL, HEAD, gamma=1.0, n_samples=1)
    np.testing.assert_allclose(moments.covariance, _form_covariance(SMALL), rtol=1e-11, atol=1e-14)


def test_gauss_rules_and_symbolic_moments_over_the_head_are_one() -> None:
    moments = unconditional_prompt_moments(SMALL, eta=ETA, gamma=1.0, n_first=N1, n_second=N2)
    at = _exact(SMALL, eta=sp.Rational(6, 5), n1=N1)
    mean = float(unconditional_moment("mean").subs(at))
    np.testing.assert_allclose(moments.mean[0], mean, rtol=1e-11, atol=0)
    for index, axis in ((0, "context"), (2, "rest")):  # the third axis: brute force in test_wick
        within, between = (float(unconditional_moment(f"{kind}-{axis}").subs(at)) for kind in ("within", "between"))
        expected = within / N2 + (1 - 1 / N2) * between - (mean**2 if index == 0 else 0)
        np.testing.assert_allclose(moments.covariance[index, index], expected, rtol=1e-10, atol=0)


def test_covariance_is_inverse_to_the_number_of_samples() -> None:
    one, many = (prompt_moments(TILTED, HEAD, gamma=GAMMA, n_samples=n).covariance for n in (1, 37))
    np.testing.assert_allclose(one, 37 * many, rtol=1e-13, atol=0)


def test_no_direction_beside_context_signal_and_head_is_preferred() -> None:
    covariance = prompt_moments(SMALL, [0.4, 0.7, 0.0, 0.0, 0.0], gamma=1.0, n_samples=3).covariance
    np.testing.assert_allclose(covariance[2:, 2:], covariance[2, 2] * np.eye(3), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("model", [SMALL, replace(TILTED, shift=LABEL_CARRYING)])
def test_covariance_given_the_head(agree: object, model: ContextualModel) -> None:
    """Entry by entry, simultaneously: each draw is the centred square of one sample's gradient, from tokens.

    The fourth moments of the gradient are known, so that the verdict rests on a finite variance and on no central limit theorem.
    """
    entries = np.triu_indices(model.dim)  # the matrix is symmetric
    moments = prompt_moments(model, HEAD, gamma=1.0, n_samples=1)

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        batch = tokens(model, rng=rng, size=size)
        g = -sample_gradients(batch.tokens, batch.labels, np.zeros(model.dim), HEAD)[0] - moments.mean
        return g[:, entries[0]] * g[:, entries[1]]

    variants = {"Cov not centred": moments.covariance + np.outer(moments.mean, moments.mean)}
    if model == SMALL:
        names = ("contrast_contrast", "head_head")
        variants = {f"a Wick term of {name} dropped": _form_covariance(model, name) for name in names}
    fourth = fourth_moments(model, HEAD)
    agree(
        "trajectory-prompt-covariance",
        setting=row(model, shift=str(model.shift)),
        predicted=moments.covariance[entries],
        sampler=sampler,
        bounds=FiniteVariance(float(np.sqrt((fourth - moments.covariance**2).max()))),
        margin=0.03,
        wrong_variants={name: variant[entries] for name, variant in variants.items()},
        largest_block=16384,
    )


@pytest.mark.parametrize("model", [SMALL, TILTED])
def test_second_moment_over_the_head(agree: object, model: ContextualModel) -> None:
    """E q₁q₁ᵀ with n₁ = 6, n₂ = 4, entry by entry."""
    moments = unconditional_prompt_moments(model, eta=ETA, gamma=GAMMA, n_first=N1, n_second=N2)
    frozen = unconditional_prompt_moments(model, eta=ETA, gamma=GAMMA, n_first=10**9, n_second=N2)

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        heads = first_heads(model, eta=ETA, n_samples=N1, rng=rng, size=size)
        prompts = first_prompts(model, heads, gamma=GAMMA, n_samples=N2, rng=rng)
        return prompts[:, :, None] * prompts[:, None, :]

    agree(
        "trajectory-prompt-second-moment",
        setting=row(model, n1=N1, n2=N2, eta=ETA, gamma=GAMMA),
        predicted=moments.covariance + np.outer(moments.mean, moments.mean),
        sampler=sampler,
        bounds=Asymptotic(),
        margin=0.05,
        wrong_variants={"the first head taken as known": frozen.covariance + np.outer(frozen.mean, frozen.mean)},
        largest_block=16384,
    )
