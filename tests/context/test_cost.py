r"""The theory costs the same at every T; the simulation's memory does not grow with T."""

import math
import time
import tracemalloc

import numpy as np

from simulations.context import simulated_attention
from theory.context import attention
from theory.model import ContextualModel, Prompt


def test_work_of_the_theory_does_not_grow_with_context() -> None:
    fastest = dict.fromkeys((10**2, 10**7), math.inf)
    for T in fastest:
        model = ContextualModel(n_tokens=T, n_relevant=T // 10, dim=4, signal_norm=3 / T**0.5, context_norm=1.2)
        for _ in range(5):
            start = time.process_time()
            attention(model, Prompt(0.7))
            fastest[T] = min(fastest[T], time.process_time() - start)
    assert fastest[10**7] < 3.0 * fastest[10**2]


def test_memory_of_the_simulation_is_bounded() -> None:
    peaks = []
    for T in (10**4, 10**6):
        model = ContextualModel(n_tokens=T, n_relevant=T // 10, dim=4, signal_norm=0.1, context_norm=1.2)
        tracemalloc.start()
        simulated_attention(model, Prompt(0.7), quantity="error", rng=np.random.default_rng(3), size=5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 4e6
    assert peaks[1] < 2 * peaks[0]
