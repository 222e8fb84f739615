r"""Measured error rates and cost of the verdicts: ``python -m tests.benchmarks.verdicts`` (a few minutes on two cores).

Writes `tests/benchmarks/results/verdicts.md` and `.csv`, which the chapter on agreement shows.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.special import ndtr, ndtri

from simulations.agreement import Asymptotic, Bounded, Probability, required_draws, smallest_detectable
from simulations.agreement.intervals import Band, planned_band_draws, uniform_band
from simulations.engine import block_sizes, stream
from tests.benchmarks.laws import LAWS, Array, Law

__all__ = ["Outcome", "dkwm_draws", "mcunit_draws", "outcomes", "z_test_draws"]

SCENES = ("equal", "edge", "caught")  # true prediction; off by the margin; off by what should be caught
DISTANCE = 0.12  # margin of the distribution claim
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Outcome:
    """What many simulated verdicts said: one entry for each replication."""

    agrees: np.ndarray
    disagrees: np.ndarray
    rejected: np.ndarray
    draws: np.ndarray


def outcomes(
    law: Law, *, offset: float, alpha: float, beta: float, replications: int, rng: np.random.Generator, first: int = 128
) -> Outcome:
    r"""Verdicts of the engine on predictions that are off by ±offset, with its own schedule, stopping and cap."""
    m = law.mean + offset * np.where(np.arange(replications) % 2, 1.0, -1.0)
    # a prediction that is stated but leaves its bounds is refused by the engine; mirror it to the allowed side
    if isinstance(law.assumption, (Bounded, Probability)):
        left, right = (law.assumption.lower, law.assumption.upper) if isinstance(law.assumption, Bounded) else (0.0, 1.0)
        m = np.where((m < left) | (m > right), 2 * law.mean - m, m)
    sequence = law.assumption.sequence(center=m, target=np.asarray(law.margin), alpha=alpha)
    plan = _interpolated_plan(law, alpha, beta)
    alive = np.arange(replications)
    found = Outcome(*(np.zeros(replications, dtype=kind) for kind in (bool, bool, bool, int)))
    for _, size in block_sizes(first=first):
        sequence.update(law.summaries(rng, size, sequence), size)
        low, high, m = sequence.low, sequence.high, sequence.center
        agrees = (low >= m - law.margin) & (high <= m + law.margin)
        disagrees = (low > m + law.margin) | (high < m - law.margin)
        sd = np.sqrt(sequence.variance())
        known = not isinstance(law.assumption, (Bounded, Asymptotic))
        cap = 2.0 * plan(np.where((sd > 0) & ~np.array(known), sd, min(law.assumption.largest_sd(law.mean, law.margin), 1e9)))
        stop = agrees | disagrees | (sequence.n >= cap)
        ended = alive[stop]
        found.agrees[ended], found.disagrees[ended] = agrees[stop], disagrees[stop]
        found.rejected[ended] = (((m < low) | (m > high)) & ~agrees)[stop]
        found.draws[ended] = sequence.n
        alive = alive[~stop]
        if not len(alive):
            return found
        for name, value in vars(sequence).items():
            if isinstance(value, np.ndarray) and value.ndim and value.shape[-1] == len(stop):
                setattr(sequence, name, value[..., ~stop])
    raise AssertionError("the schedule is endless")


def band_outcomes(
    margin: float, *, offset: float, alpha: float, beta: float, replications: int, rng: np.random.Generator
) -> Outcome:
    r"""Verdicts on the uniform law when the draws follow a law whose F(x) − x is largest at 1/2, by `offset`."""
    planned = planned_band_draws(margin, false_alarm=alpha, miss_rate=beta)
    found = Outcome(*(np.zeros(replications, dtype=kind) for kind in (bool, bool, bool, int)))
    alive, draws = np.arange(replications), np.empty((replications, 0))
    for (_, size), band in Band(planned, alpha).epochs(1 << 30, 2 * planned + 1):
        u = rng.random((len(alive), size))
        x = np.where(u < 0.5 + offset, u / (1 + 2 * offset), 1 - (1 - u) / (1 - 2 * offset))
        draws = np.sort(np.concatenate([draws, x], axis=1))
        n = draws.shape[1]
        grid = np.arange(1, n + 1) / n
        distance = np.maximum((grid - draws).max(axis=1), (draws - grid + 1 / n).max(axis=1))
        assert band is not None
        agrees, disagrees = distance + band <= margin, distance - band > margin
        stop = agrees | disagrees
        found.agrees[alive], found.disagrees[alive], found.draws[alive] = agrees, disagrees, n
        found.rejected[alive] = (distance > band) & ~agrees
        alive, draws = alive[~stop], draws[~stop]
    return found


def z_test_draws(law: Law, alpha: float, beta: float) -> float:
    r"""n = ((z_{α/2} + z_{β/2}) sd/δ)²: an equivalence z-test of fixed size that is told the true variance."""
    return float(((ndtri(alpha / 2) + ndtri(beta / 2)) * law.sd / law.margin) ** 2)


def dkwm_draws(law: Law, alpha: float, beta: float) -> float:
    r"""n = (range·(√(log(2/α)/2) + √(log(2/β)/2))/δ)²: TensorFlow Probability's design of its DKWM test of a mean."""
    if not isinstance(law.assumption, (Bounded, Probability)):
        return math.nan
    span = law.assumption.upper - law.assumption.lower if isinstance(law.assumption, Bounded) else 1.0
    reach = math.sqrt(math.log(2 / alpha) / 2) + math.sqrt(math.log(2 / beta) / 2)
    return (span * reach / law.margin) ** 2


