r"""Two classes of pooled features by mean and covariance, estimated on a pool: plain numbers for whoever predicts from them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["EstimatedContrast", "estimated_contrast"]

Array = NDArray[np.float64]


class EstimatedContrast(NamedTuple):
    r"""Δ̂, Σ̂ within classes, the covariance of Δ̂, and the degrees of freedom of Σ̂."""

    difference: Array
    covariance: Array
    noise: Array
    freedom: float


def estimated_contrast(features: Array, labels: Array) -> EstimatedContrast:
    r"""Difference of class means and covariance within classes; every sample is one observation.

    Whatever the tokens of a sample have in common, and whatever attention makes of it, is in the features already.

    Parameters
    ----------
    features, labels
        x and y = ±1, shapes (N, p) and (N,).

    Examples
    --------
    >>> found = estimated_contrast(np.array([[0.0], [2.0], [5.0], [7.0]]), np.array([-1, -1, 1, 1]))
    >>> float(found.difference[0]), float(found.covariance[0, 0]), float(found.noise[0, 0]), found.freedom
    (5.0, 2.0, 2.0, 2)
    """
    classes = [features[labels == label] for label in (-1, 1)]
    scatter = sum((x - x.mean(axis=0)).T @ (x - x.mean(axis=0)) for x in classes)
    covariance = np.asarray(scatter, dtype=np.float64) / (len(features) - 2)
    noise = covariance * sum(1 / len(x) for x in classes)
    return EstimatedContrast(classes[1].mean(axis=0) - classes[0].mean(axis=0), covariance, noise, len(features) - 2)
