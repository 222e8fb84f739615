r"""The trusted slow route: every loss as a convex program for cvxpy or a linear one, one problem at a time."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from simulations.head._certificates import separability_certificate
from theory.model import LOSSES, Registered, resolved

__all__ = ["hinge_reference", "logistic_reference", "reference_head", "squared_hinge_reference", "squared_reference"]


Array = NDArray[np.float64]

_TOLERANCES = (1e-11, 1e-9)  # the first one that the solver reaches
_EXPONENTIAL_TOLERANCES = (1e-8, 1e-7, 1e-6)  # the exponential cones of the logistic loss allow no tighter ones


def reference_head(design: Array, loss: str, ridge: float = 0.0, labels: Array | None = None) -> Array:
    r"""argmin (1/n) Σ ℓ(wᵀuᵢ + b yᵢ) + λ|w|²/2 by Clarabel at tight tolerances, b = 0 unless labels are given.

    For "max-margin" the shortest w with wᵀuᵢ + b yᵢ >= 1. Without ridge the limit λ → 0: for the squared loss the shortest
    minimiser; else max-margin if a linear program certifies that the data are separable, the minimiser if not, which for the
    hinge is found by linear programming (HiGHS).

    Parameters
    ----------
    design
        uᵢ = yᵢxᵢ, shape (n, p).
    loss
        A name of `theory.model.LOSSES`.
    ridge
        λ >= 0; not used by "max-margin".
    labels
        yᵢ, shape (n,), if an intercept is trained.

    Returns
    -------
    array
        w, shape (p,), or (w, b), shape (p + 1,).

    Raises
    ------
    ArithmeticError
        If the solver finds no solution, for instance because data are not separable.

    Examples
    --------
    >>> reference_head(np.array([[2.0, 0.0], [0.0, 4.0]]), "max-margin").round(6)
    array([0.5 , 0.25])
    """
    cp = _cvxpy()
    declared = LOSSES[Registered(LOSSES).member("loss", loss)]
    vanishing_ridge = declared.vanishing_ridge
    n, p = design.shape
    if vanishing_ridge == "max-margin" and ridge == 0 and separability_certificate(design, labels).separable:
        vanishing_ridge = "hard-margin"
    if loss == "hinge" and ridge == 0 and vanishing_ridge != "hard-margin":
        return _hinge_without_ridge(design if labels is None else np.column_stack([design, labels]))
    w, b = cp.Variable(p), cp.Variable()
    margins = design @ w if labels is None else design @ w + labels * b
    if vanishing_ridge == "hard-margin":
        problem = cp.Problem(cp.Minimize(cp.sum_squares(w) / 2), [margins >= 1])
    elif vanishing_ridge == "interpolation" and ridge == 0 and n <= p:
        problem = cp.Problem(cp.Minimize(cp.sum_squares(w) / 2), [margins == 1])
    else:
        problem = cp.Problem(cp.Minimize(resolved(declared.reference)(margins, n) + ridge / 2 * cp.sum_squares(w)))
    _solve(problem, _EXPONENTIAL_TOLERANCES if loss == "logistic" else _TOLERANCES)
    return np.asarray(w.value if labels is None else np.append(w.value, b.value), dtype=np.float64)


def _solve(problem: Any, tolerances: tuple[float, ...]) -> None:
    r"""Solve by Clarabel at the first tolerance that it reaches."""
    cp = _cvxpy()
    for tolerance in tolerances:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Solution may be inaccurate")  # then the next tolerance is tried
            problem.solve(solver=cp.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance)
        if problem.status == "optimal":
            return
    raise ArithmeticError(f"Clarabel says {problem.status}")


def _hinge_without_ridge(design: Array) -> Array:
    r"""argmin Σ max(1 - wᵀuᵢ, 0), a linear program in w and the losses, by HiGHS."""
    n, p = design.shape
    program = linprog(
        np.repeat([0.0, 1.0], [p, n]),
        A_ub=-np.column_stack([design, np.eye(n)]),
        b_ub=np.full(n, -1.0),
        bounds=[(None, None)] * p + [(0.0, None)] * n,
        method="highs",
    )
    if program.status != 0:
        raise ArithmeticError(f"HiGHS says {program.message}")
    return np.asarray(program.x[:p], dtype=np.float64)


def _cvxpy() -> Any:
    r"""The library, loaded when the trusted route is first asked for: it takes longer than the fast routes."""
    import cvxpy

    return cvxpy


def squared_reference(margins: Any, n: int) -> Any:
    r"""Mean of (1 - v)²/2."""
    return _cvxpy().sum_squares(1 - margins) / (2 * n)


def logistic_reference(margins: Any, n: int) -> Any:
    r"""Mean of log(1 + exp(-v))."""
    return _cvxpy().sum(_cvxpy().logistic(-margins)) / n


def hinge_reference(margins: Any, n: int) -> Any:
    r"""Mean of max(1 - v, 0)."""
    return _cvxpy().sum(_cvxpy().pos(1 - margins)) / n


def squared_hinge_reference(margins: Any, n: int) -> Any:
    r"""Mean of max(1 - v, 0)²/2."""
    return _cvxpy().sum_squares(_cvxpy().pos(1 - margins)) / (2 * n)