def mcunit_draws(law: Law, alpha: float, beta: float, stages: int = 7, growth: float = 4.0) -> float:
    r"""Mean draws of mcunit's sequential rule on a true prediction, at the same two error rates.

    Stage j rejects at p <= b_j, accepts at p > g + b_j, else draws afresh; b_1 = level/7, g = b_1^(1/7),
    b_{j+1} = b_j/g, sizes n, 4n, 4n, .... Its level is our β (red although true); n is the smallest first size at
    which a deviation of δ stays undetected with probability at most our α, in the Gaussian limit.
    """
    first = beta / stages
    g = first ** (1 / stages)

    def run(n: float, deviation: float) -> tuple[float, float]:
        undetected, reach, drawn, b = 0.0, 1.0, 0.0, first
        for j in range(stages):
            size = n if j == 0 else growth * n
            drawn += reach * size
            shift = deviation * math.sqrt(size)
            reject = _two_sided(b, shift)
            accept = 1.0 - _two_sided(min(g + b, 1.0), shift)
            undetected += reach * accept
            reach *= max(1.0 - reject - accept, 0.0)
            b /= g
        return undetected + reach, drawn

    low, high = 1e-2, 1e4
    for _ in range(80):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if run(middle, 1.0)[0] > alpha else (low, middle)
    return run(high, 0.0)[1] * (law.sd / law.margin) ** 2


def _two_sided(level: float, shift: float) -> float:
    z = -float(ndtri(level / 2)) if level < 1.0 else 0.0
    return float(ndtr(shift - z) + ndtr(-shift - z))


def _interpolated_plan(law: Law, alpha: float, beta: float) -> Callable[[Array], Array]:
    sds = law.sd * np.geomspace(0.01, 100.0, 400)
    plan = [
        required_draws(margin=law.margin, sd=sd, assumption=law.assumption, predicted=law.mean, false_alarm=alpha, miss_rate=beta)
        for sd in sds
    ]
    return lambda sd: np.exp(np.interp(np.log(sd), np.log(sds), np.log(plan)))


