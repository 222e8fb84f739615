r"""Heads trained on pooled features: least squares without and with intercept, averaging, and the population's head."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simulations.head.solver import least_squares
from simulations.head.trained import TrainedHeads
from simulations.pooled import PooledScales, noise_sums, pooled_scales
from simulations.tokens import labels, shifts
from theory.model import KnownPrompt, ParameterError

__all__ = ["RULES", "averaging_heads", "intercept_heads", "least_squares_heads", "population_heads"]

Array = NDArray[np.float64]


def least_squares_heads(setting: KnownPrompt, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads that minimise Σ (y_i - <w, x_i>)², by minimum norm where n < p.

    Since y_i = ±1 this is Σ (1 - <w, u_i>)² with u_i = y_i x_i, whose noise has the law of the noise of x_i.
    """
    n = setting.finite_samples
    y = labels(setting.model, rng=rng, shape=(size, n))
    scales = _training_scales(setting, y, rng)
    return _heads(setting, least_squares(_designs(setting, scales, y, rng), np.ones(n)))


def intercept_heads(setting: KnownPrompt, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads that minimise Σ (y_i - b - <w, x_i>)² over w and b, on n/2 samples of either label.

    A reflection sends (1, …, 1) to √n e1. It turns the first row of the design into √n x̄, and the other n - 1 rows
    into the centred problem, in which b is absent; then b = ȳ - <w, x̄> with ȳ = 0.
    """
    n = setting.finite_samples
    if n % 2:
        raise ParameterError("n_samples", "even, for as many samples of either label", n)
    signs = np.repeat((1.0, -1.0), n // 2)
    y = np.broadcast_to(signs, (size, n))
    designs = _designs(setting, _training_scales(setting, y, rng), y, rng)
    designs *= signs[:, None]  # from y x back to x
    mirror = np.full(n, 1 / math.sqrt(n))
    mirror[0] -= 1
    mirror *= math.sqrt(2) / np.linalg.norm(mirror)
    designs -= mirror[:, None] * (mirror @ designs)[:, None, :]
    targets = signs - mirror * (mirror @ signs)
    weights = least_squares(designs[:, 1:], targets[1:])
    intercept = -np.einsum("bj,bj->b", weights, designs[:, 0]) / math.sqrt(n)
    return _heads(setting, weights, intercept)


def averaging_heads(setting: KnownPrompt, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads w = Σ y_i x_i; given the scores the sum is Gaussian, and is drawn as one vector."""
    y = labels(setting.model, rng=rng, shape=(size, setting.finite_samples))
    scales = _training_scales(setting, y, rng)
    total = PooledScales(
        attention=np.ones((size, 1)),
        spread=np.sqrt((scales.spread**2).sum(axis=1, keepdims=True)),
        context=(scales.context * y).sum(axis=1, keepdims=True),
        signal=(scales.signal * y).sum(axis=1, keepdims=True),
        third=(scales.third * y).sum(axis=1, keepdims=True),
    )
    return _heads(setting, _designs(setting, total, np.ones((size, 1)), rng)[:, 0, :])


def population_heads(setting: KnownPrompt, *, rule: str, size: int) -> TrainedHeads:
    r"""The head that the population yields, n = ∞, where its direction is known without estimating a moment.

    Least squares takes the direction E[x xᵀ]⁻¹ E[y x], averaging E[y x]. Without a shift, and orthogonal to q_*, both
    are the direction of w_* there whatever ρ and π: y x has mean W √(1-ρ²) E[A] along it, mean zero elsewhere, and its
    coordinates are uncorrelated. With the coordinate along q_* the same holds if moreover ρ = 0 and π = 1/2: then y is
    independent of (A, C, r), so that E[y r] = E[A r y] = 0. With an intercept the training labels are balanced, and
    ρ = 0 is enough for E[x] to be orthogonal to w_* and for r to be uncorrelated with A y, so that w ∝ w_*, b = 0.
    """
    model = setting.model
    if rule == "intercept":
        known = model.is_core and model.correlation == 0
        needed = "finite, unless the shift and the correlation are zero"
    else:
        symmetric = model.correlation == 0 and model.label_prior == 0.5
        known = model.is_core and (setting.head == "orthogonal" or symmetric)
        needed = "finite, unless the shift is zero and the head orthogonal or correlation = 0 and label_prior = 0.5"
    if not known:
        raise ParameterError("n_samples", needed, setting.n_samples)
    one, zero = np.ones(size), np.zeros(size)
    return TrainedHeads(signal=one, orthogonal_norm=one, context=zero, intercept=zero)


RULES: Mapping[str, Callable[..., TrainedHeads]] = MappingProxyType(
    {"least-squares": least_squares_heads, "intercept": intercept_heads, "averaging": averaging_heads}
)


def _training_scales(setting: KnownPrompt, y: Array, rng: np.random.Generator) -> PooledScales:
    r"""Fresh scales for labels of shape (size, n)."""
    model, tau = setting.model, setting.prompt_strength
    sums = noise_sums(
        model.n_irrelevant,
        strength=model.noise_std * tau,
        rng=rng,
        size=y.size,
        with_moment=setting.head == "full",
    )
    shift = shifts(model.shift, rng=rng, shape=y.shape)
    return pooled_scales(model, tau, sums.reshaped(*y.shape), label=y, shift=shift)


def _designs(setting: KnownPrompt, scales: PooledScales, y: Array, rng: np.random.Generator) -> Array:
    r"""The rows y_i x_i, shape (size, n, p): first the coordinate along w_*, last, if trained, along q_*."""
    rows = rng.standard_normal((*y.shape, setting.n_features))
    rows *= scales.spread[..., None]
    rows[..., 0] += y * scales.signal
    if setting.head == "full":
        rows[..., -1] = y * scales.context
    return rows


def _heads(setting: KnownPrompt, weights: Array, intercept: Array | None = None) -> TrainedHeads:
    r"""The coordinates of w that the test error needs."""
    zero = np.zeros(len(weights))
    full = setting.head == "full"
    return TrainedHeads(
        signal=weights[:, 0],
        orthogonal_norm=np.linalg.norm(weights[:, : setting.model.dim - 1], axis=1),
        context=weights[:, -1] if full else zero,
        intercept=zero if intercept is None else intercept,
    )
