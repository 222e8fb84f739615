r"""Predicted and measured accuracy on real data: ``python -m tests.benchmarks.real`` (22 minutes of one core).

Writes `real-predictions.csv`, `real-strength.csv` and `real-surrogates.csv` in `tests/benchmarks/results`, which
docs/real_prediction.md shows. A prediction is made from the pool of a split, the measurement on its test samples; no item is in
both.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulations.engine import stream
from simulations.real import ImageTask, RealSplit, Task, image_task, movie_task
from simulations.real.estimates import directions_by_kurtosis, estimated_contrast, estimated_margins, estimated_moments
from simulations.real.learners import (
    LabelledPool,
    Lesson,
    Setting,
    accuracy,
    known_prompt,
    least_squares_head,
    mean_pooling,
    on_features,
    softmax,
    uniform,
)
from simulations.real.study import Study, mean_interval, verdict
from simulations.real.tasks import Surrogates
from theory.real import (
    Contrast,
    Margins,
    TokenMoments,
    attended_contrast,
    effective_ratio,
    error_of_margins,
    error_of_random_labels,
    mean_pooled_contrast,
    optimal_strength,
)

__all__ = ["LAWS", "explanations", "judged", "main", "predictions", "strengths"]

Array = NDArray[np.float64]

RESULTS = Path(__file__).parent / "results"
SIZES = (100, 300, 1000)
STRENGTHS = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
TASKS: dict[str, Callable[[], Task]] = {
    "movie": lambda: movie_task(3),
    "mnist": lambda: image_task("mnist"),
    "contrast": lambda: image_task("mnist", encoding="contrast"),
    "fashion": lambda: image_task("fashion"),
    "partial": lambda: image_task("mnist", n_tiles=9, relevant=3, layout="partial"),
    "embedded": lambda: image_task("mnist", n_tiles=16, relevant=4, layout="embedded"),
    "learnt": lambda: image_task("mnist", encoding="learnt"),
}
LAWS = ("tokens", "features", "margins")
r"""Gaussian tokens; Gaussian features; Gaussian directions only, the margins being those of real samples."""
TOLERANCE = 0.02
SMALLEST_DIM = 3  # of the law
RARE = 6.0
r"""A direction is rare if its kurtosis is above: twice that of a Gaussian one."""


def predictions(study: Study) -> pd.DataFrame:
    r"""For every split, n and method: accuracy predicted by each of `LAWS`, and measured."""
    rows = []
    for index in range(study.splits):
        split = study.split(index)
        pool = LabelledPool(split.pool)
        moments = TokenMoments(*estimated_moments(split.pool))
        prompt = pool.relevance_direction
        apart = replace(moments, relevant_shared=None, irrelevant_shared=None, mixed_shared=None)
        methods = (
            ("mean pooling", _mean_pooled_ratio, uniform, (mean_pooling, 0.0)),
            ("known prompt", _attended_ratio, softmax(prompt), (known_prompt, 1.0)),
        )
        for method, ratio, weights, (fit, strength) in methods:
            of_apart, of_tokens = ratio(apart, prompt), ratio(moments, prompt)
            features, labels = on_features(weights, split.pool), split.pool.labels
            of_features = Contrast(*estimated_contrast(features, labels)).mahalanobis_ratio
            margins = Margins(*estimated_margins(features, labels))
            for n in study.sizes:
                classifier = fit(Lesson(split.train.first(n), pool), Setting(0.0, strength))
                gaussian = (_accuracy(kappa, n, study.task.dim, split) for kappa in (of_tokens, of_features))
                shaped = 1 - error_of_margins(of_features, n, study.task.dim, margins).value
                measured = accuracy(classifier, split.test)
                kappas = (of_apart, of_tokens, of_features)
                rows.append((study.task.name, method, n, index, *kappas, *gaussian, shaped, measured))
    named = [f"kappa of {name}" for name in ("independent tokens", *LAWS[:2])]
    return pd.DataFrame(rows, columns=["task", "method", "n", "split", *named, *LAWS, "measured"])


def judged(frame: pd.DataFrame, tolerance: float = TOLERANCE, confidence: float = 0.95) -> pd.DataFrame:
    r"""Means over splits, paired deviations with intervals, and whether a deviation is within the tolerance (or undecided)."""
    rows = []
    for (task, method, n), group in frame.groupby(["task", "method", "n"], sort=False):
        row = {"task": task, "method": method, "n": n, "splits": len(group)}
        row |= {name: group[name].mean() for name in (*(name for name in frame.columns if "kappa" in name), "measured")}
        for law in LAWS:
            mean, low, high = mean_interval(group[law] - group["measured"], confidence)
            row |= {law: group[law].mean(), f"{law} deviation": mean, f"{law} low": low, f"{law} high": high}
            row[f"{law} within"] = _within(low, high, tolerance)
        rows.append(row)
    return pd.DataFrame(rows)


def explanations(study: Study) -> pd.DataFrame:
    r"""Known prompt on data that lack a property of real ones: the law of Gaussian features against the accuracy on them.

    Relevant tokens are replaced in all parts by the surrogates of `simulations.real.surrogates`; ``fewer`` are real features
    without their rare directions, ``as few`` without as many directions at random.
    """
    rows = []
    for index in range(study.splits):
        split = study.split(index)
        prompt = LabelledPool(split.pool).relevance_direction
        contrast = attended_contrast(TokenMoments(*estimated_moments(split.pool)), prompt)
        raw = Contrast(contrast.difference, contrast.covariance, 0 * contrast.noise).mahalanobis_ratio
        classes = study.task.item_classes if isinstance(study.task, ImageTask) else None
        surrogates = Surrogates(split.pool, contrast.mahalanobis_ratio / raw, classes)
        rng = stream(study.root_seed, "surrogates", study.task.name, index)
        parts = (split.pool, split.train, split.test)
        made = {kind: [surrogates.replaced(part, kind, rng=rng) for part in parts] for kind in surrogates.kinds}
        features = {kind: [on_features(softmax(prompt), part) for part in made[kind]] for kind in made}
        directions, kurtosis = directions_by_kurtosis(features["real"][0], split.pool.labels)
        common = np.arange(len(kurtosis))[-max(SMALLEST_DIM, int((kurtosis <= RARE).sum())) :]  # the rarest come first
        for kind, kept in (("fewer", common), ("as few", rng.permutation(len(kurtosis))[: len(common)])):
            features[kind] = [x @ directions[:, kept] for x in features["real"]]
        for kind, (pool, train, test) in features.items():
            kappa = Contrast(*estimated_contrast(pool, split.pool.labels)).mahalanobis_ratio
            for n in study.sizes:
                head = least_squares_head(train[:n], split.train.labels[:n])
                measured = float((head.scores(test) * split.test.labels > 0).mean())
                law = _accuracy(kappa, n, pool.shape[1], split)
                rows.append((study.task.name, kind, n, index, pool.shape[1], kappa, law, measured))
    return pd.DataFrame(rows, columns=["task", "kind", "n", "split", "d", "kappa", "features", "measured"])


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
            predicted = _accuracy(kappa, n, study.task.dim, split)
            measured = accuracy(known_prompt(Lesson(split.train.first(n), pool), Setting(0.0, multiple)), split.test)
            strength = "optimal" if multiple == best else f"{multiple:g}"
            rows.append((study.task.name, n, index, strength, multiple, predicted, measured))
    return pd.DataFrame(rows, columns=["task", "n", "split", "strength", "multiple", "tokens", "measured"])


def main(arguments: Sequence[str] | None = None) -> None:
    r"""Measure, predict, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    tables: dict[str, list[pd.DataFrame]] = {"real-predictions": [], "real-strength": [], "real-surrogates": []}
    for name in options.tasks:
        started = time.process_time()
        study = Study(TASKS[name](), SIZES, learners=("mean-pooling-ls", "known-prompt-ls"), splits=options.splits)
        made = judged(predictions(study)), _swept(strengths(study)), _explained(explanations(study))
        for parts, table in zip(tables.values(), made, strict=True):
            parts.append(table)
        print(f"{study.task.name}: {time.process_time() - started:.0f} s of one core", flush=True)
        for file, parts in tables.items():
            pd.concat(parts, ignore_index=True).to_csv(options.results / f"{file}.csv", index=False, float_format="%.6g")