def _measured(law: Law | None, scene: str, *, alpha: float, beta: float, replications: int, part: int, seed: int) -> Outcome:
    rng = stream(seed, "verdicts", "law" if law is None else f"{law.name} {law.assumption}", scene, part)
    if law is None:
        planned = planned_band_draws(DISTANCE, false_alarm=alpha, miss_rate=beta)
        reach = uniform_band(planned, 0.1 * alpha) + math.sqrt(math.log(2 / beta) / (2 * planned))
        offset = {"equal": 0.0, "edge": DISTANCE, "caught": max(DISTANCE, reach)}[scene]
        return band_outcomes(DISTANCE, offset=offset, alpha=alpha, beta=beta, replications=replications, rng=rng)
    rates = {"margin": law.margin, "sd": law.sd, "predicted": law.mean, "false_alarm": alpha, "miss_rate": beta}
    planned = required_draws(assumption=law.assumption, **rates)
    caught = smallest_detectable(planned, assumption=law.assumption, **rates)
    offset = {"equal": 0.0, "edge": law.margin, "caught": caught}[scene]
    return outcomes(law, offset=offset, alpha=alpha, beta=beta, replications=replications, rng=rng)


def _row(law: Law | None, alpha: float, beta: float, parts: dict[str, list[Outcome]]) -> dict[str, object]:
    joined = {
        scene: Outcome(*(np.concatenate(part) for part in zip(*(astuple(o) for o in found), strict=True)))
        for scene, found in parts.items()
    }
    edge, equal, caught = joined["edge"], joined["equal"], joined["caught"]
    row: dict[str, object] = {
        "law": "uniform (its distribution function)" if law is None else law.name,
        "method": "law, DKW band" if law is None else law.assumption.label,
        "verdicts": len(equal.draws),
        "false alarm": alpha,
        "measured false": float(np.mean(edge.agrees | edge.disagrees)),
        "miss": beta,
        "measured miss": float(np.mean(~equal.agrees)),
        "not caught": float(np.mean(~caught.rejected)),
        "draws, mean": float(equal.draws.mean()),
    }
    if law is None:
        reach = math.sqrt(math.log(2 / alpha) / 2) + math.sqrt(math.log(2 / beta) / 2)
        return row | {"z-test": math.nan, "DKWM": (reach / DISTANCE) ** 2, "mcunit": math.nan}
    return row | {
        "z-test": z_test_draws(law, alpha, beta),
        "DKWM": dkwm_draws(law, alpha, beta),
        "mcunit": mcunit_draws(law, alpha, beta),
    }


def _table(rows: list[dict[str, object]]) -> str:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return "—" if math.isnan(value) else f"{value:.4g}" if value < 1 else f"{value:.0f}"
        return str(value)

    lines = [list(rows[0]), [":--"] * len(rows[0]), *([cell(v) for v in row.values()] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.verdicts", description=__doc__)
    parser.add_argument("--replications", type=int, default=20000, help="simulated verdicts per law and scene")
    parser.add_argument("--false-alarm", type=float, default=0.01)
    parser.add_argument("--miss-rate", type=float, default=0.05)
    parser.add_argument("--root-seed", type=int, default=2023)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS / "verdicts")
    options = parser.parse_args(arguments)
    alpha, beta, parts = options.false_alarm, options.miss_rate, max(1, options.replications // 1000)
    tasks = [(law, scene, part) for law in (*LAWS, None) for scene in SCENES for part in range(parts)]
    each = -(-options.replications // parts)
    measured = partial(_measured, alpha=alpha, beta=beta, seed=options.root_seed, replications=each)
    found = Parallel(n_jobs=options.workers)(delayed(measured)(law, scene, part=part) for law, scene, part in tasks)
    rows = []
    for law in (*LAWS, None):
        scenes = {
            scene: [o for (other, s, _), o in zip(tasks, found, strict=True) if other is law and s == scene] for scene in SCENES
        }
        rows.append(_row(law, alpha, beta, scenes))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.with_suffix(".md").write_text(_table(rows), encoding="utf-8")
    with options.output.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(_table(rows), end="")


if __name__ == "__main__":
    main()
