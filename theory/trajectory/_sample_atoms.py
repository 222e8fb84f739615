r"""What a sample's tokens have for means, as a finite law: exact for every polynomial of the shift up to a degree."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from theory.model import BoxShift, ContextualModel, ShiftLaw, refuse_beyond
from theory.numerics import gauss_legendre

__all__ = ["SampleAtoms", "sample_atoms"]

Floats = NDArray[np.float64]

_NODES = 4  # a Gauss rule of 4 nodes integrates polynomials of degree 7 exactly; covariances have degree 6


@dataclass(frozen=True)
class SampleAtoms:
    r"""A finite law of (y, mean of a relevant token, mean of an irrelevant token), in the basis (q̂_*, ŵ_⊥).

    Parameters
    ----------
    probability
        Shape (K,), sums to 1.
    label
        y = ±1, shape (K,).
    relevant, irrelevant
        u = q_* + y w_* and v = -δq q_* - (δw + δy y) w_*, shapes (K, 2).
    pooled
        ζ u + (1 - ζ) v, the mean of the average token, shape (K, 2).
    """

    probability: Floats
    label: Floats
    relevant: Floats
    irrelevant: Floats
    pooled: Floats

    @property
    def contrast(self) -> Floats:
        r"""u - v, shape (K, 2)."""
        return self.relevant - self.irrelevant


def sample_atoms(model: ContextualModel) -> SampleAtoms:
    r"""Labels and shifts as atoms.

    A finite shift is itself; a box becomes the product of Gauss rules, which has the same moments up to degree 7 in each
    coordinate of δ: as many as the mean and the covariance of the gradients need.

    Parameters
    ----------
    model
        The law of the data.

    Returns
    -------
    SampleAtoms
        In coordinates along q̂_* and along the part of w_* orthogonal to it.

    Raises
    ------
    ParameterError
        If relevant tokens have noise, or the noise is not isotropic.

    Examples
    --------
    >>> from theory.model import ContextualModel
    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0)
    >>> sample_atoms(model).relevant
    array([[ 2. ,  0.5],
           [ 2. , -0.5]])
    """
    refuse_beyond(model, "the first gradient steps", {"shift", "correlation", "label_prior"})
    rho = model.correlation
    context = np.array([model.context_norm, 0.0])
    signal = model.signal_norm * np.array([rho, np.sqrt(1 - rho**2)])
    weights, shift = _shift_rule(model.shift)
    label = np.repeat([1.0, -1.0], len(weights))
    prior = np.repeat([model.label_prior, 1 - model.label_prior], len(weights))
    delta = np.tile(shift, (2, 1))
    relevant = context + label[:, None] * signal
    irrelevant = -delta[:, :1] * context - (delta[:, 1:2] + delta[:, 2:] * label[:, None]) * signal
    zeta = model.relevant_fraction
    pooled = zeta * relevant + (1 - zeta) * irrelevant
    return SampleAtoms(prior * np.tile(weights, 2), label, relevant, irrelevant, pooled)


def _shift_rule(law: ShiftLaw) -> tuple[Floats, Floats]:
    r"""Weights (N,) and points (N, 3) of a law of δ with the right moments."""
    if not isinstance(law, BoxShift):
        return np.array(law.probabilities), np.array(law.points)
    nodes, weights = gauss_legendre(_NODES)
    sides = [
        [(low + (high - low) * x, w) for x, w in zip(nodes, weights, strict=True)] if high > low else [(low, 1.0)]
        for low, high in zip(law.lower, law.upper, strict=True)
    ]
    atoms = list(product(*sides))
    points = np.array([[x for x, _ in atom] for atom in atoms])
    return np.array([np.prod([w for _, w in atom]) for atom in atoms]), points
