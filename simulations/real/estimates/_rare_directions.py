r"""Rare directions: those in which nearly all features are alike and a few are far off."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["directions_by_kurtosis"]

Array = NDArray[np.float64]


def directions_by_kurtosis(features: Array, labels: Array) -> tuple[Array, Array]:
    r"""Principal directions of the covariance within classes and the kurtosis along each, the rarest first.

    .. math:: \operatorname{kurtosis}(v) = \frac{\operatorname{mean}_i (v^\top x_i)^4}{(\operatorname{mean}_i (v^\top x_i)^2)^2}

    of features less the mean of their class; 3 for Gaussian features.

    Parameters
    ----------
    features, labels
        x and y = ±1, shapes (N, p) and (N,).

    Returns
    -------
    (directions, kurtosis)
        Shapes (p, p), a direction in each column, and (p,).

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> x = rng.standard_normal((4000, 2)) * np.stack([np.ones(4000), 30 * (rng.random(4000) < 0.01)], axis=1)
    >>> directions, kurtosis = directions_by_kurtosis(x, np.repeat([-1.0, 1.0], 2000))
    >>> np.abs(directions[:, 0]).round(1), bool(kurtosis[0] > 50), round(float(kurtosis[1]))
    (array([0., 1.]), True, 3)
    """
    means = {label: features[labels == label].mean(axis=0) for label in (-1, 1)}
    within = features - np.where(labels[:, None] > 0, means[1], means[-1])
    directions = np.linalg.eigh(within.T @ within)[1]
    along = within @ directions
    kurtosis = (along**4).mean(axis=0) / (along**2).mean(axis=0) ** 2
    order = np.argsort(kurtosis)[::-1]
    return directions[:, order], kurtosis[order]
