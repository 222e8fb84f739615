r"""Heads on pooled features: logistic with a ridge, and least squares with an intercept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._logistic_loss import logistic
from simulations.real.learners._minimum import minimum

__all__ = ["Head", "least_squares_head", "logistic_head"]

Array = NDArray[np.float64]

_STEPS = 200  # of the descent, of a convex problem


@dataclass(frozen=True)
class Head:
    r"""f = wᵀx + b; w of shape (p,)."""

    weights: Array
    intercept: float

    def scores(self, features: Array) -> Array:
        r"""f for features of shape (n, p)."""
        result: Array = features @ self.weights + self.intercept
        return result


def logistic_head(features: Array, labels: Array, ridge: float) -> Head:
    r"""The minimiser of mean log(1 + e^{-y f}) + λ v |w|²/2, v the mean variance of a feature: scale-free.

    Parameters
    ----------
    features, labels
        x and y = ±1, shapes (n, p) and (n,).
    ridge
        λ > 0.

    Examples
    --------
    >>> head = logistic_head(np.array([[-1.0], [1.0], [3.0]]), np.array([-1.0, 1.0, 1.0]), 0.1)
    >>> np.sign(head.scores(np.array([[-1.0], [1.0]])))
    array([-1.,  1.])
    """
    strength = ridge * max(float(features.var(axis=0).mean()), np.finfo(float).tiny)
    centre = features.mean(axis=0)
    centred = features - centre  # the intercept is not penalised, so centring changes nothing but the speed

    def objective(vector: Array) -> tuple[float, Array]:
        weights = vector[:-1]
        loss, slope = logistic(labels, centred @ weights + vector[-1])
        gradient = np.append(slope @ centred + strength * weights, slope.sum())
        return loss + strength * float(weights @ weights) / 2, gradient

    found = minimum(objective, np.zeros(features.shape[1] + 1), steps=_STEPS).point
    return Head(found[:-1], float(found[-1] - centre @ found[:-1]))


def least_squares_head(features: Array, labels: Array) -> Head:
    r"""The minimiser of Σ (y - wᵀx - b)²; of all minimisers the one with the shortest w.

    Examples
    --------
    >>> head = least_squares_head(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([-1.0, -1.0, 1.0, 1.0]))
    >>> head.weights.round(9), round(head.intercept, 9)
    (array([0.8]), -1.2)
    """
    centre, middle = features.mean(axis=0), float(labels.mean())
    weights = np.linalg.lstsq(features - centre, labels - middle, rcond=None)[0]
    return Head(weights, middle - float(centre @ weights))
