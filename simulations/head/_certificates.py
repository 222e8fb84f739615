r"""Is a training set separable? A yes or a no, each with a certificate that can be checked by multiplication."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from simulations.head._coordinates import with_intercept

__all__ = ["Certificate", "InseparableError", "are_separable", "separability_certificate"]

Array = NDArray[np.float64]

_STEPS = 60  # Newton steps, after which linear programming decides
_HALVINGS = 30  # of one step: down to 1e-9 of it
_CLEAR = 1e-7  # margin of a separating head: far above rounding
_BALANCED = 1e-10  # of the weights: a combination of unit samples that is smaller vanishes
_DIGITS = 1e-9  # what a certificate of the linear program must show
_LIFT = 1e-9  # what Newton's step adds to a curvature that may be singular
_ARMIJO = 1e-4  # share of the promised fall that a step must bring


class InseparableError(ArithmeticError):
    r"""A training set is not separable, and max-margin needs one that is."""


@dataclass(frozen=True)
class Certificate:
    r"""`head` with all margins positive, or `weights` a >= 0, Σ a = 1, with Σ aᵢuᵢ = 0: either excludes the other.

    With an intercept b is the last entry of the head, yᵢ that of uᵢ: the weights balance the labels too.
    """

    separable: bool
    head: Array | None
    weights: Array | None


def separability_certificate(design: Array, labels: Array | None = None) -> Certificate:
    r"""Decided by linear programming (HiGHS): the largest margin of a head in the unit cube, and its dual.

    Parameters
    ----------
    design
        uᵢ = yᵢxᵢ, shape (n, p).
    labels
        yᵢ, shape (n,), if the head has an intercept.

    Raises
    ------
    ArithmeticError
        If neither answer can be certified.

    Examples
    --------
    >>> separability_certificate(np.array([[1.0, 2.0], [1.0, -1.0]])).separable
    True
    >>> separability_certificate(np.array([[1.0, 2.0], [-2.0, -4.0]])).weights.round(6)
    array([0.666667, 0.333333])
    """
    unit_intercept = _scale(design)
    if labels is not None:
        design = with_intercept(design, unit_intercept * labels)
    n, p = design.shape
    unit = design / np.linalg.norm(design, axis=1, keepdims=True)
    program = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.column_stack([-unit, np.ones(n)]),
        b_ub=np.zeros(n),
        bounds=[(-1.0, 1.0)] * p + [(None, 1.0)],
        method="highs",
    )
    head = program.x[:p]
    if (unit @ head).min() > _DIGITS:
        return Certificate(True, head if labels is None else np.append(head[:-1], head[-1] * unit_intercept), None)
    weights = np.maximum(-program.ineqlin.marginals, 0.0) / np.linalg.norm(design, axis=1)
    weights /= weights.sum()
    if np.abs(weights @ design).max() < _DIGITS * np.abs(design).max():
        return Certificate(False, None, weights)
    raise ArithmeticError("neither a separating head nor a vanishing combination was found to nine digits")


def are_separable(designs: Array, labels: Array | None = None) -> NDArray[np.bool_]:
    r"""Which training sets are separable, for many at once.

    Newton's method on Σ max(1 - wᵀuᵢ, 0)², which is piecewise quadratic, ends either at a head with positive margins or at a
    point where the weights max(1 - wᵀuᵢ, 0) combine the samples to 0: a certificate in both cases. What it leaves undecided
    goes to linear programming.

    Parameters
    ----------
    designs
        uᵢ = yᵢxᵢ, shape (size, n, p).
    labels
        yᵢ, shape (size, n), if the head has an intercept.

    Returns
    -------
    array of bool
        Shape (size,).

    Examples
    --------
    >>> are_separable(np.array([[[1.0, 2.0], [1.0, -1.0]], [[1.0, 2.0], [-2.0, -4.0]]]))
    array([ True, False])
    """
    if labels is not None:
        designs = with_intercept(designs, _scale(designs) * labels)
    unit = designs / np.linalg.norm(designs, axis=2, keepdims=True)
    answer = np.zeros(len(unit), dtype=bool)
    active, heads = np.arange(len(unit)), np.zeros((len(unit), unit.shape[2]))
    for _ in range(_STEPS):
        u = unit[active]
        margins = (u @ heads[..., None])[..., 0]
        weights = np.maximum(1.0 - margins, 0.0)
        yes = margins.min(axis=1) > _CLEAR
        pull = (weights[:, None, :] @ u)[:, 0, :]
        no = np.abs(pull).max(axis=1) < _BALANCED * weights.sum(axis=1)
        answer[active[yes]] = True
        going = ~(yes | no)
        active, heads = active[going], heads[going]
        if active.size == 0:
            return answer
        heads = heads + _newton_step(u[going], margins[going], weights[going], pull[going])
    answer[active] = [separability_certificate(design).separable for design in unit[active]]
    return answer


def _scale(designs: Array) -> float:
    r"""The unit of the intercept, which does not change the answer: about the length of a feature."""
    return float(np.sqrt((designs**2).sum(axis=-1).mean())) or 1.0


def _newton_step(u: Array, margins: Array, weights: Array, pull: Array) -> Array:
    hessian = (u * (weights > 0)[..., None]).transpose(0, 2, 1) @ u
    diagonal = np.arange(hessian.shape[1])
    hessian[:, diagonal, diagonal] += _LIFT
    change = np.linalg.solve(hessian, pull[..., None])[..., 0]
    moved = (u @ change[..., None])[..., 0]
    objective, fall = (weights**2).sum(axis=1), np.einsum("bp,bp->b", pull, change)
    length = np.ones(len(u))
    for _ in range(_HALVINGS):
        trial = (np.maximum(1.0 - margins - length[:, None] * moved, 0.0) ** 2).sum(axis=1)
        high = trial > objective - _ARMIJO * length * fall
        if not high.any():
            break
        length = np.where(high, length / 2, length)
    result: Array = length[:, None] * change
    return result
