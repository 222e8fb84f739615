r"""Minima of smooth objectives with hand-written gradients: L-BFGS with a limit on its steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["Minimum", "minimum"]

Array = NDArray[np.float64]
Objective = Callable[[Array], tuple[float, Array]]

_MEMORY = 20  # pairs of steps that L-BFGS remembers
_GRADIENT = 1e-6  # largest entry of a gradient that counts as 0
_DECREASE = 1e-10  # relative decrease of the objective that counts as none


@dataclass(frozen=True)
class Minimum:
    r"""Where the descent ended.

    Parameters
    ----------
    point
        Parameters, shape (P,).
    value
        Objective there.
    converged
        Whether its gradient or its decrease is negligible; False if the limit on the steps came first.
    """

    point: Array
    value: float
    converged: bool


def minimum(objective: Objective, start: Array, *, steps: int) -> Minimum:
    r"""The minimum that L-BFGS reaches from a start in a limited number of steps.

    Parameters
    ----------
    objective
        Maps parameters to (value, gradient).
    start
        Shape (P,).
    steps
        At most so many.

    Returns
    -------
    Minimum
        Running out of steps is a result, not an error: it regularises.

    Examples
    --------
    >>> found = minimum(lambda x: (float((x - 3.0) @ (x - 3.0)), 2 * (x - 3.0)), np.zeros(2), steps=20)
    >>> found.point.round(6), found.converged
    (array([3., 3.]), True)
    """
    options = {"maxiter": steps, "maxfun": 2 * steps, "maxcor": _MEMORY, "gtol": _GRADIENT, "ftol": _DECREASE}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    return Minimum(np.asarray(found.x, dtype=float), float(found.fun), bool(found.success))
