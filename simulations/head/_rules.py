r"""Heads trained on pooled features: least squares without and with intercept, averaging, and the population's head."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simulations.head._least_squares_solver import centred_least_squares, least_squares
from simulations.head._trained_heads import TrainedHeads
from simulations.head._training_sets import conditional_scales, fresh_scores, pooled_rows, training_sets
from simulations.pooled import PooledScales
from simulations.tokens import labels
from theory.model import NO_SHIFT, HeadSetting, ParameterError

__all__ = ["RULES", "averaging_heads", "intercept_heads", "least_squares_heads", "population_heads"]

Array = NDArray[np.float64]


def least_squares_heads(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads that minimise Σ (y_i - <w, x_i>)², by minimum norm where n < p; with an intercept if the setting has one.

    Since y_i = ±1 this is Σ (1 - <w, u_i>)² with u_i = y_i x_i, whose noise has the law of the noise of x_i.
    """
    designs, y = training_sets(setting, rng=rng, size=size)
    if setting.intercept:
        return TrainedHeads.of(setting, *centred_least_squares(designs * y[..., None], y))
    return TrainedHeads.of(setting, least_squares(designs, np.ones(setting.finite_samples)))


def intercept_heads(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads that minimise Σ (y_i - b - <w, x_i>)² over w and b, on n/2 samples of either label."""
    n = setting.finite_samples
    if n % 2:
        raise ParameterError("n_samples", "even, for as many samples of either label", n)
    signs = np.repeat((1.0, -1.0), n // 2)
    designs, _ = training_sets(setting, rng=rng, size=size, given_labels=np.broadcast_to(signs, (size, n)))
    designs *= signs[:, None]  # from y x back to x
    return TrainedHeads.of(setting, *centred_least_squares(designs, signs))


def averaging_heads(setting: HeadSetting, *, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads w = Σ y_i x_i; given the scores the sum is Gaussian, and is drawn as one vector."""
    if setting.intercept:
        raise ParameterError("intercept", "false for averaging", True)
    y = labels(setting.model, rng=rng, shape=(size, setting.finite_samples))
    sums, shift = fresh_scores(setting, rng=rng, shape=y.shape)
    scales = conditional_scales(setting, sums, shift, y)
    total = PooledScales(
        attention=np.ones((size, 1)),
        spread=np.sqrt((scales.spread**2).sum(axis=1, keepdims=True)),
        context=(scales.context * y).sum(axis=1, keepdims=True),
        signal=(scales.signal * y).sum(axis=1, keepdims=True),
        third=(scales.third * y).sum(axis=1, keepdims=True),
    )
    return TrainedHeads.of(setting, pooled_rows(setting, total, np.ones((size, 1)), rng)[:, 0, :])


def population_heads(setting: HeadSetting, *, rule: str, size: int) -> TrainedHeads:
    r"""The head that the population yields, n = ∞, where its direction is known without estimating a moment.

    Least squares takes the direction E[x xᵀ]⁻¹ E[y x], averaging E[y x]. Under an aligned prompt, without a shift, and
    orthogonal to q_*, both are the direction of w_* there whatever ρ, π and the noise: y x has mean W √(1-ρ²) E[A] along it,
    mean zero elsewhere, and its coordinates are uncorrelated. With the coordinate along q_* the same holds if moreover ρ = 0
    and π = 1/2: then y is independent of (A, C, r), so that E[y r] = E[A r y] = 0. With an intercept that symmetry makes E[x]
    orthogonal to w_* and r uncorrelated with A y, so that w ∝ w_*, b = 0; under the rule "intercept" the training labels are
    balanced, and ρ = 0 is enough.
    """
    model = setting.model
    known = model.shift == NO_SHIFT and (setting.prompt.strength == 0 or setting.prompt.angle in (0, math.pi))
    needed = "finite, unless the shift is zero, the prompt aligned, and "
    if rule == "intercept":
        known &= model.correlation == 0
        needed += "correlation = 0"
    elif setting.intercept or setting.head == "full":
        known &= model.correlation == 0 and model.label_prior == 0.5
        needed += "correlation = 0 and label_prior = 0.5"
    if not known:
        raise ParameterError("n_samples", needed, setting.n_samples)
    return TrainedHeads(np.tile([0.0, 1.0], (size, 1)), np.zeros(size))


RULES: Mapping[str, Callable[..., TrainedHeads]] = MappingProxyType(
    {"least-squares": least_squares_heads, "intercept": intercept_heads, "averaging": averaging_heads}
)
