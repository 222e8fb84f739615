"""The benchmark simulates the engine's own verdicts, and they keep their rates."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from simulations.agreement import Bounded, Rates, Run, judge
from simulations.engine import canonical, stream

ROOT = Path(__file__).parents[2]


def test_simulated_verdict_is_the_verdict_of_judge_on_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from tests.benchmarks.laws import Law
    from tests.benchmarks.verdicts import outcomes

    for r in range(6):
        blocks = iter(range(10**6))

        def summaries(rng, size, sequence, blocks=blocks, r=r):  # type: ignore[no-untyped-def]  # follows tests.benchmarks.laws
            own = stream(2023, "same", canonical({"r": r}), next(blocks))
            return sequence.summary(own.beta(2.0, 5.0, size)[:, None])

        law = Law("beta", Bounded(0.0, 1.0), 2 / 7, float(np.sqrt(10 / (49 * 8))), 0.02, summaries)
        simulated = outcomes(law, offset=0.0, alpha=1e-4, beta=0.01, replications=1, rng=np.random.default_rng(0))
        verdict = judge(
            "same",
            setting={"r": r},
            predicted=2 / 7,
            sampler=lambda rng, size: rng.beta(2.0, 5.0, size),
            bounds=(0, 1),
            margin=0.07,
            run=Run(rates=Rates(1e-4, 0.01)),
        )
        assert bool(simulated.agrees[0]) == (verdict.verdict == "agrees")
        assert int(simulated.draws[0]) == verdict.draws


def test_written_results_keep_their_stated_rates() -> None:
    with (ROOT / "tests" / "benchmarks" / "results" / "verdicts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["law"] for row in rows}) >= 6
    for row in rows:
        assert int(row["verdicts"]) >= 20000
        assert float(row["measured false"]) <= float(row["false alarm"])
        assert float(row["measured miss"]) <= float(row["miss"])
        assert float(row["not caught"]) <= float(row["miss"])


def test_rates_hold_in_a_small_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from tests.benchmarks.laws import LAWS
    from tests.benchmarks.verdicts import outcomes

    law, alpha, beta, replications = LAWS[6], 0.05, 0.1, 2000
    assert law.name == "Gaussian"
    rates = {"alpha": alpha, "beta": beta, "replications": replications}
    edge = outcomes(law, offset=law.margin, rng=np.random.default_rng(1), **rates)
    equal = outcomes(law, offset=0.0, rng=np.random.default_rng(2), **rates)
    assert np.mean(edge.agrees | edge.disagrees) <= alpha + 4 * np.sqrt(alpha / replications)
    assert np.mean(~equal.agrees) <= beta + 4 * np.sqrt(beta / replications)
