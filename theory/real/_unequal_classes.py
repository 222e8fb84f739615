r"""Least squares with an intercept on classes of any sizes: the exact expected error."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.model import Interval, Prediction
from theory.numerics import probability_rule

__all__ = ["error_of_class_sizes", "error_of_random_labels"]

Array = NDArray[np.float64]

_HALF_PI = np.pi / 2
_ORDERS = ((16, 10, 3), (22, 14, 4))
r"""Nodes of each angle, of each part of X₁ and of s, for the check and for the estimate; the latter is 2e-7 off or less (against
(40, 30, 8), three settings)."""
_LABEL_NODES = 5  # of the class sizes: 8 of them change the error by 8e-9 or less (three settings)
_NEGLIGIBLE = 1e-13  # weight of a node that is left out
_ROUNDING = 1e-14  # of the sums


def error_of_class_sizes(kappa: float, sizes: tuple[float, float], dim: int, label_prior: float = 0.5) -> tuple[float, float]:
    r"""Expected test error of least squares with an intercept, trained on n₋ and n₊ samples of N(±κe₁, I_p).

    .. math::

        \mathrm E\,Q\Bigl(\frac{\kappa\cos\theta\,(1 - y\bar y) + y\bar y/|\hat w|}{\sqrt{1 + 1/n}}\Bigr), \qquad
        \cos\theta = \cos\varphi\cos(\psi + \eta), \qquad
        \frac1{|\hat w|} = \frac{(s + r^2)\cos\varphi\cos\eta}{2\sqrt h\,r}

    with ȳ = (n₊ - n₋)/n, h = n₊n₋/n, (r, ψ) the polar coordinates of N(2√h κ e₁, I_p), and independent
    s ~ χ²_{n-p-1}, tan η = t_k/√k and cos²φ ~ Beta((k+1)/2, (p-2)/2), k = n - p. For n₋ = n₊ this is `error_with_intercept`.

    Parameters
    ----------
    kappa
        κ >= 0, half the Mahalanobis distance of the classes.
    sizes
        (n₋, n₊), each at least 1, with n >= p + 2. Real numbers are allowed: the formula is analytic in them.
    dim
        p >= 3.
    label_prior
        π, the share of y = +1 among test samples.

    Returns
    -------
    tuple
        The error and a bound on its numerical error.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-real-class-sizes` of docs/real_prediction.md.

    Examples
    --------
    >>> from theory.head import error_with_intercept
    >>> value, bound = error_of_class_sizes(0.8, (15, 15), 6)
    >>> bool(abs(value - error_with_intercept(0.8, 30, 6)[0]) <= bound < 1e-4)
    True
    >>> bool(error_of_class_sizes(0.8, (5, 25), 6)[0] > value)
    True
    """
    kappa = float(Interval(0).member("kappa", kappa))
    p = int(Interval(3, integer=True).member("dim", dim))
    minus, plus = (float(Interval(1).member("sizes", size)) for size in sizes)
    Interval(p + 2).member("sizes", minus + plus)
    prior = float(Interval(0, 1, open_lower=True, open_upper=True).member("label_prior", label_prior))
    rough, fine = (_expectation(kappa, minus, plus, p, prior, orders) for orders in _ORDERS)
    return fine, abs(fine - rough) + _ROUNDING


def error_of_random_labels(kappa: float, n_samples: int, dim: int, label_prior: float = 0.5) -> Prediction:
    r"""The same, averaged over the class sizes of n random labels.

    n₊ ~ Binomial(n, π) enters smoothly; it is replaced by a normal variable of the same mean and variance and integrated by
    Gauss–Hermite.

    Parameters
    ----------
    kappa, dim, label_prior
        As for `error_of_class_sizes`.
    n_samples
        n >= p + 2, and such that 5 standard deviations of n₊ leave both classes non-empty.

    Examples
    --------
    >>> round(float(error_of_random_labels(0.25, 1000, 64)), 4)
    0.4327
    """
    n = int(Interval(dim + 2, integer=True).member("n_samples", n_samples))
    prior = float(Interval(0, 1, open_lower=True, open_upper=True).member("label_prior", label_prior))
    spread = math.sqrt(n * prior * (1 - prior))
    Interval(5 * spread + 1).member("n_samples · min(π, 1-π)", n * min(prior, 1 - prior))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_LABEL_NODES)
    weights = weights / weights.sum()
    if prior == 0.5:  # then n₊ and n₋ may be exchanged; the middle node is 0 up to rounding
        nodes, weights = nodes[nodes > -1e-9], np.where(np.abs(nodes) < 1e-9, 1, 2)[nodes > -1e-9] * weights[nodes > -1e-9]
    parts = [error_of_class_sizes(kappa, (n - plus, plus), dim, prior) for plus in n * prior + spread * nodes]
    values, bounds = np.array(parts).T
    return Prediction(float(weights @ values), float(weights @ bounds), "class-sizes", "n >= p + 2", model_error=0.0)


def _expectation(kappa: float, minus: float, plus: float, p: int, prior: float, orders: tuple[int, int, int]) -> float:
    r"""The expectation by a tensor rule; `orders` are the nodes of each angle, of each part of X₁ and of s.

    X₁ has the coordinate a ~ N(2√h κ, 1) along e₁ and the length b, b² ~ χ²_{p-1}, across: r² = a² + b², cos ψ = a/r.
    """
    n, h = minus + plus, minus * plus / (minus + plus)
    freedom, imbalance = n - p, (plus - minus) / n
    along, across, part_weights = _parts(2 * math.sqrt(h) * kappa, p, orders[1])
    eta, eta_weights = probability_rule(lambda x: (freedom - 1) * np.log(np.cos(x)), -_HALF_PI, _HALF_PI, orders[0])
    phi, phi_weights = probability_rule(
        lambda x: freedom * np.log(np.cos(x)) + (p - 3) * np.log(np.sin(x)), 0.0, _HALF_PI, orders[0]
    )
    psi, length = np.arctan2(across, along)[:, None, None], np.hypot(along, across)[:, None, None]
    signal = kappa * np.cos(phi) * np.cos(psi + eta[:, None])  # shape (parts, η, φ)
    flat = np.cos(phi) * np.cos(eta)[:, None] / (2 * math.sqrt(h) * length)
    scales, scale_weights = _chi_squared(n - p - 1, orders[2])
    total = 0.0
    for scale, weight in zip(scales, scale_weights, strict=True):
        offset = imbalance * (flat * (scale + length**2) - signal)  # y ȳ (1/|w| - κ cos θ)
        for y, share in ((-1, 1 - prior), (1, prior)):
            errors = ndtr(-(signal + y * offset) / math.sqrt(1 + 1 / n))
            total += weight * share * float(part_weights @ (errors @ phi_weights @ eta_weights))
    return total


def _parts(mean: float, p: int, order: int) -> tuple[Array, Array, Array]:
    r"""Nodes and weights for (a, b): Gauss–Hermite times Gauss–Laguerre."""
    a, a_weights = np.polynomial.hermite_e.hermegauss(order)
    squares, b_weights = _chi_squared(p - 1, order)
    weights = np.outer(a_weights / a_weights.sum(), b_weights)
    along, across = np.broadcast_arrays((mean + a)[:, None], np.sqrt(squares))
    kept = weights > _NEGLIGIBLE
    return along[kept], across[kept], weights[kept]


def _chi_squared(freedom: float, order: int) -> tuple[Array, Array]:
    r"""The Gauss rule for χ², from the recurrence of Laguerre polynomials (Golub–Welsch): no gamma function overflows."""
    k, alpha = np.arange(order), freedom / 2 - 1
    nodes, vectors = np.linalg.eigh(np.diag(2 * k + alpha + 1) + np.diag(np.sqrt(k[1:] * (k[1:] + alpha)), -1))
    return 2 * nodes, vectors[0] ** 2
