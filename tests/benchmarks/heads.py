r"""Measured speed of solvers, and the rate at which fixed points become exact: ``python -m tests.benchmarks.heads`` (minutes).

Writes `heads-speed.csv`, `heads-predictions.csv`, `heads-rates-constant.csv`, `heads-rates-random.csv` and
`heads-rates-beyond.csv` in `tests/benchmarks/results`, which docs/head_convex.md shows.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from simulations.engine import stream
from simulations.head import reference_head, trained_heads, training_sets
from theory.head import (
    CONVEX_LOSSES,
    FixedPoint,
    constant_scales,
    expected_error,
    fixed_point,
    limit_error,
    sample_features,
    trained_head_error,
)
from theory.head.convex import cubature_error
from theory.model import HeadSetting, head_setting

__all__ = ["fitted_rate", "main", "prediction_times", "rates_beyond", "rates_constant", "rates_random", "solver_speeds"]

Array = NDArray[np.float64]
Row = dict[str, Any]

RESULTS = Path(__file__).parent / "results"
SEED = 2023
SIZES = {50: 6000, 100: 3000, 200: 1500, 400: 500, 800: 150, 2000: 24}
r"""Numbers of samples and of trials of the rates at constant scales; the others take half as many."""

SOFT = ("squared", "logistic", "hinge", "squared-hinge")
TABLE = {
    "T=64, tau=0": "64 6 21 1.5 2 0.9 0 60",
    "T=64, tau=1.5": "64 6 16 0.6 2 0.9 1.5 45",
    "T=12, tau=2.6": "12 2 13 0.7 1.4 0.8 2.6 45",
}


BEYOND = {
    "relevant_noise": 0.5,
    "context_noise": 1.4,
    "signal_noise": 0.7,
    "prompt_angle": 0.5,
    "prompt_azimuth": 0.8,
    "correlation": 0.3,
    "label_prior": 0.4,
    "head": "full",
    "intercept": True,
}


def solver_speeds(trials: int = 200, references: int = 12) -> list[Row]:
    r"""Time per problem of the batched and of the trusted route, and by how much their heads differ.

    The ridge is a tenth of the noise power, or 0; the last two settings leave the core in every parameter at once. The hinge's
    intercept, which need not be unique, is left out of the difference.
    """
    core = {name: _setting(values) for name, values in {**TABLE, "T=64, n < p": "64 6 25 0.6 2 0.9 1.5 20"}.items()}
    beyond = {f"{name}, beyond": head_setting(**core[name].values | BEYOND) for name in ("T=64, tau=1.5", "T=64, n < p")}
    rows = []
    for name, setting in (core | beyond).items():
        designs, y = training_sets(setting, rng=stream(SEED, "heads-speed", name), size=trials)
        unit = 0.1 * float((designs[..., 1] ** 2).mean())
        cases = [(loss, unit) for loss in SOFT] + [(loss, 0.0) for loss in SOFT]
        for loss, ridge in [*cases, ("max-margin", 0.0)] if "n < p" in name else cases:
            row = {"setting": name, "n": setting.finite_samples, "p": setting.n_features, "loss": loss, "ridge": ridge}
            rows.append({**row, **_compared(designs, y if setting.intercept else None, loss, ridge, references)})
    return rows


def prediction_times(repeats: int = 5) -> list[Row]:
    r"""Time of one prediction, with its coarse companion, once the cubature of (A, C) is known."""
    rows = []
    for name, values in TABLE.items():
        for loss in SOFT:
            setting = _setting(values)
            answer = trained_head_error(setting.trained_by(loss, 0.01))
            seconds = min(_timed(lambda s=setting, x=loss: trained_head_error(s.trained_by(x, 0.01)))[0] for _ in range(repeats))
            error = answer.abs_error / answer.value
            rows.append(
                {"setting": name, "loss": loss, "error": answer.value, "relative numerical error": error, "ms": 1e3 * seconds}
            )
    return rows


def rates_constant(kappa: float = 1.2, gamma: float = 0.2, ridge: float = 0.3, scale: float = 1.0) -> list[Row]:
    r"""Relative deviation of simulated from predicted errors at constant scales, n from 50 to 2000.

    Averaging on the same data, whose expected error is known exactly, takes out most of the noise.
    """
    rows = []
    for loss in SOFT:
        means, errors = [], []
        for n, trials in SIZES.items():
            p, rng = round(gamma * n), stream(SEED, "heads-rates", loss, n)
            pairs = [_paired_errors(kappa, n, p, loss, ridge, rng, k) for k in _chunk_sizes(n * p, max(12, int(scale * trials)))]
            ours, averaging = np.concatenate(pairs, axis=1)
            slope = np.cov(ours, averaging)[0, 1] / averaging.var()
            adjusted = ours - slope * (averaging - expected_error(kappa, n, p, "averaging")[0])
            means.append(float(adjusted.mean()))
            errors.append(float(adjusted.std()) / math.sqrt(adjusted.size))
        counts = {n: round(gamma * n) for n in SIZES}
        limits = [[_limit(kappa, ratio, loss, ridge) for ratio in _ratios(n, p)] for n, p in counts.items()]
        rows += _rate_rows("constant", loss, list(SIZES), means, errors, limits)
    exact, limits = [], []
    for n in SIZES:
        p = round(gamma * n)
        exact.append(expected_error(kappa, n, p)[0])
        limits.append([limit_error(kappa, ratio) for ratio in _ratios(n, p)])
    return rows + _rate_rows("constant, exact law", "squared, no ridge", list(SIZES), exact, [1e-8 * x for x in exact], limits)


def rates_random(ridge: float = 0.005, scale: float = 1.0) -> list[Row]:
    r"""The same at random scales, T = 64, τ = 1.5.

    The error of a trained head is read off its components with the theory's cubature, which takes out the noise of test samples.
    """
    settings = {n: _setting(f"64 6 {round(0.2 * n) + 1} 0.6 2 1 1.5 {n}") for n in SIZES}
    return [row for loss in SOFT for row in _measured_rates("T=64, tau=1.5", settings, loss, ridge, scale)]


def rates_beyond(ridge: float = 0.005, scale: float = 1.0) -> list[Row]:
    r"""The same beyond the core: an intercept, 30 % positive labels, ρ = 0.4, noisy relevant tokens."""
    beyond = {"correlation": 0.4, "label_prior": 0.3, "relevant_noise": 0.5, "intercept": True}
    core = [_setting(f"24 4 {round(0.2 * n) + 1} 0.7 1.6 0.9 1.1 {n}") for n in SIZES]
    settings = {setting.finite_samples: head_setting(**{**setting.values, **beyond}) for setting in core}
    return [row for loss in SOFT for row in _measured_rates("beyond the core", settings, loss, ridge, scale)]


def _measured_rates(name: str, settings: dict[int, HeadSetting], loss: str, ridge: float, scale: float) -> list[Row]:
    means, errors, limits = [], [], []
    for n, setting in settings.items():
        rng, features = stream(SEED, "heads-rates", name, loss, n), sample_features(setting)
        draws = []
        for size in _chunk_sizes(n * setting.n_features, max(12, int(scale * SIZES[n] / 2))):
            designs, y = training_sets(setting, rng=rng, size=size)
            heads = trained_heads(designs, loss, ridge, y if setting.intercept else None)
            draws += [cubature_error(features, _components(features.names, head, setting.n_features)) for head in heads]
        means.append(float(np.mean(draws)))
        errors.append(float(np.std(draws)) / math.sqrt(len(draws)))
        coefficients = setting.n_features + setting.intercept
        found = [fixed_point(features, CONVEX_LOSSES[loss], ratio, ridge) for ratio in _ratios(n, coefficients)]
        limits.append([cubature_error(features, head) for head in found])
    return _rate_rows(name, loss, list(settings), means, errors, limits)


def _components(names: tuple[str, ...], head: Array, p: int) -> FixedPoint:
    r"""A trained head orthogonal to q*, its coordinate along the signal first and its intercept last, as the theory writes it."""
    special = np.array([head[0] if name == "signal" else head[p] for name in names])
    return FixedPoint(special, names, float(np.linalg.norm(head[1:p])), math.nan, math.nan, 0.0, True)


def _ratios(n: int, coefficients: int) -> tuple[float, float]:
    r"""The two readings of p/n in a table: P/n, and the one that predictions use."""
    return coefficients / n, (coefficients - 1) / (n - 1)


def fitted_rate(sizes: Sequence[float], deviations: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    r"""Exponent e of deviation = c n^e by weighted least squares, and its standard error from the curvature of χ².

    >>> fitted_rate([10, 20, 40], [-0.1, -0.05, -0.025], [1e-3, 1e-3, 1e-3])[0].__round__(5)
    -1.0
    """
    x, y, error = np.log(np.asarray(sizes, dtype=float)), np.asarray(deviations), np.asarray(errors)
    x = x - x.mean()

    def misfit(exponent: float) -> float:
        model = np.exp(exponent * x)
        size = np.sum(model * y / error**2) / np.sum((model / error) ** 2)
        return float(np.sum(((y - size * model) / error) ** 2))

    best = float(minimize_scalar(misfit, bounds=(-4.0, 2.0), method="bounded", options={"xatol": 1e-9}).x)
    step = 1e-3
    curvature = (misfit(best + step) - 2 * misfit(best) + misfit(best - step)) / step**2
    return best, math.sqrt(2 / curvature)


def main(arguments: Sequence[str] | None = None) -> None:
    r"""Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--only", choices=("speed", "predictions", "rates-constant", "rates-random", "rates-beyond"), default=None
    )
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of trials of the rates")
    chosen = parser.parse_args(arguments)
    tables: dict[str, Callable[[], list[Row]]] = {
        "speed": solver_speeds,
        "predictions": prediction_times,
        "rates-constant": lambda: rates_constant(scale=chosen.scale),
        "rates-random": lambda: rates_random(scale=chosen.scale),
        "rates-beyond": lambda: rates_beyond(scale=chosen.scale),
    }
    for name, table in tables.items():
        if chosen.only in (None, name):
            _write(RESULTS / f"heads-{name}.csv", table())


