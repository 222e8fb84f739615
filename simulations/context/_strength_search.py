r"""The best prompt strength by simulation: one set of draws for all strengths of a grid."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from simulations.engine import stream
from theory.model import ContextualModel, Interval, ParameterError

__all__ = ["simulated_optimal_prompt"]

Array = NDArray[np.float64]

_GRID = np.concatenate([[0.0], np.geomspace(1 / 16, 16, 49)])  # strengths in units of Q/(2σ²)


Experiment = Callable[[float, np.random.Generator, int], Array]
r"""Draws of the test error at a prompt strength: function of (τ, rng, size)."""


def simulated_optimal_prompt(
    model: ContextualModel, experiment: Experiment, *, draws: int, confidence: float, root_seed: int
) -> dict[str, float | dict[str, list[float]]]:
    r"""The strength on a grid whose head errs least, with the strengths that the draws cannot tell from it.

    All strengths see the same random numbers. A strength is kept in the interval if the mean difference of its error to that of
    the best one is within its simultaneous (Bonferroni, Gaussian) confidence bound.

    Parameters
    ----------
    model
        Core data, ρ = 0, Q and σ positive.
    experiment
        Draws of the test error at a strength.
    draws
        Number of samples, at least 100.
    confidence
        In (0, 1).
    root_seed
        Seed of the stream.

    Returns
    -------
    dict
        "value": the best strength; "error" and "gain" (error at τ = 0 over error at the best) there; "interval" of each.
    """
    Interval(100, integer=True).member("draws", draws)
    for name in ("context_norm", "noise_std", "n_irrelevant"):
        if not getattr(model, name) > 0:
            raise ParameterError(name, "positive for an optimal prompt", getattr(model, name))
    strengths = _GRID * model.context_norm / (2 * model.noise_std**2)
    errors = np.stack([experiment(float(tau), stream(root_seed, "optimal-prompt"), draws) for tau in strengths])
    best = int(errors.mean(axis=1).argmin())
    quantile = -float(ndtri((1 - confidence) / (2 * (strengths.size + 2))))
    gaps = errors - errors[best]
    near = np.flatnonzero(gaps.mean(axis=1) <= quantile * gaps.std(axis=1) / np.sqrt(draws))
    error, gain = errors[best].mean(), errors[0].mean() / errors[best].mean()
    error_width = quantile * errors[best].std() / np.sqrt(draws)
    gain_width = quantile * (errors[0] - gain * errors[best]).std() / np.sqrt(draws) / error
    return {
        "value": float(strengths[best]),
        "error": float(error),
        "gain": float(gain),
        "interval": {
            "value": [float(strengths[max(near[0] - 1, 0)]), float(strengths[min(near[-1] + 1, strengths.size - 1)])],
            "error": [float(error - error_width), float(error + error_width)],
            "gain": [float(gain - gain_width), float(gain + gain_width)],
        },
    }
