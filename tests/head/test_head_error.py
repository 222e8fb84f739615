r"""Claims: the expected test error of a trained head is what the formulas say."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulations.agreement import Probability
from simulations.head import simulated_errors
from tests.head.wrong_variants import constant_scale_variants, detectable, finite_context_variants
from theory.head import ErrorLaw, alignment, error_with_intercept, exact_error, head_error
from theory.head.exact import mean_pooling_ratio
from theory.model import HeadSetting, Prediction, Prompt, head_setting

UNIT = (0.0, 1.0)


def setting_of(values: str) -> HeadSetting:
    r"""A setting written as `T m d W Q sigma tau n`."""
    t, m, d, w, q, sigma, tau, n = values.split()
    return head_setting(
        T=int(t),
        m=int(m),
        d=int(d),
        W=float(w),
        Q=float(q),
        sigma=float(sigma),
        tau=float(tau),
        n=math.inf if n == "inf" else int(n),
    )


SMALL = "20 4 10 1.1 1.2 0.8 0"
REFERENCE = "64 6 40 0.6 2 1"


@pytest.mark.parametrize("n", [3, 6, 8, 9, 10, 11, 14, 25, 70])
def test_mean_pooling_error_is_exact(agree, n: int) -> None:
    judge_exact(agree, setting_of(f"{SMALL} {n}"))


@pytest.mark.parametrize(
    "values", ["64 6 40 0.6 2 1.3 0 120", "64 6 40 0.9 2 1.3 0 39", "64 6 40 1.9 2 1.3 0 20", "30 5 3 0.7 1.4 0.9 0 13"]
)
def test_mean_pooling_error_is_exact_at_other_sizes(agree, values: str) -> None:
    judge_exact(agree, setting_of(values))


def judge_exact(agree, setting: HeadSetting, margin: float = 0.01) -> None:
    predicted = exact_error(setting)
    agree(
        "head-error-exact",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size),
        bounds=UNIT,
        margin=margin,
        wrong_variants=detectable(constant_scale_variants(setting), predicted.value, margin),
    )


@pytest.mark.parametrize("n", [4, 9, 30])
def test_averaging_error_is_exact(agree, n: int) -> None:
    setting = setting_of(f"{SMALL} {n}")
    predicted = exact_error(setting, "averaging")
    agree(
        "head-error-averaging",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size, rule="averaging"),
        bounds=UNIT,
        margin=0.01,
        wrong_variants=detectable(
            {"least squares": exact_error(setting).value, "n + 1": next_averaging(setting)}, predicted.value, 0.01
        ),
    )


def next_averaging(setting: HeadSetting) -> float:
    return exact_error(HeadSetting(model=setting.model, prompt=Prompt(0.0), n_samples=setting.n_samples + 1), "averaging").value


@pytest.mark.parametrize("n", [10, 12, 24])
def test_error_with_intercept_is_exact(agree, n: int) -> None:
    setting = setting_of(f"{SMALL} {n}")
    kappa, p = mean_pooling_ratio(setting), setting.n_features
    value, abs_error = error_with_intercept(kappa, n, p)
    agree(
        "head-error-intercept",
        setting=setting.row,
        predicted=Prediction(value, abs_error, "exact", "balanced labels"),
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size, rule="intercept"),
        bounds=UNIT,
        margin=0.01,
        wrong_variants=detectable({"without intercept": exact_error(setting).value}, value, 0.01),
    )


@pytest.mark.parametrize(("d", "n"), [(6, 17), (6, 6), (3, 7), (12, 40)])
def test_full_head_error_is_exact(agree, d: int, n: int) -> None:
    setting = head_setting(T=20, m=4, d=d, W=1.3, Q=0.9, sigma=1.1, tau=0, n=n, head="full")
    predicted = exact_error(setting)
    orthogonal = HeadSetting(model=setting.model, prompt=Prompt(0.0), n_samples=n)
    agree(
        "head-error-full",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size, n_test=8),
        bounds=UNIT,
        margin=0.015,
        wrong_variants=detectable({"orthogonal head": exact_error(orthogonal).value}, predicted.value, 0.015),
    )


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [6, 11, 25])
def test_law_of_the_conditional_error(agree, n: int, level: float) -> None:
    setting = setting_of(f"{SMALL} {n}")
    kappa = mean_pooling_ratio(setting)
    law = ErrorLaw(alignment(kappa, n, setting.n_features), kappa)
    quantile = law.quantile(level)
    other = ErrorLaw(alignment(kappa, n + 2, setting.n_features), kappa)

    def below(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return (simulated_errors(setting, rng=rng, size=size) <= quantile).astype(float)

    agree(
        "head-error-law",
        setting={**setting.row, "quantile": level},
        predicted=Prediction(level, 1e-9, "exact", "cdf"),
        sampler=below,
        bounds=Probability(),
        margin=0.1 if level < 0.5 else 0.03,
        wrong_variants=detectable({"n + 2": other.cdf(quantile)}, level, 0.1 if level < 0.5 else 0.03),
    )


@pytest.mark.parametrize("tau", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_reference_setting_within_one_percent(agree, tau: float) -> None:
    judge_finite_context(agree, setting_of(f"{REFERENCE} {tau} 120"), 0.01)


GRID = (
    f"{REFERENCE} 1.5 20",
    f"{REFERENCE} 1.5 39",
    f"{REFERENCE} 1.5 45",
    "8 1 5 1.1 1.2 0.8 1.2 30",
    "16 3 10 1.5 1.5 1 1.2 30",
    "20 4 10 0.7 1.2 0.8 1.3 30",
    "400 40 21 0.5 1 1 1 60",
    "30 5 8 0.8 1.4 0.9 1.1 inf",
)


@pytest.mark.parametrize("setting", [*map(setting_of, GRID)], ids=GRID)
def test_finite_context_error(agree, setting: HeadSetting) -> None:
    judge_finite_context(agree, setting, 0.03)


def test_finite_context_error_of_ten_thousand_tokens(agree) -> None:
    judge_finite_context(agree, setting_of("10000 300 12 0.1 1.2 0.8 1.2 20"), 0.045)


def judge_finite_context(agree, setting: HeadSetting, margin: float) -> None:
    predicted = head_error(setting)
    tight = max(margin / 2, 0.6 / setting.n_samples)  # what the finite-sample term leaves is about 0.2/n, relative
    agree(
        "head-error",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size),
        bounds=UNIT,
        margin={"quick": margin, "paper": tight, "deep": tight},
        wrong_variants=detectable(finite_context_variants(setting), predicted.value, margin),
    )