def _setting(values: str) -> HeadSetting:
    t, m, d, w, q, sigma, tau, n = values.split()
    return head_setting(T=int(t), m=int(m), d=int(d), W=float(w), Q=float(q), sigma=float(sigma), tau=float(tau), n=int(n))


def _timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Any]:
    start = clock()
    answer = work()
    return clock() - start, answer


def _compared(designs: Array, labels: Array | None, loss: str, ridge: float, references: int) -> Row:
    r"""Processor milliseconds per problem of both routes, their ratio, and the largest difference over the largest weight."""
    runs = [_timed(lambda: _in_chunks(designs, loss, ridge, labels), time.process_time) for _ in range(3)]
    fast, heads = min(seconds for seconds, _ in runs), runs[0][1]
    ys = [None] * references if labels is None else labels
    slow, trusted = _timed(
        lambda: np.array([reference_head(designs[i], loss, ridge, ys[i]) for i in range(references)]), time.process_time
    )
    kept = designs.shape[2] + (labels is not None and loss != "hinge")
    difference = np.abs(heads[:references] - trusted)[:, :kept].max() / np.abs(trusted).max()
    fast, slow = 1e3 * fast / len(designs), 1e3 * slow / references
    return {"fast ms": fast, "reference ms": slow, "times faster": slow / fast, "difference": difference}


