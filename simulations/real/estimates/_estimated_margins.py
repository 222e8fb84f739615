r"""Margins of pooled features along the direction that one half of a pool gives, measured on the other half."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["EstimatedMargins", "estimated_margins"]

Array = NDArray[np.float64]


class EstimatedMargins(NamedTuple):
    r"""Coordinates along the direction, times the label, and lengths across it over √(p - 1); shape (N,)."""

    along: Array
    across: Array


def estimated_margins(features: Array, labels: Array) -> EstimatedMargins:
    r"""Cross-fitted margins: each half of the samples is seen through means and covariance of the other half.

    In coordinates that make the covariance within classes the identity, centred half way between the classes, with the first axis
    along Σ⁻¹Δ.

    Parameters
    ----------
    features, labels
        x and y = ±1, shapes (N, p) and (N,); N/2 well above p.
    """
    halves = (slice(0, None, 2), slice(1, None, 2))
    parts = [_seen(features[own], labels[own], features[other], labels[other]) for own, other in (halves, halves[::-1])]
    along, across = (np.concatenate(values) for values in zip(*parts, strict=True))
    return EstimatedMargins(along, across)


def _seen(features: Array, labels: Array, other: Array, other_labels: Array) -> tuple[Array, Array]:
    means = [other[other_labels == label].mean(axis=0) for label in (-1, 1)]
    within = other - np.where(other_labels[:, None] > 0, means[1], means[0])
    factor = np.linalg.cholesky(within.T @ within / (len(other) - 2))
    axis = np.linalg.solve(factor, means[1] - means[0])
    axis /= np.linalg.norm(axis)
    whitened = np.linalg.solve(factor, (features - (means[0] + means[1]) / 2).T).T
    centred = np.linalg.solve(factor, (features - np.where(labels[:, None] > 0, means[1], means[0])).T).T
    rest = centred - np.outer(centred @ axis, axis)
    return labels * (whitened @ axis), np.linalg.norm(rest, axis=1) / np.sqrt(features.shape[1] - 1)
