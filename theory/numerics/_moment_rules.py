r"""Gauss rules for the scalars of one sample: exact for the polynomials that mean and covariance need."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_hermitenorm

from theory.numerics._quadrature import Rule

__all__ = ["chi_square_rule", "label_mean_rule", "normal_rule"]

Floats = NDArray[np.float64]


@cache
def normal_rule(order: int) -> Rule:
    r"""Nodes and weights for E f(ξ), ξ ~ N(0, 1); exact for polynomials of degree 2 order - 1.

    >>> nodes, weights = normal_rule(4)
    >>> round(float(weights @ nodes**6), 12)
    15.0
    """
    nodes, weights = roots_hermitenorm(order)
    return nodes, weights / weights.sum()


@cache
def chi_square_rule(freedom: int, order: int) -> Rule:
    r"""Nodes and weights for E f(c), c ~ χ² of `freedom` >= 0 degrees of freedom; exact for degree 2 order - 1.

    >>> nodes, weights = chi_square_rule(5, 3)
    >>> round(float(weights @ nodes**2), 10)
    35.0
    >>> nodes, weights = chi_square_rule(5000, 3)
    >>> round(float(weights @ nodes**3) / (5000 * 5002 * 5004), 10)
    1.0
    """
    if freedom == 0:
        return np.zeros(1), np.ones(1)
    k, alpha = np.arange(order, dtype=float), freedom / 2 - 1
    from scipy.linalg import eigh_tridiagonal  # takes longer to import than this rule to compute

    nodes, vectors = eigh_tridiagonal(2 * k + 1 + alpha, np.sqrt(k[1:] * (k[1:] + alpha)))  # Laguerre's recurrence
    return 2 * nodes, vectors[0] ** 2


def label_mean_rule(n_samples: float, prior: float, order: int) -> Rule:
    r"""Nodes and weights for E f(ȳ), ȳ = 2 n₊/n - 1, n₊ ~ Binomial(n, π): eigenvalues of the Krawtchouk recurrence.

    Exact for degree 2 order - 1; for order > n it is the binomial law itself. At n = ∞ the label mean is 2π - 1.

    >>> nodes, weights = label_mean_rule(3, 0.5, 9)
    >>> nodes.round(6) + 0.0, (8 * weights).round(6)
    (array([-1.      , -0.333333,  0.333333,  1.      ]), array([1., 3., 3., 1.]))
    """
    if np.isinf(n_samples):
        return np.array([2 * prior - 1]), np.ones(1)
    n = int(n_samples)
    k = np.arange(min(order, n + 1), dtype=float)
    diagonal = prior * (n - k) + (1 - prior) * k
    beside = np.sqrt(prior * (1 - prior) * k[1:] * (n - k[1:] + 1))
    from scipy.linalg import eigh_tridiagonal  # takes longer to import than this rule to compute

    nodes, vectors = eigh_tridiagonal(diagonal, beside)
    return 2 * nodes / n - 1, vectors[0] ** 2
