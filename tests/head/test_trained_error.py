r"""Claims: heads trained with convex losses, and separable training sets, are what the formulas say."""

import numpy as np
import pytest

from simulations.agreement import FiniteVariance, Probability
from simulations.head import separable_draws, simulated_errors, simulated_training
from tests.head.convex_variants import separability_variants, trained_error_variants
from tests.head.settings import setting_of
from tests.head.wrong_variants import detectable
from theory.head import CONVEX_LOSSES, MarginLaw, sample_scales, separability, trained_head, trained_head_error
from theory.model import Prediction

CONSTANT, RANDOM, HEAVY = "64 6 21 1.5 2 0.9 0 60", "64 6 16 0.6 2 0.9 1.5 45", "12 2 13 0.7 1.4 0.8 2.6 45"


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge", "squared-hinge"])
@pytest.mark.parametrize(("values", "ridge"), [(CONSTANT, 0.02), (RANDOM, 0.006), (HEAVY, 0.04)])
def test_trained_head_error(agree, values: str, ridge: float, loss: str) -> None:
    judge_error(agree, values, loss, ridge, 0.05)


@pytest.mark.parametrize("values", ["64 6 25 0.6 2 0.9 1.5 32", "16 3 25 1.1 1.5 1.2 1.1 32"])
def test_max_margin_error(agree, values: str) -> None:
    judge_error(agree, values, "max-margin", 0.0, 0.05)


def judge_error(agree, values: str, loss: str, ridge: float, margin: float) -> None:
    setting = setting_of(values)
    predicted = trained_head_error(setting.trained_by(loss, ridge))
    assert predicted.details["converged"]
    agree(
        "heads-error",
        setting={**setting.row, "loss": loss, "ridge": ridge},
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting.trained_by(loss, ridge), rng=rng, size=size),
        bounds=(0.0, 1.0),
        margin={"quick": margin, "paper": margin, "deep": margin},
        wrong_variants=detectable(trained_error_variants(setting, loss, ridge), predicted.value, margin),
    )


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_law_of_training_margins(agree, loss: str) -> None:
    setting, ridge = setting_of(RANDOM), 0.006
    scales = sample_scales(setting)
    head = trained_head(setting.trained_by(loss, ridge))
    law = MarginLaw(scales, CONVEX_LOSSES[loss], head)
    agree(
        "heads-margins",
        setting={**setting.row, "loss": loss, "ridge": ridge, "margin": 0.9},
        predicted=Prediction(law.training(0.9), 1e-4, "fixed-point", "training margins below 0.9"),
        sampler=lambda rng, size: simulated_training(setting.trained_by(loss, ridge), rng=rng, size=size)[:, 3],
        bounds=(0.0, 1.0),
        margin=0.12,
        wrong_variants={"fresh margins": law.fresh(0.9)},
    )


@pytest.mark.parametrize("loss", ["squared", "hinge"])
def test_length_along_the_signal(agree, loss: str) -> None:
    setting, ridge = setting_of(RANDOM), 0.006
    head = trained_head(setting.trained_by(loss, ridge))
    agree(
        "heads-bias",
        setting={**setting.row, "loss": loss, "ridge": ridge},
        predicted=Prediction(head.along, 1e-4 * head.along, "fixed-point", "α"),
        sampler=lambda rng, size: simulated_training(setting.trained_by(loss, ridge), rng=rng, size=size)[:, 0],
        bounds=FiniteVariance(sd=0.2 * head.along),  # measured 0.06 of the mean; three times that is assumed
        margin=0.03,
        wrong_variants={"ridge x 5": trained_head(setting.trained_by(loss, 5 * ridge)).along},
    )


@pytest.mark.parametrize(
    "values",
    ["64 6 6 0 2 1 1.5 12", "64 6 6 0.3 2 1 1.5 12", "64 6 5 1.5 2 0.9 0 14", "12 2 7 0.7 1.4 0.8 2.6 24", "3 1 3 1.5 1 1 3 8"],
)
def test_probability_of_separability(agree, values: str) -> None:
    setting = setting_of(values)
    predicted = separability(setting)["probability"]
    margin = 0.06
    variants = separability_variants(setting) if setting.model.signal_norm else {"p = d": 0.5, "p = d - 2": 0.11328125}
    agree(
        "heads-separability",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: separable_draws(setting, rng=rng, size=size),
        bounds=Probability(),
        margin=margin,
        wrong_variants=detectable(variants, predicted.value, margin),
    )


def test_draws_do_not_depend_on_the_test_samples() -> None:
    setting = setting_of(CONSTANT)  # constant scales: the error given the head is one number
    first, second = (
        simulated_errors(setting.trained_by("hinge", 0.02), rng=np.random.default_rng(7), size=3, n_test=k) for k in (1, 5)
    )
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=0)
