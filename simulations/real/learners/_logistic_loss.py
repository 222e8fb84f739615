r"""The logistic loss of scores, and its slope."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["logistic"]

Array = NDArray[np.float64]


def logistic(labels: Array, scores: Array) -> tuple[float, Array]:
    r"""mean log(1 + e^{-y f}) and its derivative in every f.

    Parameters
    ----------
    labels
        y = ±1, shape (n,).
    scores
        f, shape (n,).

    Returns
    -------
    tuple
        A number and an array of shape (n,).

    Examples
    --------
    >>> value, slope = logistic(np.array([1.0, -1.0]), np.zeros(2))
    >>> round(value, 4), slope
    (0.6931, array([-0.25,  0.25]))
    """
    margins = labels * scores
    return float(np.logaddexp(0.0, -margins).mean()), -labels * expit(-margins) / len(labels)
