r"""Predicted and measured accuracy on real data: ``python -m benchmarks.real`` (about ten minutes of one core).

Writes `real-predictions.csv` and `real-strength.csv` in `benchmarks/results`, which docs/real_prediction.md shows. A prediction
is made from the pool of a split, the measurement on its test samples; no item is in both.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulations.real import Task, image_task, movie_task
from simulations.real.learners import LabelledPool, Lesson, Setting, accuracy
from simulations.real.learners.pooled import known_prompt, mean_pooling, on_features, softmax, uniform
from simulations.real.margins import estimated_margins
from simulations.real.moments import estimated_moments
from simulations.real.study import Study
from simulations.real.summary import mean_interval, verdict
from theory.real import (
    Margins,
    TokenMoments,
    effective_ratio,
    error_of_margins,
    error_of_random_labels,
    mean_pooled_contrast,
    optimal_strength,
)

__all__ = ["judged", "main", "predictions", "strengths"]

Array = NDArray[np.float64]

RESULTS = Path(__file__).parent / "results"
SIZES = (100, 300, 1000)
STRENGTHS = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
TASKS: dict[str, Callable[[], Task]] = {
    "movie": lambda: movie_task(3),
    "mnist": lambda: image_task("mnist"),
    "contrast": lambda: image_task("mnist", encoding="contrast"),
    "fashion": lambda: image_task("fashion"),
}
TOLERANCE = 0.02


def predictions(study: Study) -> pd.DataFrame:
    r"""For every split, n and method: accuracy predicted by the Gaussian law and by the law of real margins, and measured."""
    rows = []
    for index in range(study.splits):
        split = study.split(index)
        pool = LabelledPool(split.pool)
        moments = TokenMoments(*estimated_moments(split.pool))
        prompt = pool.relevance_direction
        methods = (
            ("mean pooling", mean_pooled_contrast(moments).mahalanobis_ratio, uniform, (mean_pooling, 0.0)),
            ("known prompt", effective_ratio(moments, prompt).value, softmax(prompt), (known_prompt, 1.0)),
        )
        for method, kappa, weights, (fit, strength) in methods:
            features = on_features(weights, split.pool)
            margins = Margins(*estimated_margins(features, split.pool.labels))
            for n in study.sizes:
                classifier = fit(Lesson(split.train.first(n), pool), Setting(0.0, strength))
                gaussian, conditional = _predicted(kappa, n, study.task.dim, moments.label_prior, margins)
                measured = accuracy(classifier, split.test)
                rows.append((study.task.name, method, n, index, kappa, gaussian, conditional, measured))
    return pd.DataFrame(rows, columns=["task", "method", "n", "split", "kappa", "gaussian", "conditional", "measured"])


def judged(frame: pd.DataFrame, tolerance: float = TOLERANCE, confidence: float = 0.95) -> pd.DataFrame:
    r"""Means over splits, paired deviations with intervals, and whether a deviation is within the tolerance (or undecided)."""
    rows = []
    for (task, method, n), group in frame.groupby(["task", "method", "n"], sort=False):
        row = {"task": task, "method": method, "n": n, "splits": len(group)}
        row |= {name: group[name].mean() for name in ("kappa", "measured")}
        for law in ("gaussian", "conditional"):
            mean, low, high = mean_interval(group[law] - group["measured"], confidence)
            row |= {law: group[law].mean(), f"{law} deviation": mean, f"{law} low": low, f"{law} high": high}
            row[f"{law} within"] = _within(low, high, tolerance)
        rows.append(row)
    return pd.DataFrame(rows)


def strengths(study: Study, multiples: Sequence[float] = STRENGTHS) -> pd.DataFrame:
    r"""Known prompt at several strengths and the largest n, and at the best strength by theory: predicted and measured."""
    n, rows = max(study.sizes), []
    for index in range(study.splits):
        split = study.split(index)
        pool = LabelledPool(split.pool)
        moments, prompt = TokenMoments(*estimated_moments(split.pool)), pool.relevance_direction
        best = optimal_strength(moments, prompt, largest=max(multiples)).value
        for multiple in (*multiples, best):
            kappa = effective_ratio(moments, multiple * prompt).value
            predicted = 1 - error_of_random_labels(kappa, n, study.task.dim, moments.label_prior).value
            measured = accuracy(known_prompt(Lesson(split.train.first(n), pool), Setting(0.0, multiple)), split.test)
            strength = "optimal" if multiple == best else f"{multiple:g}"
            rows.append((study.task.name, n, index, strength, multiple, predicted, measured))
    return pd.DataFrame(rows, columns=["task", "n", "split", "strength", "multiple", "gaussian", "measured"])


def main(arguments: Sequence[str] | None = None) -> None:
    r"""Measure, predict, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    frames, sweeps = [], []
    for name in options.tasks:
        started = time.process_time()
        study = Study(TASKS[name](), SIZES, learners=("mean-pooling-ls", "known-prompt-ls"), splits=options.splits)
        frames.append(judged(predictions(study)))
        sweeps.append(_swept(strengths(study)))
        print(f"{study.task.name}: {time.process_time() - started:.0f} s of one core")
        for file, parts in (("real-predictions", frames), ("real-strength", sweeps)):
            pd.concat(parts, ignore_index=True).to_csv(options.results / f"{file}.csv", index=False, float_format="%.6g")


def _predicted(kappa: float, n: int, dim: int, prior: float, margins: Margins) -> tuple[float, float]:
    return 1 - error_of_random_labels(kappa, n, dim, prior).value, 1 - error_of_margins(kappa, n, dim, margins).value


def _swept(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (task, n, strength), group in frame.groupby(["task", "n", "strength"], sort=False):
        deviation = mean_interval(group["gaussian"] - group["measured"])
        rows.append((task, n, strength, *group[["multiple", "gaussian", "measured"]].mean(), *deviation))
    return pd.DataFrame(rows, columns=["task", "n", "strength", "multiple", "gaussian", "measured", "deviation", "low", "high"])


def _within(low: float, high: float, tolerance: float) -> str:
    if low > tolerance or high < -tolerance:
        return "no"
    return "yes" if verdict(low, high, -tolerance) == "yes" and verdict(low, high, tolerance) == "no" else "undecided"


if __name__ == "__main__":
    main()