def _in_chunks(designs: Array, loss: str, ridge: float, labels: Array | None = None, numbers: int = 1 << 16) -> Array:
    step = max(1, numbers // designs[0].size)
    parts = [slice(i, i + step) for i in range(0, len(designs), step)]
    return np.concatenate([trained_heads(designs[k], loss, ridge, None if labels is None else labels[k]) for k in parts])


def _chunk_sizes(numbers: int, trials: int) -> list[int]:
    step = max(1, (1 << 16) // numbers)
    return [min(step, trials - start) for start in range(0, trials, step)]


def _limit(kappa: float, gamma: float, loss: str, ridge: float) -> float:
    head = fixed_point(constant_scales(kappa), CONVEX_LOSSES[loss], gamma, ridge)
    return 0.5 * math.erfc(kappa * head.cosine / math.sqrt(2))


def _paired_errors(kappa: float, n: int, p: int, loss: str, ridge: float, rng: np.random.Generator, size: int) -> Array:
    r"""Errors of the loss and of averaging on the same training sets, shape (2, size)."""
    designs = rng.standard_normal((size, n, p))
    designs[..., 0] += kappa
    cosines = [
        heads[:, 0] / np.linalg.norm(heads, axis=1) for heads in (trained_heads(designs, loss, ridge), designs.mean(axis=1))
    ]
    return np.array([[0.5 * math.erfc(kappa * cosine / math.sqrt(2)) for cosine in row] for row in cosines])


def _rate_rows(
    scales: str, loss: str, sizes: list[int], means: Sequence[float], errors: Sequence[float], limits: Sequence[Sequence[float]]
) -> list[Row]:
    r"""Relative deviations of means from limits at P/n, with their fitted exponent, and at (P - 1)/(n - 1)."""
    plain = [mean / limit[0] - 1 for mean, limit in zip(means, limits, strict=True)]
    used = [mean / limit[1] - 1 for mean, limit in zip(means, limits, strict=True)]
    relative = [error / limit[1] for error, limit in zip(errors, limits, strict=True)]
    exponents = [fitted_rate(sizes, deviations, relative) for deviations in (plain, used)]
    keys = ("exponent", "its error", "exponent at P/n", "its error at P/n")
    fits = dict(zip(keys, (*exponents[1], *exponents[0]), strict=True))
    return [
        {"scales": scales, "loss": loss, "n": n, "deviation": x, "deviation at P/n": y, "standard error": e, **fits}
        for n, x, y, e in zip(sizes, used, plain, relative, strict=True)
    ]


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows([{k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows])


if __name__ == "__main__":
    main()
