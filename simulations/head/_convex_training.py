r"""Heads trained with any convex loss, with and without ridge and intercept, for many problems at once."""

import numpy as np
from numpy.typing import NDArray

from simulations.head._certificates import are_separable
from simulations.head._margin_problems import max_margin_heads
from simulations.head._smooth_heads import shortest_heads
from theory.model import LOSSES, Interval, Registered, resolved

__all__ = ["trained_heads"]

Array = NDArray[np.float64]


def trained_heads(designs: Array, loss: str, ridge: float = 0.0, labels: Array | None = None) -> Array:
    r"""argmin (1/n) Σ ℓ(wᵀuᵢ + b yᵢ) + λ|w|²/2 of every problem by the fast routes; b = 0 unless labels are given.

    Without ridge the limit λ → 0: for the squared loss the shortest minimiser; for the others the max-margin head where the
    data are separable, which a certificate decides, and the minimiser where they are not. (On separable data the logistic
    loss has no minimiser, and its head grows without bound as λ → 0: its limit is one of direction.) With an intercept and
    samples of one label only, every head that answers this label is as good: w = 0, b = y is taken.

    Parameters
    ----------
    designs
        uᵢ = yᵢxᵢ, shape (size, n, p).
    loss
        A name of `theory.model.LOSSES`.
    ridge
        λ >= 0. Not used by "max-margin".
    labels
        yᵢ = ±1, shape (size, n), if an intercept is trained. It carries no ridge.

    Returns
    -------
    array
        w, shape (size, p), or (w, b), shape (size, p + 1).

    Raises
    ------
    ParameterError
        If `loss` or `ridge` lies outside its domain.
    InseparableError
        If the loss is "max-margin" and a problem is not separable.

    Examples
    --------
    >>> designs = np.array([[[2.0, 0.0], [0.0, 4.0]]])
    >>> trained_heads(designs, "max-margin").round(9)
    array([[0.5 , 0.25]])
    >>> trained_heads(designs, "squared-hinge", labels=np.array([[1.0, -1.0]])).round(9)   # x = (2, 0) and (0, -4)
    array([[0.2, 0.4, 0.6]])
    """
    Registered(LOSSES).member("loss", loss)
    ridge = float(Interval(0).member("ridge", ridge))
    if labels is None:
        return _trained(designs, loss, ridge, None)
    one_label = np.abs(labels.sum(axis=1)) == labels.shape[1]
    heads = np.zeros((len(designs), designs.shape[2] + 1))
    heads[one_label, -1] = labels[one_label, 0]
    both = ~one_label
    if both.any():
        heads[both] = _trained(designs[both], loss, ridge, labels[both])
    return heads


def _trained(designs: Array, loss: str, ridge: float, labels: Array | None) -> Array:
    r"""The heads; labels, if given, are of both signs in every problem."""
    vanishing_ridge = LOSSES[loss].vanishing_ridge
    if vanishing_ridge == "hard-margin":
        return max_margin_heads(designs, labels)
    if ridge == 0 and vanishing_ridge == "max-margin":
        return _without_ridge(designs, loss, labels)
    coefficients = designs.shape[2] + (labels is not None)
    if ridge == 0 and vanishing_ridge == "interpolation" and designs.shape[1] <= coefficients:
        return shortest_heads(designs, labels)
    return _minimisers(designs, loss, ridge, labels)


def _minimisers(designs: Array, loss: str, ridge: float, labels: Array | None) -> Array:
    r"""By the solver that the loss declares."""
    return np.asarray(resolved(LOSSES[loss].solver)(designs, ridge, labels), dtype=np.float64)


def _without_ridge(designs: Array, loss: str, labels: Array | None) -> Array:
    r"""Max-margin where a problem is separable, the minimiser of the loss where it is not."""
    separable = are_separable(designs, labels)
    heads = np.empty((len(designs), designs.shape[2] + (labels is not None)))
    if separable.any():
        y = None if labels is None else labels[separable]
        heads[separable] = max_margin_heads(designs[separable], y, certified=True)
    if not separable.all():
        y = None if labels is None else labels[~separable]
        heads[~separable] = _minimisers(designs[~separable], loss, 0.0, y)
    return heads
