r"""Fresh training sets of pooled features, and fresh scores of test samples, under the prompt of a setting."""

import numpy as np
from numpy.typing import NDArray

from simulations.pooled import NoiseSums, PooledScales, noise_shape, pooled_scales, token_sums
from simulations.tokens import labels, shifts
from theory.model import HeadSetting

__all__ = ["conditional_scales", "fresh_scores", "pooled_rows", "training_sets"]

Array = NDArray[np.float64]


def fresh_scores(setting: HeadSetting, *, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[NoiseSums, Array]:
    r"""Noise scores and shifts of fresh samples, of this shape and of this shape with a last axis of 3."""
    leans = setting.head == "full" or bool(noise_shape(setting.model, setting.prompt).lean[1:].any())
    sums = token_sums(setting.model, setting.prompt, rng=rng, size=shape[0] * shape[1], with_moment=leans)
    return sums.reshaped(*shape), shifts(setting.model.shift, rng=rng, shape=shape)


def conditional_scales(setting: HeadSetting, sums: NoiseSums, shift: Array, label: Array | float) -> PooledScales:
    r"""What fixes the law of the pooled feature given scores, shift and label, under the prompt of the setting."""
    return pooled_scales(setting.model, setting.prompt, sums, label=label, shift=shift)


def training_sets(
    setting: HeadSetting, *, rng: np.random.Generator, size: int, given_labels: Array | None = None
) -> tuple[Array, Array]:
    r"""Fresh training sets, folded: the rows yᵢxᵢ in the p coordinates of the head, and the labels yᵢ.

    Parameters
    ----------
    setting
        Model, prompt, finite n, and the coordinates of the head.
    rng
        Source of randomness.
    size
        Number of training sets.
    given_labels
        y, shape (size, n), if the labels are not to be drawn.

    Returns
    -------
    designs, labels
        Shapes (size, n, p) and (size, n). The first column is the coordinate along the part of w_* orthogonal to q_*; the
        last, of a full head, that along q_*.
    """
    y = given_labels
    if y is None:
        y = labels(setting.model, rng=rng, shape=(size, setting.finite_samples))
    sums, shift = fresh_scores(setting, rng=rng, shape=(size, setting.finite_samples))
    return pooled_rows(setting, conditional_scales(setting, sums, shift, y), y, rng), y


def pooled_rows(setting: HeadSetting, scales: PooledScales, y: Array, rng: np.random.Generator) -> Array:
    r"""The rows y x given their scales, in the columns of `training_sets`, shape (*y.shape, p).

    The noise is drawn as that of y x, which has the law of the noise of x.
    """
    rows = rng.standard_normal((*y.shape, setting.n_features))
    shape = noise_shape(setting.model, setting.prompt)
    axes = [1, 2][: setting.model.dim - 1] + ([0] if setting.head == "full" else [])
    columns = [axis - 1 for axis in axes]  # so that the coordinate along q_* is the last
    factor = shape.factor(axes)
    if not np.array_equal(factor, np.eye(len(axes))):
        rows[..., columns] = rows[..., columns] @ factor.T
    rows *= scales.spread[..., None]
    means = (scales.context, scales.signal, scales.third)
    for axis, column in zip(axes, columns, strict=True):
        if axis < 2 or shape.lean[axis] != 0:  # the third mean is zero for an aligned prompt
            rows[..., column] += y * means[axis]
    return rows
