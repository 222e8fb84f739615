r"""Measured speed of solvers, and the rate at which fixed points become exact: ``python -m benchmarks.heads`` (minutes).

Writes `heads-speed.csv`, `heads-predictions.csv`, `heads-rates-constant.csv` and `heads-rates-random.csv` in
`benchmarks/results`, which docs/heads.md shows.
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
from simulations.head.sets import training_sets
from simulations.heads import reference_head, trained_heads, training_designs
from theory.head import expected_error, limit_error
from theory.heads import constant_scales, fixed_point, trained_head_error
from theory.heads.fresh_error import error_at_cosine
from theory.heads.losses import LOSSES
from theory.model import KnownPrompt, known_prompt

__all__ = ["fitted_rate", "main", "prediction_times", "rates_constant", "rates_random", "solver_speeds"]

Array = NDArray[np.float64]
Row = dict[str, Any]

RESULTS = Path(__file__).parent / "results"
SEED = 2023
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
    beyond = {f"{name}, beyond": known_prompt(**core[name].values | BEYOND) for name in ("T=64, tau=1.5", "T=64, n < p")}
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
            answer = trained_head_error(setting, loss, 0.01)
            seconds = min(_timed(lambda s=setting, x=loss: trained_head_error(s, x, 0.01))[0] for _ in range(repeats))
            error = answer.abs_error / answer.value
            rows.append(
                {"setting": name, "loss": loss, "error": answer.value, "relative numerical error": error, "ms": 1e3 * seconds}
            )
    return rows


def rates_constant(kappa: float = 1.2, gamma: float = 0.2, ridge: float = 0.3, scale: float = 1.0) -> list[Row]:
    r"""Relative deviation of simulated from predicted errors at constant scales, n from 50 to 800.

    Averaging on the same data, whose expected error is known exactly, takes out most of the noise.
    """
    sizes = {50: 12000, 100: 6000, 200: 2500, 400: 800, 800: 160}
    rows = []
    for loss in SOFT:
        limit = _limit(kappa, gamma, loss, ridge)
        deviations, errors = [], []
        for n, trials in sizes.items():
            p, rng = round(gamma * n), stream(SEED, "heads-rates", loss, n)
            pairs = [_paired_errors(kappa, n, p, loss, ridge, rng, k) for k in _chunk_sizes(n * p, max(20, int(scale * trials)))]
            ours, averaging = np.concatenate(pairs, axis=1)
            slope = np.cov(ours, averaging)[0, 1] / averaging.var()
            adjusted = ours - slope * (averaging - expected_error(kappa, n, p, "averaging")[0])
            deviations.append(adjusted.mean() / limit - 1)
            errors.append(adjusted.std() / math.sqrt(adjusted.size) / limit)
        rows += _rate_rows("constant", loss, list(sizes), deviations, errors)
    exact = [expected_error(kappa, n, round(gamma * n))[0] / limit_error(kappa, gamma) - 1 for n in (*sizes, 2000)]
    return rows + _rate_rows("constant, exact law", "squared, no ridge", [*sizes, 2000], exact, [abs(x) * 1e-6 for x in exact])


def rates_random(ridge: float = 0.005, scale: float = 1.0) -> list[Row]:
    r"""The same at random scales, T = 64, τ = 1.5, n from 25 to 200.

    The error of a trained head depends on its cosine with w* alone; that curve is read off a table of the theory, which takes
    out the noise of test samples.
    """
    sizes = {25: 24000, 50: 12000, 100: 5000, 200: 1600}
    cosines = np.linspace(-1.0, 1.0, 401)
    rows = []
    curve = np.array([error_at_cosine(_random_setting(25), float(abs(x)))[0] for x in cosines])
    curve = np.where(cosines < 0, 1.0 - curve, curve)
    for loss in SOFT:
        deviations, errors = [], []
        for n, trials in sizes.items():
            setting, rng = _random_setting(n), stream(SEED, "heads-random", loss, n)
            predicted = trained_head_error(setting, loss, ridge).value
            draws = []
            for size in _chunk_sizes(n * setting.n_features, max(20, int(scale * trials))):
                heads = trained_heads(training_designs(setting, rng=rng, size=size), loss, ridge)
                draws.append(np.interp(heads[:, 0] / np.linalg.norm(heads, axis=1), cosines, curve))
            ours = np.concatenate(draws)
            deviations.append(ours.mean() / predicted - 1)
            errors.append(ours.std() / math.sqrt(ours.size) / predicted)
        rows += _rate_rows("T=64, tau=1.5", loss, list(sizes), deviations, errors)
    return rows


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
    parser.add_argument("--only", choices=("speed", "predictions", "rates-constant", "rates-random"), default=None)
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of trials of the rates")
    chosen = parser.parse_args(arguments)
    tables: dict[str, Callable[[], list[Row]]] = {
        "speed": solver_speeds,
        "predictions": prediction_times,
        "rates-constant": lambda: rates_constant(scale=chosen.scale),
        "rates-random": lambda: rates_random(scale=chosen.scale),
    }
    for name, table in tables.items():
        if chosen.only in (None, name):
            _write(RESULTS / f"heads-{name}.csv", table())


def _setting(values: str) -> KnownPrompt:
    t, m, d, w, q, sigma, tau, n = values.split()
    return known_prompt(T=int(t), m=int(m), d=int(d), W=float(w), Q=float(q), sigma=float(sigma), tau=float(tau), n=int(n))


def _random_setting(n: int) -> KnownPrompt:
    return _setting(f"64 6 {round(0.4 * n) + 1} 0.9 2 1 1.5 {n}")


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
    head = fixed_point(constant_scales(kappa), LOSSES[loss], gamma, ridge)
    return 0.5 * math.erfc(kappa * head.cosine / math.sqrt(2))


def _paired_errors(kappa: float, n: int, p: int, loss: str, ridge: float, rng: np.random.Generator, size: int) -> Array:
    r"""Errors of the loss and of averaging on the same training sets, shape (2, size)."""
    designs = rng.standard_normal((size, n, p))
    designs[..., 0] += kappa
    cosines = [
        heads[:, 0] / np.linalg.norm(heads, axis=1) for heads in (trained_heads(designs, loss, ridge), designs.mean(axis=1))
    ]
    return np.array([[0.5 * math.erfc(kappa * cosine / math.sqrt(2)) for cosine in row] for row in cosines])


def _rate_rows(scales: str, loss: str, sizes: list[int], deviations: Sequence[float], errors: Sequence[float]) -> list[Row]:
    exponent, error = fitted_rate(sizes, deviations, errors)
    return [
        {"scales": scales, "loss": loss, "n": n, "deviation": x, "standard error": e, "exponent": exponent, "its error": error}
        for n, x, e in zip(sizes, deviations, errors, strict=True)
    ]


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows([{k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows])


if __name__ == "__main__":
    main()
