r"""The prompt gradient of one sample, and its exact moments given the head."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel
from theory.numerics import chi_square_rule, normal_rule
from theory.trajectory._residuals import LOSSES, RESIDUALS
from theory.trajectory._sample_atoms import sample_atoms

__all__ = ["GradientMoments", "gradient_moments"]

Floats = NDArray[np.float64]

_NORMAL_ORDER = {"squared": 8, "logistic": 24}
r"""Nodes of ξ. The squared loss needs degree 8, and 8 nodes are exact to 15; for the logistic one 24 are exact to rounding
(against 80, heads up to |w| = 3)."""
_CHI_SQUARE_ORDER = 3  # nodes of c, exact to degree 5; degree 2 is needed


@dataclass(frozen=True)
class GradientMoments:
    r"""Moments of the gradient g of one sample, for a batch of B heads in the basis (q̂_*, ŵ_⊥, third).

    Parameters
    ----------
    mean
        E g in the three coordinates, shape (B, 3); zero in all others.
    covariance
        Cov g in the three coordinates, shape (B, 3, 3).
    spread
        Variance V of every other coordinate; uncorrelated with everything. Shape (B,).
    spread_variance
        Variance of the conditional V given the sample's scalars, shape (B,).
    spread_covariance
        Covariance of that V with g, shape (B, 3).
    """

    mean: Floats
    covariance: Floats
    spread: Floats
    spread_variance: Floats
    spread_covariance: Floats


def gradient_moments(model: ContextualModel, heads: Floats, loss: str = "squared") -> GradientMoments:
    r"""Exact moments of g = -∇_q ℓ(0, w) over the sample, given w.

    Parameters
    ----------
    model
        The law of the data, any shift, correlation and prior.
    heads
        w, shape (B, 3), none zero: coordinates along q̂_*, along the part of w_* orthogonal to it, and along the rest of w.
    loss
        "squared", e = y - f: exact. "logistic", e = y/(1 + e^{yf}): the integral over ξ by 24 Gauss nodes.

    Returns
    -------
    GradientMoments
        With three coordinates also where d = 2; the caller drops those that do not exist.

    Notes
    -----
    Equations :eq:`eq-trajectory-scatter` and :eq:`eq-trajectory-sample` of docs/trajectory.md. With x̄ the average token, u and v
    the means of relevant and irrelevant tokens, Δ = u - v, and e the residual the sample's gradient is

    .. math::

        -\nabla_q \ell(0, w) = e\, M w, \qquad
        M = \tfrac1T X^\top X - \bar x \bar x^\top = \zeta(1-\zeta)(\Delta - \bar z)(\Delta - \bar z)^\top + \tfrac1T S

    where z̄ ~ N(0, σ²/m' I) is the mean of the noise of the irrelevant tokens and S ~ Wishart_d(m' - 1, σ² I) its scatter, both
    independent. Along w everything is a function of three scalars: y, ξ = ŵᵀz̄ √m'/σ ~ N(0, 1) and c = ŵᵀSŵ/σ² ~ χ²_{m'-1}.
    Across w the gradient is Gaussian given them. Gauss rules over ξ and c average the powers that the moments need.
    """
    residual_of = RESIDUALS[LOSSES.member("loss", loss)]
    atoms, zeta, sigma = sample_atoms(model), model.relevant_fraction, model.noise_std
    mean, second = np.zeros((len(heads), 3)), np.zeros((len(heads), 3, 3))
    spread, spread_square, spread_mixed = (np.zeros(shape) for shape in ((len(heads),), (len(heads),), (len(heads), 3)))
    xi, xi_weight = normal_rule(_NORMAL_ORDER[loss])
    c, c_weight = chi_square_rule(max(model.n_irrelevant - 1, 0), _CHI_SQUARE_ORDER)
    weight = xi_weight[:, None] * c_weight
    square = np.einsum("bi,bi->b", heads, heads)
    tilt = sigma * np.sqrt(square / max(model.n_irrelevant, 1))[:, None, None] * xi[:, None]
    within = sigma**2 * square[:, None, None] * c / model.n_tokens
    identity = np.eye(3) - heads[:, :, None] * heads[:, None, :] / square[:, None, None]
    for p, y, delta, pooled in zip(atoms.probability, atoms.label, atoms.contrast, atoms.pooled, strict=True):
        contrast = np.append(delta, 0.0)
        across = contrast - (heads @ contrast / square)[:, None] * heads
        e = residual_of(np.asarray(y), (heads[:, :2] @ pooled)[:, None, None] + (1 - zeta) * tilt)
        gap = (heads @ contrast)[:, None, None] - tilt
        along = e * (zeta * (1 - zeta) * gap**2 + within) / square[:, None, None]
        beside = e * zeta * (1 - zeta) * gap + 0 * within
        noise = _across_variance(model, e, gap, within, square)
        moment = partial(_weighted_sum, p * weight)
        mean += moment(along)[:, None] * heads + moment(beside)[:, None] * across
        for left, right, value in (
            (heads, heads, moment(along**2)),
            (heads, across, moment(along * beside)),
            (across, heads, moment(along * beside)),
            (across, across, moment(beside**2)),
        ):
            second += value[:, None, None] * left[:, :, None] * right[:, None, :]
        spread += moment(noise)
        spread_square += moment(noise**2)
        spread_mixed += moment(noise * along)[:, None] * heads + moment(noise * beside)[:, None] * across
    second += spread[:, None, None] * identity
    covariance = second - mean[:, :, None] * mean[:, None, :]
    return GradientMoments(mean, covariance, spread, spread_square - spread**2, spread_mixed - spread[:, None] * mean)


def _weighted_sum(weight: Floats, values: Floats) -> Floats:
    total: Floats = np.einsum("bxc,xc->b", values, weight)
    return total


def _across_variance(model: ContextualModel, e: Floats, gap: Floats, within: Floats, square: Floats) -> Floats:
    r"""Variance of g across w given y, ξ, c: e² [ζ²(1-ζ)² (wᵀ(Δ - z̄))² σ²/m' + σ⁴|w|² c/T²]."""
    zeta, noise = model.relevant_fraction, model.noise_std**2
    mean_part = (zeta * (1 - zeta) * gap) ** 2 * noise / max(model.n_irrelevant, 1)
    variance: Floats = e**2 * (mean_part + noise * within / model.n_tokens)
    return variance
