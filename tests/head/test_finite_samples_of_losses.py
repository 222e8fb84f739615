r"""Any loss and ridge at finite n: measured errors, exact laws as special cases, reference solvers, planted mistakes, claims."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simulations.head import reference_head, simulated_errors
from theory.head import expected_error, head_error, trained_head_error
from theory.head.any_loss import any_loss_error, carried_gap_error
from theory.head.any_loss._heads import Training, trained
from theory.head.any_loss._training_sets import drawn_sets, known_sums
from theory.head.any_prompt import BLOCKS, KnownSums, Points, any_prompt_error, sample_laws
from theory.head.exact import mean_pooling_ratio
from theory.model import HeadSetting, ParameterError, head_setting

UNIT = (0.0, 1.0)
LOSSES = ("squared", "logistic", "hinge", "squared-hinge")
POOLED = {"T": 23, "m": 4, "W": 0.8, "Q": 1.1, "sigma": 0.9, "tau": 0.0}
PROMPTED = {"T": 64, "m": 6, "d": 21, "W": 0.6, "Q": 2.0, "tau": 1.5}
RARE = {"T": 17, "m": 3, "d": 6, "W": 0.8, "Q": 3.0, "tau": 1.0, "n": 60, "head": "full", "pi": 0.1, "ridge": 0.01}


@pytest.mark.parametrize(("loss", "truth", "standard_error"), [("logistic", 0.0164, 5e-4), ("squared", 0.00179, 9e-5)])
def test_independently_measured_errors(loss: str, truth: float, standard_error: float) -> None:
    r"""By a program that draws tokens; the limit says 0.0051 and 0.00090."""
    setting = head_setting(**RARE, loss=loss)
    predicted = any_loss_error(setting, 1e-2 if loss == "logistic" else 9e-3)
    assert abs(predicted.value - truth) < predicted.total_error + 4 * standard_error
    assert abs(trained_head_error(setting).value - truth) > 4 * standard_error


@pytest.mark.parametrize(("n", "p"), [(4, 9), (14, 9), (6, 1)])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_heavy_ridge_is_the_exact_law_of_averaging(loss: str, n: int, p: int) -> None:
    setting = head_setting(**POOLED, d=p + 1, n=n, loss=loss, ridge=1e15)
    predicted = any_loss_error(setting, 4e-3)
    exact, _ = expected_error(mean_pooling_ratio(setting), n, p, "averaging")
    assert abs(predicted.value - exact) < predicted.abs_error < 0.03 * exact


@pytest.mark.parametrize(("n", "p"), [(7, 9), (12, 9)])
def test_a_light_ridge_is_the_exact_law_of_least_squares(n: int, p: int) -> None:
    setting = head_setting(**POOLED, d=p + 1, n=n, ridge=1e-7)
    predicted = any_loss_error(setting, 4e-3)
    exact, _ = expected_error(mean_pooling_ratio(setting), n, p)
    assert abs(predicted.value - exact) < predicted.abs_error < 0.02 * exact


def test_a_light_ridge_is_least_squares_under_a_prompt_with_an_intercept() -> None:
    setting = head_setting(**{**PROMPTED, "d": 6}, n=14, pi=0.3, head="full", intercept=True)
    least_squares = any_prompt_error(setting, 4e-3)
    predicted = any_loss_error(setting.trained_by("squared", 1e-7), 9.9e-3)
    assert abs(predicted.value - least_squares.value) < predicted.abs_error + least_squares.abs_error < 0.05 * predicted.value


@pytest.mark.parametrize("loss", ["hinge", "logistic"])
def test_one_coefficient_has_the_sign_of_least_squares_whatever_the_loss(loss: str) -> None:
    setting = head_setting(**{**PROMPTED, "d": 2, "W": 0.2}, n=5, loss=loss, ridge=0.1)
    errors = simulated_errors(setting, rng=np.random.default_rng(2), size=4000)
    predicted = any_loss_error(setting)
    assert predicted.value == any_prompt_error(setting.trained_by("squared")).value
    assert abs(errors.mean() - predicted.value) < predicted.abs_error + 4 * errors.std() / math.sqrt(len(errors))


def test_one_dimension_more_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    r"""In the Wishart matrix of fewer samples than coordinates, against the exact law of averaging."""
    right, setting = Points.triangle, head_setting(**{**POOLED, "W": 2.5}, d=6, n=3, ridge=1e15)
    monkeypatch.setattr(Points, "triangle", lambda points, rows, freedom: right(points, rows, freedom + 1))
    truth = expected_error(mean_pooling_ratio(setting), 3, 5, "averaging")[0]
    wrong = any_loss_error.__wrapped__(setting, 1e-3)
    assert abs(wrong.value - truth) > 3 * wrong.abs_error


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_a_ridge_over_n_is_seen(loss: str) -> None:
    r"""The mean of the losses taken for their sum."""
    setting = head_setting(**{**PROMPTED, "d": 9}, n=12, loss=loss, ridge=0.004)
    right, wrong = (any_loss_error(replace(setting, ridge=ridge), 4e-3) for ridge in (0.004, 0.004 / 12))
    errors = simulated_errors(setting, rng=np.random.default_rng(1), size=3000)
    spread = 4 * errors.std() / math.sqrt(len(errors))
    assert abs(right.value - errors.mean()) < right.abs_error + spread
    assert abs(wrong.value - errors.mean()) > wrong.abs_error + spread


@pytest.mark.parametrize("loss", [*LOSSES, "max-margin"])
@pytest.mark.parametrize("ridge", [0.3, 0.003])
def test_heads_are_those_of_the_reference_solver(loss: str, ridge: float) -> None:
    rng = np.random.default_rng(5)
    for n, k in ((12, 4), (7, 7)):
        design = rng.standard_normal((n, k)) + 0.7 * np.eye(k)[0] * (3 if loss == "max-margin" else 1)
        training = Training(design[None], np.ones(k), None, loss, ridge)
        heads, missing = trained(training)
        if not missing[0]:
            reference = reference_head(design, loss, ridge)
            assert_allclose(heads[0], reference, rtol=0, atol=2e-3 * np.linalg.norm(reference))


def test_heads_without_a_ridge_have_the_largest_margin_or_least_loss() -> None:
    rng = np.random.default_rng(3)
    designs = rng.standard_normal((40, 9, 4)) + 0.4 * np.eye(4)[0]
    margins, missing = trained(Training(designs, np.ones(4), None, "max-margin", 0.0))
    logistic, _ = trained(Training(designs, np.ones(4), None, "logistic", 0.0))
    assert 0 < missing.sum() < 40
    assert_allclose(logistic[~missing], margins[~missing], rtol=1e-12, atol=0)
    slopes = 1 / (1 + np.exp(np.einsum("bnk,bk->bn", designs, logistic)[missing]))
    assert np.abs(np.einsum("bn,bnk->bk", slopes, designs[missing])).max() < 1e-3


@pytest.mark.parametrize("n", [7, 20])
def test_controls_have_mean_zero(n: int) -> None:
    law = sample_laws(head_setting(**{**PROMPTED, "d": 12}, n=n, pi=0.3, intercept=True))[0]
    sums = KnownSums(law, n, 0.02)
    means = np.stack([known_sums(sums, drawn_sets(law, n, Points(512, block))).mean(axis=0) for block in range(BLOCKS)])
    z = means.mean(axis=0) / (means.std(axis=0, ddof=1) / math.sqrt(BLOCKS) + 1e-12)
    assert np.abs(z).max() < 5.5  # Student's t of 15 degrees of freedom: 6e-5 for each of 18


@pytest.mark.parametrize(("loss", "changes"), [("logistic", {}), ("squared", {"intercept": True, "pi": 0.35})])
def test_the_gap_is_carried_to_more_samples(loss: str, changes: dict) -> None:
    setting = head_setting(**PROMPTED, n=110, **changes, loss=loss, ridge=0.004)
    carried, exact = carried_gap_error(setting, 1e-2), any_loss_error(setting, 1e-2)
    assert abs(carried.value - exact.value) < carried.total_error + exact.total_error
    assert carried.total_error + exact.total_error < 0.05 * exact.value
    assert carried.value - carried.details["limit"] == pytest.approx(carried.details["finite_sample_term"])


def test_what_has_no_signal_or_heavy_scores_or_an_extreme_ridge_is_answered() -> None:
    blind = head_setting(**{**PROMPTED, "W": 0.0}, n=9, loss="logistic", ridge=0.1)
    assert head_error(blind, precision=3e-2).value == pytest.approx(0.5, abs=1e-12)
    heavy = head_error(head_setting(**{**PROMPTED, "tau": 9.0}, n=9, loss="hinge", ridge=0.1), precision=3e-2)
    assert 0 < heavy.abs_error < 0.1 * heavy.value
    assert heavy.model_error == 0
    setting = head_setting(**PROMPTED, n=30)
    heavier = [trained_head_error(setting.trained_by("logistic", ridge)).value for ridge in (1e10, 1e15)]
    assert_allclose(heavier[1], heavier[0], rtol=1e-7, atol=0)


@pytest.mark.parametrize("formula", [head_error, trained_head_error])
def test_what_does_not_exist_is_refused_at_every_size(formula) -> None:
    for n in (2000, math.inf):
        with pytest.raises(ParameterError, match="n_samples must be"):
            formula(head_setting(**PROMPTED, n=n, loss="max-margin"))
    with pytest.raises(ParameterError, match="ridge must be 0, or at least"):
        formula(head_setting(**PROMPTED, n=30, loss="logistic", ridge=1e-300))


SMALL = {"T": 24, "m": 4, "d": 16, "W": 0.7, "Q": 1.6, "sigma": 0.9, "tau": 1.1, "pi": 0.3, "intercept": True}
CLAIMED = [
    ("squared-hinge", 0.02, {"n": 12}),
    ("logistic", 0.02, {"n": 14, "head": "full"}),
    ("squared", 0.02, {"n": 20, "pi": 0.15}),
    ("logistic", 0.003, {"n": 40, "d": 31}),
]


@pytest.mark.parametrize(("loss", "ridge", "changes"), CLAIMED)
def test_error_at_finite_samples(agree, loss: str, ridge: float, changes: dict) -> None:
    judge(agree, head_setting(**{**SMALL, **changes}).trained_by(loss, ridge), 0.04)


def judge(agree, setting: HeadSetting, margin: float) -> None:
    predicted, limit = head_error(setting, precision=8e-3), trained_head_error(setting).value
    assert predicted.formula == "exact"
    assert abs(limit / predicted.value - 1) > 2.2 * margin
    agree(
        "heads-finite",
        setting={**setting.row, "loss": setting.loss, "ridge": setting.ridge},
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size),
        bounds=UNIT,
        margin={"quick": margin, "paper": margin, "deep": margin},
        wrong_variants={"limit": limit},
    )
