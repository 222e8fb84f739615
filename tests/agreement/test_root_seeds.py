"""A different root seed changes rows, never verdicts: 200 seeds of a small quick suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulations.agreement import FiniteVariance, Probability, Run, SubGaussian, judge

SUITE: dict[str, tuple[dict[str, Any], str]] = {
    "bounded": ({"predicted": 0.3, "bounds": (0, 1), "sampler": lambda rng, size: rng.beta(3, 7, size)}, "agrees"),
    "probability": (
        {"predicted": 0.4, "bounds": Probability(), "sampler": lambda rng, size: 1.0 * (rng.random(size) < 0.4)},
        "agrees",
    ),
    "normal": (
        {"predicted": 2.0, "bounds": SubGaussian(1.3), "sampler": lambda rng, size: rng.normal(2.0, 1.3, size)},
        "agrees",
    ),
    "heavy": (
        {"predicted": 2.0, "bounds": FiniteVariance(1.0), "sampler": lambda rng, size: 1.0 + rng.standard_exponential(size)},
        "agrees",
    ),
    "wrong": ({"predicted": 0.6, "bounds": (0, 1), "sampler": lambda rng, size: rng.beta(3, 7, size)}, "disagrees"),
}


@pytest.mark.parametrize("name", SUITE)
def test_verdicts_are_the_same_at_200_seeds(name: str) -> None:
    statement, expected = SUITE[name]
    judged: Callable[..., Any] = judge
    verdicts = [judged(name, setting={}, margin=0.2, run=Run(seed=seed), **statement) for seed in range(200)]
    assert {v.verdict for v in verdicts} == {expected}
    assert len({v.simulated for v in verdicts}) > 100
