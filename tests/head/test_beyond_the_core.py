r"""Heads under any prompt, noise law and label prior: exact laws at constant scales, and claims against simulation."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.engine import stream
from simulations.head import simulated_errors
from tests.head.convex_variants import beyond_variants
from tests.head.wrong_variants import detectable
from theory.head import (
    error_with_intercept,
    expected_error,
    head_error,
    limit_error,
    sample_features,
    sample_ratio,
    trained_head,
    trained_head_error,
)
from theory.head._carried_limit import carried_limit_error
from theory.head.convex import cubature_error, fresh_error
from theory.model import HeadSetting, head_setting

POOLED = {"T": 24, "m": 6, "W": 1.0, "Q": 1.3, "sigma": 1.1, "tau": 0.0}


@pytest.mark.parametrize("head", ["orthogonal", "full"])
def test_population_logistic_head_is_the_bayes_rule_of_mean_pooling(head: str) -> None:
    # two Gaussian classes of one covariance: log-odds are affine, and the best error is a closed form
    prior, rho, widths = 0.3, 0.4, (1.5, 0.7)
    changes = {"pi": prior, "rho": rho, "head": head, "intercept": True, "context_noise": widths[0], "signal_noise": widths[1]}
    answer = trained_head_error(head_setting(**POOLED, d=9, n=math.inf, **changes).trained_by("logistic"))
    spread = 1.1 * math.sqrt(18) / 24
    parts = np.array([rho if head == "full" else 0.0, math.sqrt(1 - rho**2)]) / np.array(widths)
    kappa, odds = 0.25 * np.linalg.norm(parts) / spread, math.log(prior / (1 - prior))
    bayes = prior * ndtr(-kappa - odds / (2 * kappa)) + (1 - prior) * ndtr(-kappa + odds / (2 * kappa))
    assert_allclose(answer.value, bayes, rtol=3e-5, atol=0)


@pytest.mark.parametrize(("kappa", "gamma"), [(0.8, 0.3), (1.4, 0.2), (1.1, 0.6)])
def test_intercept_on_balanced_labels_is_the_exact_law_up_to_one_over_n(kappa: float, gamma: float) -> None:
    zeta_over_spread = 6 / (1.1 * math.sqrt(18))
    sizes, gaps = (40, 80, 160), []
    for n in sizes:
        setting = head_setting(**{**POOLED, "W": kappa / zeta_over_spread}, d=round(gamma * n) + 1, n=n, intercept=True)
        gaps.append(
            trained_head_error(setting.trained_by("squared", 1e-9)).value / error_with_intercept(kappa, n, round(gamma * n))[0]
            - 1
        )
    assert abs(gaps[0]) * sizes[0] < 1.5
    assert_allclose(np.array(gaps[1:]) / np.array(gaps[:-1]), 0.5, rtol=0.2, atol=0)


def test_one_coefficient_and_one_sample_less_is_the_better_ratio() -> None:
    plain, used = [], []
    for kappa, n, p in ((1.0, 60, 20), (1.5, 60, 40), (2.0, 40, 10), (1.2, 100, 90), (0.7, 50, 20)):
        exact = expected_error(kappa, n, p)[0]
        setting = head_setting(**POOLED, d=p + 1, n=n)
        plain.append(abs(limit_error(kappa, p / n) / exact - 1))
        used.append(abs(limit_error(kappa, sample_ratio(setting)) / exact - 1))
    assert (np.array(used) < 0.8 * np.array(plain)).all()
    assert sum(used) < 0.5 * sum(plain)


def test_contour_and_cubature_agree_on_the_error_of_a_head() -> None:
    towards = {"prompt_angle": 0.4, "prompt_azimuth": 0.0}  # score noise along the signal: no contour
    for changes in ({}, {"rho": 0.5}, {"signal_noise": 0.6}, towards):
        setting = head_setting(T=24, m=4, d=16, W=0.7, Q=1.6, sigma=0.9, tau=1.1, n=60, **changes)
        features, head = sample_features(setting), trained_head(setting.trained_by("squared", 0.02))
        assert_allclose(cubature_error(features, head), fresh_error(setting, features, head)[0], rtol=5e-5, atol=0)


SMALL = {"T": 24, "m": 4, "d": 16, "W": 0.7, "Q": 1.6, "sigma": 0.9, "tau": 1.1, "n": 90}
EVERYTHING = {
    "relevant_noise": 0.5,
    "rho": -0.3,
    "signal_noise": 0.6,
    "context_noise": 1.5,
    "prompt_angle": 0.4,
    "prompt_azimuth": 2.0,
}
BEYOND = [
    ("logistic", 0.012, {"pi": 0.3, "intercept": True, "n": 200, "d": 31}),
    ("hinge", 0.02, {"pi": 0.3, "head": "full"}),
    ("squared-hinge", 0.02, {"prompt_angle": 0.6, "prompt_azimuth": 0.8}),
    ("squared", 0.02, {"prompt_angle": 0.4, "prompt_azimuth": 0.0}),
    ("hinge", 0.01, {"relevant_noise": 0.7}),
    ("squared", 0.03, {**EVERYTHING, "head": "full", "intercept": True, "pi": 0.35}),
    ("max-margin", 0.0, {"n": 34, "d": 25, "rho": 0.4, "intercept": True}),
]


@pytest.mark.parametrize(("loss", "ridge", "changes"), BEYOND)
def test_error_beyond_the_core(agree, loss: str, ridge: float, changes: dict) -> None:
    setting, margin = head_setting(**{**SMALL, **changes}), 0.08
    predicted = trained_head_error(setting.trained_by(loss, ridge))
    assert predicted.details["converged"]
    judge(
        agree,
        setting,
        {"loss": loss, "ridge": ridge},
        predicted,
        margin,
        lambda s: trained_head_error(s.trained_by(loss, ridge)).value,
    )


LEAKING = {"T": 24, "m": 6, "d": 200, "W": 1.0, "Q": 1.5, "sigma": 1.0, "tau": 0.8, "n": 40, "head": "full"}


@pytest.mark.parametrize("changes", [{**SMALL, "rho": 0.4, "intercept": True, "pi": 0.4}, LEAKING])
def test_least_squares_beyond_the_core(agree, changes: dict) -> None:
    setting = head_setting(**changes)
    predicted = head_error(setting)
    variants = {"no leak": predicted.value / (1 + predicted.details["leak"])} if "leak" in predicted.details else {}
    judge(agree, setting, {"loss": "squared", "ridge": 0.0}, predicted, 0.06, lambda s: head_error(s).value, variants)


def judge(agree, setting: HeadSetting, training: dict, predicted, margin: float, formula, variants: dict | None = None) -> None:
    r"""One row of the table, with the settings that leave out one departure from the core as wrong variants."""
    wrong = {**beyond_variants(setting, formula), **(variants or {})}
    agree(
        "heads-beyond",
        setting={**setting.row, **training},
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting.trained_by(**training), rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin={"quick": margin, "paper": margin, "deep": margin},
        wrong_variants=detectable(wrong, predicted.value, margin),
    )


@pytest.mark.parametrize("n", [12, 40])
def test_intercept_learnt_from_a_rare_label(n: int) -> None:
    r"""The limit is far off where few samples of one label decide the intercept; the exact law is asked, and is right."""
    setting = head_setting(T=23, m=4, d=9, W=0.8, Q=1.4, sigma=0.9, tau=1.1, n=n, pi=0.9, intercept=True)
    predicted, limit = head_error(setting), carried_limit_error(setting)
    errors = simulated_errors(setting, rng=stream(1, "rare label"), size=4000)
    noise = 5 * errors.std() / np.sqrt(len(errors))
    assert abs(predicted.value - errors.mean()) < predicted.total_error + noise
    assert abs(limit.value - errors.mean()) > noise
    assert predicted.trusted
