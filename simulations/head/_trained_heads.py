r"""A trained head, and its test error in closed form given fresh scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.head._training_sets import conditional_scales, fresh_scores
from simulations.pooled import NoiseSums, noise_shape
from theory.model import HeadSetting

__all__ = ["TrainedHeads", "conditional_error", "fresh_errors"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrainedHeads:
    r"""Heads f(x) = <w, x> + b in the coordinates of `tokens.directions`.

    Parameters
    ----------
    weights
        w, shape (size, d): along q_*, along the part of w_* orthogonal to it, …; two columns or more, zero where left out.
    intercept
        b, shape (size,).
    """

    weights: Array
    intercept: Array

    @classmethod
    def of(cls, setting: HeadSetting, weights: Array, intercept: Array | None = None) -> "TrainedHeads":
        r"""Heads from weights in the columns of `training_sets`, shape (size, p)."""
        zero = np.zeros(len(weights))
        full = setting.head == "full"
        ordered = np.roll(weights, 1, axis=1) if full else np.column_stack([zero, weights])
        return cls(ordered, zero if intercept is None else intercept)


def conditional_error(setting: HeadSetting, heads: TrainedHeads, sums: NoiseSums, shift: Array) -> Array:
    r"""Probability that sign f errs, given the head, the noise scores and the shift of the test sample.

    .. math::

        \sum_{y = \pm 1} P(y)\; Q\!\left( \frac{y\,(w^\top \mu_y + b)}{\sigma C_y\, |(I - v v^\top) D w|} \right)

    Given the scores the feature is Gaussian around the mean μ_y of `pooled_scales` with covariance (σC)² D(I - vvᵀ)D, and so
    is f. For an aligned prompt and isotropic noise the length in the denominator is that of the part of w orthogonal to q_*.
    Where f has no noise at all it errs with probability 0, 1/2 or 1 according to the sign of y f.

    Parameters
    ----------
    setting
        The law of the data, and the prompt.
    heads
        Trained heads, shape (size,).
    sums
        Fresh noise scores, shape (size, n_test).
    shift
        Fresh shifts, shape (size, n_test, 3).

    Returns
    -------
    array
        Mean over the n_test samples, shape (size,). Its expectation given the head is the test error of the head.

    Notes
    -----
    Equation :eq:`eq-context-any-prompt` of docs/context.md: given the scores the feature is Gaussian, and so is f.
    """
    shape = noise_shape(setting.model, setting.prompt)
    weights, gain = heads.weights, shape.noise_gain(heads.weights)
    errors = np.zeros(sums.peak.shape)
    for label, prior in ((1.0, setting.model.label_prior), (-1.0, 1 - setting.model.label_prior)):
        scales = conditional_scales(setting, sums, shift, label)
        mean = weights[:, 1:2] * scales.signal + weights[:, :1] * scales.context
        if weights.shape[1] > 2 and shape.lean[2] != 0:  # the third mean is zero for an aligned prompt
            mean += weights[:, 2:3] * scales.third
        margin = label * (mean + heads.intercept[:, None])
        errors += prior * _tail(margin, scales.spread * gain[:, None])
    average: Array = errors.mean(axis=1)
    return average


def fresh_errors(setting: HeadSetting, heads: TrainedHeads, *, rng: np.random.Generator, n_test: int) -> Array:
    r"""Conditional test errors averaged over `n_test` fresh samples for each head, shape (size,)."""
    return conditional_error(setting, heads, *fresh_scores(setting, rng=rng, shape=(len(heads.weights), n_test)))


def _tail(margin: Array, deviation: Array) -> Array:
    r"""P(margin + deviation · N(0, 1) < 0), a tie counted as one half."""
    sure = np.where(margin > 0, np.inf, np.where(margin < 0, -np.inf, 0.0))
    with np.errstate(over="ignore"):  # a margin of more than 1e308 deviations is a certain one
        standardised = np.divide(margin, deviation, out=sure, where=deviation > 0)
    tail: Array = ndtr(-standardised)
    return tail
