r"""The finite-T law of attended real tokens: attention differs from sample to sample, so features are a mixture of Gaussians."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from theory.model import ParameterError
from theory.real._attended import AttendedFeatures, attended_classes, contrast_of
from theory.real._token_moments import TokenMoments

__all__ = ["EffectiveRatio", "effective_ratio"]

Array = NDArray[np.float64]

_POINTS = 8192  # of each lattice
_CHUNK = 2048  # points at once: memory
_INSIDE = 1e-12  # of the ends of the cube, where quantiles are infinite


@dataclass(frozen=True)
class EffectiveRatio:
    r"""κ of the finite-T law, and what it is made of.

    Parameters
    ----------
    value
        κₑ, freed of the bias of estimated moments.
    abs_error
        Bound on the numerical error of κₑ.
    mahalanobis
        The Mahalanobis κ of the same features, also freed of bias.
    limit
        The error for n → ∞ of the direction Σ⁻¹Δ under exact moments.
    """

    value: float
    abs_error: float
    mahalanobis: float
    limit: float


def effective_ratio(moments: TokenMoments, prompt: Array) -> EffectiveRatio:
    r"""κₑ = Q⁻¹(ε∞): the constant signal-to-noise ratio with the same limit error as attended features, n → ∞.

    Along w = Σ⁻¹Δ, from the point x₀ half way between the classes, a sample of label y is on the wrong side with probability

    .. math::

        \varepsilon_y = \mathrm E\, Q\Bigl(\frac{y\,w^\top(\mathrm E[x \mid \text{scores}] - x_0)}
            {\sqrt{w^\top \operatorname{Cov}(x \mid \text{scores})\, w}}\Bigr)

    over T own scores and a shared one, independent and normal: given them the feature is Gaussian (`attended_features`).
    ε∞ = (1-π)ε₋ + πε₊. The expectation is a lattice rule (no randomness); its error is estimated from two lattices.

    Parameters
    ----------
    moments, prompt
        As for `attended_features`.

    Returns
    -------
    EffectiveRatio

    Raises
    ------
    ParameterError
        As for `attended_features`, or if the classes do not differ.

    Notes
    -----
    Equation :eq:`eq-real-effective` of docs/real_prediction.md.
    """
    classes = attended_classes(moments, prompt)
    contrast = contrast_of(moments, classes)
    if not contrast.difference.any():
        raise ParameterError("relevant_means", "different for the two labels", "equal means")
    direction = np.asarray(np.linalg.solve(contrast.covariance, contrast.difference), dtype=np.float64)
    middle = float(direction @ (classes[0].mean + classes[1].mean)) / 2
    limits = []
    for shift in (0.5, 0.25):  # two lattices, whose difference is the stated error
        errors = [_limit_error(moments, classes[k], direction, middle, 2 * k - 1, shift) for k in range(2)]
        limits.append(float(moments.shares @ errors))
    limit = sum(limits) / 2
    raw = float(np.sqrt(contrast.difference @ direction)) / 2
    bias = contrast.mahalanobis_ratio / raw
    values = [float(-ndtri(value)) for value in (*limits, limit)]
    return EffectiveRatio(max(values[2], 0.0) * bias, abs(values[1] - values[0]) * bias, contrast.mahalanobis_ratio, limit)


def _limit_error(
    moments: TokenMoments, features: AttendedFeatures, direction: Array, middle: float, label: int, shift: float
) -> float:
    r"""ε_y by a lattice of scores."""
    m, law = moments.n_relevant, features.scores
    slopes, rests = features.slopes @ direction, features.rests @ direction @ direction
    start = float(direction @ moments.irrelevant_mean) - middle
    total = 0.0
    for first in range(0, _POINTS, _CHUNK):
        points = ndtri(_lattice(first + np.arange(_CHUNK), moments.n_tokens + (law.shared_std > 0), shift))
        z, g = points[:, : moments.n_tokens], points[:, -1] * (law.shared_std > 0)
        relevant = law.gap + (law.shared_std * g)[:, None] + law.own_stds[0] * z[:, :m]
        scores = np.concatenate([relevant, law.own_stds[1] * z[:, m:]], axis=1)
        a = np.exp(scores - scores.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        u, pulls, squares = a[:, :m].sum(axis=1), a * z, a**2
        f = np.stack([u, u * g, (1 - u) * g, pulls[:, :m].sum(axis=1), pulls[:, m:].sum(axis=1)])
        weights = np.stack([squares[:, :m].sum(axis=1), squares[:, m:].sum(axis=1), u**2, u * (1 - u), (1 - u) ** 2])
        spread = np.sqrt(np.maximum(rests @ weights, np.finfo(float).tiny))
        total += float(ndtr(-label * (start + slopes @ f) / spread).sum())
    return total / _POINTS


def _lattice(index: NDArray[np.int64], dim: int, shift: float) -> Array:
    r"""Points of the Kronecker lattice with steps φ⁻¹, φ⁻², …, φ^{dim+1} = φ + 1, inside (0, 1)."""
    phi = 2.0
    for _ in range(60):  # a contraction: far beyond rounding
        phi = (1 + phi) ** (1 / (dim + 1))
    points: Array = (shift + (index[:, None] + 1) * phi ** -np.arange(1.0, dim + 1)) % 1.0
    return np.clip(points, _INSIDE, 1 - _INSIDE)
