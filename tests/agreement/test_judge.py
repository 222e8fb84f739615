"""Laws of the verdict: what is reported as agreeing, disagreeing, undecided, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulations.agreement import (
    Absolute,
    AgreementError,
    DesignError,
    FiniteVariance,
    Probability,
    Rates,
    Relative,
    Run,
    SubGaussian,
    judge,
)

A, B = 3.3, 7.1
MEAN = A / (A + B)


def _beta(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.beta(A, B, size)


def _never(rng: np.random.Generator, size: int) -> np.ndarray:
    return 1.0 * (rng.random(size) < 0.0)


def _judged(**change: Any) -> Any:
    statement: dict[str, Any] = {
        "setting": {"a": A, "b": B},
        "predicted": MEAN,
        "sampler": _beta,
        "bounds": (0.0, 1.0),
        "margin": 0.04,
    }
    run = {name: change.pop(name) for name in ("seed", "effort", "workers", "rates") if name in change}
    plan = {name: change.pop(name) for name in ("budget", "expected_sd") if name in change}
    return judge("beta-mean", **(statement | change), run=Run(**run).planning(**plan))


def test_true_prediction_agrees_within_its_margin() -> None:
    verdict = _judged()
    assert verdict.verdict == "agrees"
    assert verdict.predicted - verdict.margin < verdict.low < MEAN < verdict.high < verdict.predicted + verdict.margin


def test_false_prediction_disagrees() -> None:
    verdict = _judged(predicted=MEAN * 1.15)
    assert verdict.verdict == "disagrees"
    assert verdict.high < verdict.predicted - verdict.margin


def test_prediction_on_the_edge_of_its_margin_is_never_called_agreement() -> None:
    verdict = _judged(predicted=MEAN / 0.96, budget=60000)
    assert verdict.verdict == "undecided"
    assert not verdict.passed


def test_numerical_error_of_the_prediction_shrinks_the_margin() -> None:
    sharp, blurred = (_judged(predicted=SimpleNamespace(value=MEAN, abs_error=e, formula="mean")) for e in (0.0, 0.02 * MEAN))
    assert blurred.verdict == sharp.verdict == "agrees"
    assert blurred.draws > 3 * sharp.draws
    assert blurred.formula == "mean"


def test_wrong_variants_arm_the_claim() -> None:
    verdict = _judged(wrong_variants={"a / b": A / B, "a / (a + b - 1)": A / (A + B - 1)})
    assert verdict.variants == {"a / b": True, "a / (a + b - 1)": True}
    assert verdict.armed is True


def test_variant_that_is_true_is_not_rejected() -> None:
    verdict = _judged(predicted=MEAN * 1.15, wrong_variants={"the truth": MEAN, "far": 0.8})
    assert verdict.variants == {"the truth": False, "far": True}
    assert verdict.armed is False
    assert not verdict.passed


def test_verdict_does_not_depend_on_workers() -> None:
    assert _judged(workers=1) == _judged(workers=2)


def test_other_root_seed_changes_the_draws_not_the_verdict() -> None:
    first, second = _judged(), _judged(seed=9)
    assert first.simulated != second.simulated
    assert first.verdict == second.verdict


def test_smaller_margin_at_higher_effort() -> None:
    assert _judged(effort="paper").margin == pytest.approx(_judged().margin / 2)
    assert _judged(effort="paper", margin={"paper": 0.03}).margin == pytest.approx(0.03 * MEAN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margin": 0.0}, "margin must be a positive"),
        ({"margin": Absolute(float("nan"))}, "margin must be a positive"),
        ({"predicted": 0.0, "margin": Relative(0.1)}, "relative margin needs a prediction other than 0"),
        ({"predicted": float("nan")}, "predicted must be finite"),
        ({"predicted": 1.2}, "within the stated bounds"),
        ({"bounds": (1.0, 0.0)}, "lower < upper"),
        ({"bounds": "unit"}, "bounds must be"),
        ({"sampler": lambda rng, size: np.where(rng.random(size) < 0.5, np.nan, 0.3)}, "draws must be finite"),
        ({"sampler": lambda rng, size: rng.random((size, 2))}, "sampler must return shape"),
        ({"sampler": lambda rng, size: 1.5 * rng.random(size)}, "within the stated bounds"),
        ({"sampler": lambda rng, size: MEAN + 0.0 * rng.random(size)}, "draws are constant"),
        ({"sampler": lambda rng, size: 0.0 * rng.random(size)}, "draws are constant"),
        ({"sampler": lambda rng, size: np.random.default_rng(3).random(size)}, "does not use the generator"),
        ({"predicted": SimpleNamespace(value=MEAN, abs_error=0.1)}, "abs_error of the prediction"),
        ({"wrong_variants": {"close": MEAN * 1.01}}, "within its margin"),
        ({"effort": "huge"}, "effort must be one of"),
        ({"workers": 0}, "workers must be an integer >= 1"),
        ({"seed": -1}, "seed must be an integer >= 0"),
        ({"setting": {"a": [1, 2]}}, "setting a must be"),
    ],
)
def test_bad_use_fails_loudly(change: dict[str, Any], message: str) -> None:
    with pytest.raises((AgreementError, TypeError), match=message):
        _judged(**change)


def test_generator_shared_between_claims_is_refused() -> None:
    shared = np.random.default_rng(5)
    with pytest.raises(AgreementError, match="not reproducible"):
        _judged(sampler=lambda rng, size: 0.5 * (rng.random(size) + shared.random(size)))


def test_design_is_refused_before_a_single_draw() -> None:
    drawn = []

    def sampler(rng: np.random.Generator, size: int) -> np.ndarray:
        drawn.append(size)
        return _beta(rng, size)

    with pytest.raises(DesignError, match=r"needs about \d+ draws .* more than the budget of 5000"):
        _judged(sampler=sampler, margin=0.01, budget=5000, expected_sd=0.14)
    assert drawn == []


@pytest.mark.parametrize("bounds", [Probability(), SubGaussian(0.3), FiniteVariance(0.4)])
def test_design_is_known_before_a_draw_where_the_assumption_fixes_the_spread(bounds: Any) -> None:
    with pytest.raises(DesignError, match="budget of 5000"):
        _judged(bounds=bounds, margin=0.01, budget=5000, sampler=lambda rng, size: 1 / 0)


def test_perfect_predictions_agree_with_draws_that_are_all_zero() -> None:
    verdict = _judged(predicted=0.0, bounds=Probability(), margin=Absolute(0.01), sampler=_never)
    assert verdict.verdict == "agrees"
    assert verdict.low == 0.0 < verdict.high <= 0.01


@pytest.mark.parametrize("margin", [0.2, 0.5, 0.9])
def test_rare_events_that_the_first_draws_miss_do_not_ruin_the_bets(margin: float) -> None:
    verdicts = [
        _judged(
            predicted=0.02,
            sampler=lambda rng, size: 1.0 * (rng.random(size) < 0.02),
            margin=margin,
            seed=seed,
            rates=Rates(1e-5),
        )
        for seed in range(60)
    ]
    assert {v.verdict for v in verdicts} == {"agrees"}


def test_few_draws_with_large_stakes_settle_a_wide_margin() -> None:
    verdict = _judged(margin=0.4)
    assert verdict.verdict == "agrees"
    assert verdict.draws <= 640


def test_longer_patience_than_the_plan_is_bounded() -> None:
    verdict = _judged(predicted=MEAN / 0.96)
    assert verdict.verdict == "undecided"
    assert 2 * verdict.planned <= verdict.draws < 2.2 * verdict.planned
    assert "planned" in verdict.sentence()


def test_design_without_a_stated_spread_is_refused_after_the_first_block() -> None:
    with pytest.raises(DesignError, match="budget of 5000"):
        _judged(margin=0.001, budget=5000)
