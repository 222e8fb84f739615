r"""Roots and minima of functions of one variable, by SciPy.

`scipy.optimize` takes longer to import than most formulas take to evaluate: it is imported when the first root is asked for.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["bounded_minimum", "bracketed_root"]


def bracketed_root(function: Callable[[float], float], low: float, high: float, **tolerances: float) -> float:
    r"""The root of a function with values of opposite sign at the two ends, by Brent's method.

    >>> round(bracketed_root(lambda x: x * x - 2, 0.0, 2.0, xtol=1e-14), 12)
    1.414213562373
    """
    from scipy.optimize import brentq  # see above

    return float(brentq(function, low, high, **tolerances))


def bounded_minimum(function: Callable[[float], float], low: float, high: float, **options: float) -> Any:
    r"""Minimiser `x` and minimum `fun` of a function between two ends, by Brent's method.

    >>> round(float(bounded_minimum(lambda x: (x - 0.3) ** 2, 0.0, 1.0, xatol=1e-9).x), 6)
    0.3
    """
    from scipy.optimize import minimize_scalar  # see above

    return minimize_scalar(function, bounds=(low, high), method="bounded", options=options)
