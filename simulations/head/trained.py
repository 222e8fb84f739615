r"""A trained head, and its test error in closed form given fresh scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.pooled import NoiseSums, pooled_scales
from theory.model import ContextualModel

__all__ = ["TrainedHeads", "conditional_error"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrainedHeads:
    r"""All that the test error needs of heads f(x) = <w, x> + b.

    Parameters
    ----------
    signal
        Coordinate of w along the part of w_* orthogonal to q_*, shape (size,).
    orthogonal_norm
        Length of the part of w orthogonal to q_*, shape (size,).
    context
        Coordinate of w along q_*, shape (size,).
    intercept
        b, shape (size,).
    """

    signal: Array
    orthogonal_norm: Array
    context: Array
    intercept: Array


def conditional_error(model: ContextualModel, strength: float, heads: TrainedHeads, sums: NoiseSums, shift: Array) -> Array:
    r"""Probability that sign f errs, given the head, the noise scores and the shift of the test sample.

    .. math::

        \sum_{y = \pm 1} P(y)\; Q\!\left( \frac{y\,(w_1 r_y + w_2 \mu_y + b)}{\sigma C_y\, |w_\perp|} \right), \qquad
        \mu_y = W\sqrt{1-\rho^2}\,[A_y y - (1-A_y)(\delta_w + \delta_y y)]

    Given (A, C, r) the feature is Gaussian around (r, μ, 0, …) with standard deviation σC orthogonal to q_*, and so is
    f. Where f has no noise at all it errs with probability 0, 1/2 or 1 according to the sign of y f.

    Parameters
    ----------
    model, strength
        The law of the data; τ.
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

    Reference
    ---------
    Derived in docs/head.md.
    """
    errors = np.zeros(sums.peak.shape)
    for label, prior in ((1.0, model.label_prior), (-1.0, 1 - model.label_prior)):
        scales = pooled_scales(model, strength, sums, label=label, shift=shift)
        mean = heads.signal[:, None] * scales.signal + heads.context[:, None] * scales.context
        margin = label * (mean + heads.intercept[:, None])
        errors += prior * _tail(margin, scales.spread * heads.orthogonal_norm[:, None])
    average: Array = errors.mean(axis=1)
    return average


def _tail(margin: Array, deviation: Array) -> Array:
    r"""P(margin + deviation · N(0, 1) < 0), a tie counted as one half."""
    sure = np.where(margin > 0, np.inf, np.where(margin < 0, -np.inf, 0.0))
    with np.errstate(over="ignore"):  # a margin of more than 1e308 deviations is a certain one
        standardised = np.divide(margin, deviation, out=sure, where=deviation > 0)
    tail: Array = ndtr(-standardised)
    return tail
