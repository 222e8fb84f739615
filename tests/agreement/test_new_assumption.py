"""An assumption that the package does not know is one class: it is judged, designed, estimated and tabled like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from simulations.agreement import (
    Absolute,
    AgreementError,
    Assumption,
    DesignError,
    Run,
    Verdict,
    estimate,
    judge,
    required_draws,
    smallest_detectable,
)
from simulations.agreement.intervals import Array, ConfidenceSequence, SubGaussianMixture
from simulations.agreement.tables import csv_table, latex_table, markdown_table

MEAN = 0.31
RATES = {"false_alarm": 1e-9, "miss_rate": 1e-3}


@dataclass(frozen=True)
class Hoeffding(Assumption):
    """Draws in an interval of stated length, of which Hoeffding's lemma alone is used."""

    start: float
    length: float

    fixes_spread = True

    @property
    def label(self) -> str:
        return "Hoeffding's lemma"

    @property
    def limits(self) -> tuple[float, float]:
        return self.start, self.start + self.length

    def largest_sd(self, predicted: float, margin: float) -> float:
        return self.length / 2

    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        return SubGaussianMixture(sd=self.length / 2, center=center, target=target, alpha=alpha)


LAW = Hoeffding(-0.5, 2.0)


def _judged(**change: Any) -> Verdict:
    statement = {"predicted": MEAN, "bounds": LAW, "margin": Absolute(0.06), "sampler": _draws, "wrong_variants": {"half": 0.5}}
    return judge("toy", setting={"a": 3.1, "b": 6.9}, **(statement | change))


def _draws(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.beta(3.1, 6.9, size)


def test_new_assumption_is_judged() -> None:
    true, false = _judged(), _judged(predicted=0.5, wrong_variants=None)
    assert (true.verdict, true.armed, true.method) == ("agrees", True, "Hoeffding's lemma")
    assert false.verdict == "disagrees"
    assert true.draws <= true.planned


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicted": 1.7}, r"predicted must lie within the stated bounds \[-0.5, 1.5\]"),
        ({"sampler": lambda rng, size: 3 * rng.random(size)}, r"draws must be within the stated bounds \[-0.5, 1.5\]"),
        ({"sampler": lambda rng, size: 0.2 + 0 * rng.random(size), "predicted": 0.2, "wrong_variants": {}}, "draws are constant"),
    ],
)
def test_new_assumption_states_its_own_limits(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AgreementError, match=message):
        _judged(**change)


def test_new_assumption_is_designed_before_a_draw() -> None:
    stated: dict[str, Any] = {"margin": 0.06, "sd": 1.0, "assumption": LAW, "predicted": MEAN} | RATES
    planned = required_draws(**stated)
    assert planned == _judged().planned
    assert smallest_detectable(planned, **stated) == pytest.approx(0.06, rel=0.1)
    with pytest.raises(DesignError, match="budget of 5000"):
        _judged(sampler=lambda rng, size: 1 / 0, run=Run().planning(budget=5000))


def test_new_assumption_is_estimated() -> None:
    found = estimate(_draws, bounds=LAW, precision=Absolute(0.05))
    assert found.reached
    assert found.interval[0] < MEAN < found.interval[1]
    assert found.method == "Hoeffding's lemma"


def test_new_assumption_is_named_in_every_table() -> None:
    rows = [_judged()]
    for written in (csv_table(rows), markdown_table(rows), latex_table(rows)):
        assert "Hoeffding's lemma" in written
