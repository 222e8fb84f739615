r"""Heads trained with any convex loss, with and without ridge and intercept, for many problems at once."""

import numpy as np
from numpy.typing import NDArray

from simulations.head._certificates import are_separable
from simulations.head._least_squares_solver import centred_least_squares, least_squares
from simulations.head._margin_problems import hinge_heads, max_margin_heads
from simulations.head._reference_head import TRAINED_LOSSES
from simulations.head._smooth_heads import smooth_heads
from theory.model import Interval

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
        "squared", "logistic", "hinge", "squared-hinge" or "max-margin".
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
    TRAINED_LOSSES.member("loss", loss)
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
    if loss == "max-margin":
        return max_margin_heads(designs, labels)
    if ridge == 0:
        return _shortest(designs, labels) if loss == "squared" else _without_ridge(designs, loss, labels)
    return hinge_heads(designs, ridge, labels) if loss == "hinge" else smooth_heads(designs, loss, ridge, labels)


def _shortest(designs: Array, labels: Array | None) -> Array:
    r"""Least squares by minimum norm."""
    if labels is None:
        return least_squares(designs, np.ones(designs.shape[1]))
    weights, intercept = centred_least_squares(designs * labels[..., None], labels)
    return np.column_stack([weights, intercept])


def _without_ridge(designs: Array, loss: str, labels: Array | None) -> Array:
    r"""Max-margin where a problem is separable, the minimiser of the loss where it is not."""
    separable = are_separable(designs, labels)
    heads = np.empty((len(designs), designs.shape[2] + (labels is not None)))
    for chosen, name in ((separable, "max-margin"), (~separable, loss)):
        if not chosen.any():
            continue
        part, y = designs[chosen], None if labels is None else labels[chosen]
        if name == "max-margin":
            heads[chosen] = max_margin_heads(part, y, certified=True)
        else:
            heads[chosen] = hinge_heads(part, 0.0, y) if name == "hinge" else smooth_heads(part, name, 0.0, y)
    return heads