def _mean_pooled_ratio(moments: TokenMoments, prompt: Array) -> float:
    return mean_pooled_contrast(moments).mahalanobis_ratio


def _attended_ratio(moments: TokenMoments, prompt: Array) -> float:
    return effective_ratio(moments, prompt).value


def _accuracy(kappa: float, n: int, dim: int, split: RealSplit) -> float:
    r"""By the exact law of two Gaussian classes, with the label prior of the pool."""
    return 1 - error_of_random_labels(kappa, n, dim, float((split.pool.labels > 0).mean())).value


def _explained(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for keys, group in frame.groupby(["task", "kind", "n"], sort=False):
        deviation = mean_interval(group["features"] - group["measured"])
        rows.append((*keys, *group[["d", "kappa", "features", "measured"]].mean(), *deviation))
    columns = ["task", "kind", "n", "d", "kappa", "features", "measured", "deviation", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _swept(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (task, n, strength), group in frame.groupby(["task", "n", "strength"], sort=False):
        deviation = mean_interval(group["tokens"] - group["measured"])
        rows.append((task, n, strength, *group[["multiple", "tokens", "measured"]].mean(), *deviation))
    return pd.DataFrame(rows, columns=["task", "n", "strength", "multiple", "tokens", "measured", "deviation", "low", "high"])


def _within(low: float, high: float, tolerance: float) -> str:
    if low > tolerance or high < -tolerance:
        return "no"
    return "yes" if verdict(low, high, -tolerance) == "yes" and verdict(low, high, tolerance) == "no" else "undecided"


if __name__ == "__main__":
    main()
