r"""Heads trained with any convex loss: their test error, direction and training error, and whether data are separable."""

import numpy as np
from numpy.typing import NDArray

from simulations.head.sets import training_sets
from simulations.head.solver import least_squares
from simulations.head.trained import TrainedHeads, fresh_errors
from simulations.heads.certificates import are_separable
from simulations.heads.margin_problems import hinge_heads, max_margin_heads
from simulations.heads.reference import TRAINED_LOSSES
from simulations.heads.smooth import smooth_heads
from theory.model import Interval, KnownPrompt

__all__ = ["separable_draws", "simulated_trained_errors", "simulated_training", "trained_heads", "training_designs"]

Array = NDArray[np.float64]

_CHUNK = 1 << 16
r"""Numbers in the designs of one chunk of trials: half a megabyte, so that a chunk stays in the cache."""


def trained_heads(designs: Array, loss: str, ridge: float = 0.0) -> Array:
    r"""argmin (1/n) Σ ℓ(wᵀuᵢ) + λ|w|²/2 of every problem by the fast routes, shape (size, p).

    Parameters
    ----------
    designs
        uᵢ = yᵢxᵢ, shape (size, n, p).
    loss
        "squared", "logistic", "hinge", "squared-hinge" or "max-margin".
    ridge
        λ > 0, for "squared" also 0: then the shortest minimiser. Not used by "max-margin".

    Examples
    --------
    >>> trained_heads(np.array([[[2.0, 0.0], [0.0, 4.0]]]), "max-margin").round(9)
    array([[0.5 , 0.25]])
    """
    TRAINED_LOSSES.member("loss", loss)
    if loss == "max-margin":
        return max_margin_heads(designs)
    if loss == "squared" and ridge == 0:
        return least_squares(designs, np.ones(designs.shape[1]))
    ridge = float(Interval(0, open_lower=True).member("ridge", ridge))
    return hinge_heads(designs, ridge) if loss == "hinge" else smooth_heads(designs, loss, ridge)


def training_designs(setting: KnownPrompt, *, rng: np.random.Generator, size: int) -> Array:
    r"""Fresh training sets yᵢxᵢ in the coordinates of the head, as from `head.sets.training_sets`: shape (size, n, p)."""
    return training_sets(setting, rng=rng, size=size)[0]


def simulated_trained_errors(
    setting: KnownPrompt, *, rng: np.random.Generator, size: int, loss: str, ridge: float = 0.0, n_test: int = 16
) -> Array:
    r"""Independent draws in [0, 1] whose mean is the expected test error of the trained head, shape (size,).

    Every draw trains a head on n fresh samples, and averages its conditional test error over `n_test` fresh test samples.

    Parameters
    ----------
    setting
        Model, τ, finite n; head orthogonal to q*.
    rng
        Source of randomness.
    size
        Number of draws.
    loss, ridge
        As for `trained_heads`.
    n_test
        Test samples per head; any number gives the same mean.

    Raises
    ------
    ParameterError
        If an argument lies outside its domain.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> errors = simulated_trained_errors(setting, rng=np.random.default_rng(0), size=50, loss="logistic", ridge=0.02)
    >>> bool(0.08 < errors.mean() < 0.16)
    True
    """
    results = []
    for width in _chunks(setting, size):
        heads = trained_heads(training_designs(setting, rng=rng, size=width), loss, ridge)
        results.append(fresh_errors(setting, TrainedHeads.of(setting, heads), rng=rng, n_test=n_test))
    return np.concatenate(results)


def simulated_training(setting: KnownPrompt, *, rng: np.random.Generator, size: int, loss: str, ridge: float) -> Array:
    r"""Draws of (α, β², training error, share of training margins below 0.9) of trained heads, shape (size, 4)."""
    results = []
    for width in _chunks(setting, size):
        designs = training_designs(setting, rng=rng, size=width)
        heads = trained_heads(designs, loss, ridge)
        margins = (designs @ heads[..., None])[..., 0]
        across = (heads[:, 1:] ** 2).sum(axis=1)
        results.append(np.column_stack([heads[:, 0], across, (margins < 0).mean(axis=1), (margins < 0.9).mean(axis=1)]))
    return np.concatenate(results)


def separable_draws(setting: KnownPrompt, *, rng: np.random.Generator, size: int) -> Array:
    r"""Independent draws, 1 where a fresh training set is separable and 0 where it is not, shape (size,).

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=64, m=6, d=6, W=0.0, Q=2.0, tau=1.5, n=12)
    >>> draws = separable_draws(setting, rng=np.random.default_rng(0), size=4000)
    >>> bool(abs(draws.mean() - 0.2744) < 0.03)
    True
    """
    return np.concatenate(
        [are_separable(training_designs(setting, rng=rng, size=width)).astype(float) for width in _chunks(setting, size)]
    )


def _chunks(setting: KnownPrompt, size: int) -> list[int]:
    size = int(Interval(1, integer=True).member("size", size))
    step = max(1, _CHUNK // (setting.finite_samples * setting.n_features))
    return [min(step, size - start) for start in range(0, size, step)]
