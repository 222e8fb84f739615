"""Laws of estimates: the interval holds the truth, reaches its precision, and is reproducible."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulations.agreement import (
    Absolute,
    AgreementError,
    Asymptotic,
    DesignError,
    FiniteVariance,
    Probability,
    Relative,
    Run,
    SubGaussian,
    estimate,
)


def _beta(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.beta(2.2, 5.3, size)


@pytest.mark.parametrize("precision", [0.03, Absolute(0.004)])
def test_interval_reaches_its_precision_and_holds_the_mean(precision: Any) -> None:
    found = estimate(_beta, bounds=(0, 1), precision=precision)
    wanted = precision.value if isinstance(precision, Absolute) else precision * found.value
    assert found.reached
    assert (found.interval[1] - found.interval[0]) / 2 <= wanted
    assert found.interval[0] < 2.2 / 7.5 < found.interval[1]


def test_interval_misses_no_more_often_than_its_confidence_allows() -> None:
    found = [
        estimate(
            lambda rng, size: (rng.random(size) < 0.2).astype(float),
            bounds=Probability(),
            confidence=0.9,
            precision=0.15,
            run=Run(seed=seed),
        )
        for seed in range(200)
    ]
    missed = sum(not e.interval[0] < 0.2 < e.interval[1] for e in found)
    assert missed <= 0.1 * 200 + 4 * np.sqrt(200 * 0.09)


def test_estimate_does_not_depend_on_workers_and_depends_on_name_and_seed() -> None:
    first = estimate(_beta, bounds=(0, 1), precision=0.02)
    assert first == estimate(_beta, bounds=(0, 1), precision=0.02, workers=2)
    assert first != estimate(_beta, bounds=(0, 1), precision=0.02, name="other")
    assert first != estimate(_beta, bounds=(0, 1), precision=0.02, root_seed=5)


def test_parts_by_name_are_those_of_a_run() -> None:
    stated = estimate(_beta, bounds=(0, 1), precision=0.02, root_seed=5, workers=2, budget=300_000, largest_block=512)
    run = Run(seed=5).planning(budget=300_000, largest_block=512)
    assert stated == estimate(_beta, bounds=(0, 1), precision=Relative(0.02), run=run)


def test_budget_ends_an_estimate_and_strict_says_so() -> None:
    found = estimate(_beta, bounds=(0, 1), precision=0.001, budget=3000)
    assert not found.reached
    with pytest.raises(DesignError, match="after the budget of 3000 draws"):
        estimate(_beta, bounds=(0, 1), precision=0.001, budget=3000, strict=True)


def test_mean_zero_is_estimated_to_an_absolute_precision() -> None:
    found = estimate(lambda rng, size: rng.standard_normal(size), bounds=SubGaussian(1.0), precision=Absolute(0.05))
    assert found.interval[0] < 0.0 < found.interval[1]


@pytest.mark.parametrize("change", [{"confidence": 1.0}, {"precision": 0.0}, {"bounds": (1, 0)}])
def test_bad_use_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AgreementError):
        estimate(_beta, **({"bounds": (0, 1)} | change))


def test_rare_events_are_estimated_although_a_first_pilot_sees_none() -> None:
    found = estimate(
        lambda rng, size: (rng.random(size) < 0.0005).astype(float), bounds=Probability(), precision=0.25, confidence=0.99
    )
    assert found.reached
    assert found.interval[0] < 0.0005 < found.interval[1]


@pytest.mark.parametrize(("bounds", "factor"), [((0.0, 1.0), 1.75), (FiniteVariance(0.17), 3.2), (Asymptotic(), 1.75)])
def test_cost_of_an_estimate_is_near_that_of_an_interval_of_fixed_size(bounds: Any, factor: float) -> None:
    sd = np.sqrt(2.2 * 5.3 / (7.5**2 * 8.5))
    found = estimate(_beta, bounds=bounds, precision=Absolute(0.002))
    fixed = (3.29 * sd / 0.002) ** 2
    assert found.reached
    assert found.n_draws < factor * fixed  # Catoni's interval is rounded outwards to a grid around the pilot's mean
