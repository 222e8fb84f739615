r"""The finite-T law of attended real tokens: attention differs from sample to sample, so features are a mixture of Gaussians."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from theory.model import ParameterError
from theory.real.attended import AttendedFeatures, attended_classes, contrast_of
from theory.real.token_moments import TokenMoments

__all__ = ["EffectiveRatio", "effective_ratio"]

Array = NDArray[np.float64]

_POINTS = 8192
_CHUNK = 2048


@dataclass(frozen=True)
class EffectiveRatio:
    r"""κ of the finite-T law, and what it is made of.

    Attributes
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

    Along w = Σ⁻¹Δ, half way between the classes, a sample of label y is on the wrong side with probability

    .. math::

        \varepsilon_y = \mathrm E\, Q\Bigl(\frac{y\,w^\top(\mu_0 + U(\mu_y - \mu_0) + G_R b_y + G_I b_0 - c)}
            {\sqrt{C_R\, w^\top(\Sigma_y - b_y b_y^\top)w + C_I\, w^\top(\Sigma_0 - b_0 b_0^\top)w}}\Bigr)

    over T independent normal scores: given them the feature is Gaussian. ε∞ = (1-π)ε₋ + πε₊. The expectation is a lattice rule
    (no randomness); its error is estimated from two lattices.

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

    Reference
    ---------
    Derived in docs/real_prediction.md.
    """
    classes = attended_classes(moments, prompt)
    contrast = contrast_of(moments, classes)
    if not contrast.difference.any():
        raise ParameterError("relevant_means", "different for the two labels", "equal means")
    direction = np.asarray(np.linalg.solve(contrast.covariance, contrast.difference), dtype=np.float64)
    middle = float(direction @ (classes[0].mean + classes[1].mean)) / 2
    limits = []
    for shift in (0.5, 0.25):
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
    m, index = moments.n_relevant, (label + 1) // 2
    mean, covariance = moments.relevant_means[index], moments.relevant_covariances[index]
    slopes = np.array([direction @ features.slope, direction @ features.irrelevant_slope])
    variances = [direction @ sigma @ direction for sigma in (covariance, moments.irrelevant_covariance)]
    rests = np.maximum(variances - slopes**2, 0.0)
    start, rise = float(direction @ moments.irrelevant_mean), float(direction @ (mean - moments.irrelevant_mean))
    total = 0.0
    for first in range(0, _POINTS, _CHUNK):
        z = ndtri(_lattice(first + np.arange(_CHUNK), moments.n_tokens, shift))
        scores = np.concatenate([features.gap + features.spreads[0] * z[:, :m], features.spreads[1] * z[:, m:]], axis=1)
        a = np.exp(scores - scores.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        noise = (a * z)[:, :m].sum(axis=1) * slopes[0] + (a * z)[:, m:].sum(axis=1) * slopes[1]
        margin = label * (start + a[:, :m].sum(axis=1) * rise + noise - middle)
        spread = np.sqrt((a[:, :m] ** 2).sum(axis=1) * rests[0] + (a[:, m:] ** 2).sum(axis=1) * rests[1])
        total += float(ndtr(-margin / np.maximum(spread, np.finfo(float).tiny)).sum())
    return total / _POINTS


def _lattice(index: NDArray[np.int64], dim: int, shift: float) -> Array:
    r"""Points of the Kronecker lattice with steps φ⁻¹, φ⁻², …, φ^{dim+1} = φ + 1, inside (0, 1)."""
    phi = 2.0
    for _ in range(60):
        phi = (1 + phi) ** (1 / (dim + 1))
    points: Array = (shift + (index[:, None] + 1) * phi ** -np.arange(1.0, dim + 1)) % 1.0
    return np.clip(points, 1e-12, 1 - 1e-12)
