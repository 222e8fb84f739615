r"""The trusted slow route: every loss as a convex program for cvxpy, one problem at a time."""

from typing import Any

import cvxpy
import numpy as np
from numpy.typing import NDArray

from theory.model import Choice

__all__ = ["TRAINED_LOSSES", "reference_head"]

cp: Any = cvxpy  # its functions are re-exported in a way that type checkers do not see

Array = NDArray[np.float64]

_TOLERANCE, _EXPONENTIAL_TOLERANCE = 1e-11, 1e-8  # the exponential cones of the logistic loss allow no tighter one

TRAINED_LOSSES = Choice(("squared", "logistic", "hinge", "squared-hinge", "max-margin"))


def reference_head(design: Array, loss: str, ridge: float = 0.0) -> Array:
    r"""argmin (1/n) Σ ℓ(wᵀuᵢ) + λ|w|²/2 by Clarabel at tight tolerances; for "max-margin" the shortest w with wᵀuᵢ >= 1.

    Parameters
    ----------
    design
        uᵢ = yᵢxᵢ, shape (n, p).
    loss
        One of `TRAINED_LOSSES`.
    ridge
        λ >= 0; not used by "max-margin".

    Returns
    -------
    array
        w, shape (p,).

    Raises
    ------
    ArithmeticError
        If the solver finds no solution, for instance because data are not separable.

    Examples
    --------
    >>> reference_head(np.array([[2.0, 0.0], [0.0, 4.0]]), "max-margin").round(6)
    array([0.5 , 0.25])
    """
    TRAINED_LOSSES.member("loss", loss)
    w = cp.Variable(design.shape[1])
    margins = design @ w
    if loss == "max-margin":
        problem = cp.Problem(cp.Minimize(cp.sum_squares(w) / 2), [margins >= 1])
    else:
        problem = cp.Problem(cp.Minimize(_mean_loss(margins, loss, len(design)) + ridge / 2 * cp.sum_squares(w)))
    tolerance = _EXPONENTIAL_TOLERANCE if loss == "logistic" else _TOLERANCE
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance)
    if w.value is None:
        raise ArithmeticError(f"Clarabel says {problem.status}")
    return np.asarray(w.value, dtype=np.float64)


def _mean_loss(margins: Any, loss: str, n: int) -> Any:
    if loss == "squared":
        return cp.sum_squares(1 - margins) / (2 * n)
    if loss == "logistic":
        return cp.sum(cp.logistic(-margins)) / n
    if loss == "hinge":
        return cp.sum(cp.pos(1 - margins)) / n
    return cp.sum_squares(cp.pos(1 - margins)) / (2 * n)
