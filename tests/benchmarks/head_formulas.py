r"""What a predicted head error costs, and that the cost does not grow with n, d or T: `python -m tests.benchmarks.head_formulas`."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from simulations.engine import stream
from simulations.head import simulated_errors
from theory.head import expected_error, head_error
from theory.model import known_prompt

__all__ = ["main"]

CONSTANT = ((1.2, 30, 10), (1.2, 10, 30), (1.2, 12, 12), (1.0, 10**4, 10**3), (1.0, 10**6, 10**5), (21.5, 1000, 4))
TOKENS = (16, 64, 10**3, 10**4, 10**5, 10**6)


def main() -> None:
    r"""Print two tables: constant scales, and any T at a prompt strength not seen before."""
    print(f"{'kappa':>6} {'n':>8} {'p':>7} {'error':>12} {'bound':>8} {'ms':>7}")
    for kappa, n, p in CONSTANT:
        (value, bound), elapsed = timed(*[partial(expected_error, kappa, n, p)] * 3)
        print(f"{kappa:6} {n:8} {p:7} {value:12.5g} {bound:8.1g} {1e3 * elapsed:7.1f}")
    print(f"\n{'T':>8} {'error':>9} {'ms':>7} {'simulation to one percent, ms':>30} {'ratio':>8}")
    for tokens in TOKENS:
        settings = [
            known_prompt(T=tokens, m=max(1, tokens // 16), d=20, W=1.2 * (64 / tokens) ** 0.5, Q=1.6, tau=tau, n=50)
            for tau in (1.3, 1.31, 1.32, 1.33)  # each prompt strength is new: nothing is remembered
        ]
        prediction, elapsed = timed(*(partial(head_error, setting) for setting in settings))
        simulated = ""
        if tokens <= 10**4:
            trials = max(4, 20_000 // tokens)
            errors, spent = timed(partial(simulated_errors, settings[-1], rng=stream(1, "benchmark", tokens), size=trials))
            needed = (np.std(errors) / (0.01 * prediction.value)) ** 2 * spent / trials
            simulated = f"{1e3 * needed:30.0f} {needed / elapsed:8.0f}"
        print(f"{tokens:8} {prediction.value:9.5f} {1e3 * elapsed:7.1f} {simulated}")


def timed(*functions: Callable[[], Any]) -> tuple[Any, float]:
    r"""Value of the last call, and the shortest time in seconds."""
    times = []
    for function in functions:
        start = time.perf_counter()
        value = function()
        times.append(time.perf_counter() - start)
    return value, min(times)


if __name__ == "__main__":
    main()
