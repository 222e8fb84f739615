r"""Heads trained with any convex loss: their test error, direction and training error, and whether data are separable."""

import numpy as np
from numpy.typing import NDArray

from simulations.head._certificates import InseparableError, are_separable
from simulations.head._convex_training import trained_heads
from simulations.head._trained_heads import TrainedHeads, fresh_errors
from simulations.head._training_sets import training_sets
from theory.model import HeadSetting, Interval, ParameterError

__all__ = ["convex_errors", "separable_draws", "simulated_training", "training_designs"]

Array = NDArray[np.float64]

_BELOW = 0.9
r"""Margins are counted below it: at 1, where the hinge has its kink and many margins lie, rounding would decide."""
_CHUNK = 1 << 16
r"""Numbers in the designs of one chunk of trials: half a megabyte, so that a chunk stays in the cache."""


def training_designs(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> Array:
    r"""Fresh training sets yᵢxᵢ in the coordinates of the head, as from `head.sets.training_sets`: shape (size, n, p)."""
    return training_sets(setting, rng=rng, size=size)[0]


def convex_errors(setting: HeadSetting, *, rng: np.random.Generator, size: int, n_test: int) -> Array:
    r"""Draws of `simulated_errors` for heads that minimise the setting's loss, whatever it is, shape (size,)."""
    n_test = int(Interval(1, integer=True).member("n_test", n_test))
    results = []
    for width in _chunks(setting, size):
        _, _, heads = _training(setting, rng, width)
        results.append(fresh_errors(setting, heads, rng=rng, n_test=n_test))
    return np.concatenate(results)


def simulated_training(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> Array:
    r"""Draws of what training gives, shape (size, 6).

    (α, β², training error, share of training margins below 0.9, component along q_*, intercept), α the component of the head
    along the part of w_* orthogonal to q_*, β the length of the part orthogonal to both.
    """
    results = []
    for width in _chunks(setting, size):
        designs, y, heads = _training(setting, rng, width)
        weights = heads.weights[:, 1:] if setting.head == "orthogonal" else np.roll(heads.weights, -1, axis=1)
        margins = (designs @ weights[..., None])[..., 0] + heads.intercept[:, None] * y
        along, across = heads.weights[:, 1], (heads.weights[:, 2:] ** 2).sum(axis=1)
        shares = (margins < 0).mean(axis=1), (margins < _BELOW).mean(axis=1)
        results.append(np.column_stack([along, across, *shares, heads.weights[:, 0], heads.intercept]))
    return np.concatenate(results)


def separable_draws(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> Array:
    r"""Independent draws, 1 where a fresh training set is separable and 0 where it is not, shape (size,).

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=6, W=0.0, Q=2.0, tau=1.5, n=12)
    >>> draws = separable_draws(setting, rng=np.random.default_rng(0), size=4000)
    >>> bool(abs(draws.mean() - 0.2744) < 0.03)
    True
    """
    results = []
    for width in _chunks(setting, size):
        designs, y = training_sets(setting, rng=rng, size=width)
        results.append(are_separable(designs, y if setting.intercept else None).astype(float))
    return np.concatenate(results)


def _training(setting: HeadSetting, rng: np.random.Generator, size: int) -> tuple[Array, Array, TrainedHeads]:
    r"""Fresh training sets, their labels, and the heads trained on them."""
    designs, y = training_sets(setting, rng=rng, size=size)
    try:
        heads = trained_heads(designs, setting.loss, setting.ridge, y if setting.intercept else None)
    except InseparableError:
        domain = "so small that every training set is separable, as max-margin needs it"
        raise ParameterError("n_samples", domain, setting.n_samples) from None
    p = setting.n_features
    return designs, y, TrainedHeads.of(setting, heads[:, :p], heads[:, p] if setting.intercept else None)


def _chunks(setting: HeadSetting, size: int) -> list[int]:
    size = int(Interval(1, integer=True).member("size", size))
    step = max(1, _CHUNK // (setting.finite_samples * setting.n_features))
    return [min(step, size - start) for start in range(0, size, step)]
