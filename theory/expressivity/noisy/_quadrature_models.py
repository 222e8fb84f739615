r"""Noise together with a box of shifts: Gauss rules turn the uniform law into a finite one, with an error that is stated."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from theory.model import BoxShift, ContextualModel, FiniteShift

__all__ = ["box_rule", "mean_pooling_nodes", "quadrature_models"]

_MOST = 64  # nodes on a side, even if the bound is not reached
_CRAMER = 1.0865  # |He_k(x)| ≤ 1.0865 √k! e^{x²/4}
_TARGET = 1e-10  # bound on the error of one side: small against the 1e-7 of the search over heads


def box_rule(shift: BoxShift, nodes: tuple[int, int, int]) -> FiniteShift:
    r"""The product of Gauss–Legendre rules on the sides of a box, as a finite law; sides of length 0 have one node.

    >>> rule = box_rule(BoxShift((1, 0, 2), (3, 0, 2)), (2, 2, 2))
    >>> [round(float(q), 9) for q, _, _ in rule.points], [round(p, 9) for p in rule.probabilities]
    ([1.422649731, 2.577350269], [0.5, 0.5])
    """
    sides = []
    for low, high, count in zip(shift.lower, shift.upper, nodes, strict=True):
        places, weights = np.polynomial.legendre.leggauss(count if high > low else 1)
        middle, half = (low + high) / 2, (high - low) / 2
        sides.append([(middle + half * float(x), float(w) / 2) for x, w in zip(places, weights, strict=True)])
    points = tuple((q, w, y) for (q, _), (w, _), (y, _) in product(*sides))
    probabilities = [a * b * c for (_, a), (_, b), (_, c) in product(*sides)]
    return FiniteShift(points, tuple(p / math.fsum(probabilities) for p in probabilities))


def quadrature_models(model: ContextualModel, *counts: int) -> list[ContextualModel]:
    r"""The model with its box replaced by rules of so many nodes on every side."""
    assert isinstance(model.shift, BoxShift)
    return [replace(model, shift=box_rule(model.shift, (count, count, count))) for count in counts]


def mean_pooling_nodes(model: ContextualModel) -> tuple[tuple[int, int, int], float]:
    r"""How many nodes each side needs for mean pooling, and a bound on the error of the rule that holds for every head.

    Along a side of length ℓ the argument of Q changes at a rate of at most c = (1−ζ)‖·‖/ν, with the norm of q_* for δq and of
    w_* otherwise. By the remainder of Gauss's rule and Cramér's bound on Hermite functions the error of a mean over the side is

    .. math:: \le (c\ell)^{2n} \frac{(n!)^4}{(2n+1)\,((2n)!)^3}\; \frac{1.0865\sqrt{(2n-1)!}}{\sqrt{2\pi}} .

    Notes
    -----
    Equation :eq:`eq-expressivity-remainder` of docs/expressivity.md.

    Examples
    --------
    >>> box = BoxShift((0, -1, 0), (2, 1, 0))
    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=5, signal_norm=0.5, context_norm=2.0, shift=box)
    >>> mean_pooling_nodes(model)[0]
    (21, 8, 1)
    """
    assert isinstance(model.shift, BoxShift)
    zeta = model.relevant_fraction
    rate = (1 - zeta) / (model.noise_std * math.sqrt((1 - zeta) / model.n_tokens))
    nodes, error = [], 0.0
    for j, norm in enumerate((model.context_norm, model.signal_norm, model.signal_norm)):
        length = rate * norm * (model.shift.upper[j] - model.shift.lower[j])
        errors = _remainders(length) if length > 0 else np.zeros(1)
        nodes.append(int(np.argmax(errors <= _TARGET)) + 1 if errors.min() <= _TARGET else _MOST)
        error += float(errors[nodes[-1] - 1])
    return (nodes[0], nodes[1], nodes[2]), error + 1e-14  # rounding of nodes and weights


def _remainders(length: float) -> NDArray[np.float64]:
    r"""Bounds on the error of rules with 1, 2, … nodes for the mean of Q over any interval of a length."""
    n = np.arange(1, _MOST + 1)
    logs = 2 * n * math.log(length) + 4 * gammaln(n + 1) - np.log(2 * n + 1) - 3 * gammaln(2 * n + 1) + gammaln(2 * n) / 2
    bounds: NDArray[np.float64] = np.minimum(1.0, _CRAMER / math.sqrt(2 * math.pi) * np.exp(np.minimum(logs, 1.0)))
    return bounds
