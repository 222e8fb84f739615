r"""Real tokens under a fixed softmax prompt as two classes: exact first two moments of the attended features."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError
from theory.real._mean_pooled import pooled_freedom
from theory.real._score_integrals import ScoreMoments, score_moments
from theory.real._token_moments import Contrast, TokenMoments

__all__ = ["AttendedFeatures", "TokenScores", "attended_classes", "attended_contrast", "attended_features", "contrast_of"]

Array = NDArray[np.float64]

_NODES = 16  # for the shared part of the scores
_ROUNDING = 1e-9  # of a variance along the prompt, relative to its largest size: what is below is 0


@dataclass(frozen=True)
class TokenScores:
    r"""Scores of a class up to what all tokens of a sample share: gap + √V g + v z_t for relevant tokens, v₀ z_t for others.

    Parameters
    ----------
    gap
        Mean score of relevant tokens less that of irrelevant ones.
    shared_std
        √V, standard deviation of what relevant tokens share less what irrelevant ones share.
    own_stds
        (v, v₀), standard deviations of what each token has for itself.
    """

    gap: float
    shared_std: float
    own_stds: tuple[float, float]


@dataclass(frozen=True, eq=False)
class AttendedFeatures:
    r"""Mean and covariance of x = Xᵀ softmax(Xq) in one class, and what they are made of.

    Given the scores x is Gaussian with mean μ₀ + F · slopes, F = (U, Ug, (1-U)g, G_R, G_I), and covariance
    Σ_k weight_k · rest_k, the weights being C_R, C_I, U², U(1-U) and (1-U)².

    Parameters
    ----------
    mean, covariance
        Shapes (d,) and (d, d).
    scores
        The law of the scores.
    slopes
        μ_y - μ₀, h, h₀, b and b₀, shape (5, d).
    rests
        What the scores leave of the covariances of own and of shared parts, shape (5, d, d).
    mass
        E[U], attention on relevant tokens.
    gains
        E[C_R] and E[C_I], C = Σ a².
    """

    mean: Array
    covariance: Array
    scores: TokenScores
    slopes: Array
    rests: Array
    mass: float
    gains: tuple[float, float]


def attended_features(moments: TokenMoments, prompt: Array, label: int) -> AttendedFeatures:
    r"""Exact mean and covariance of x = Xᵀ softmax(Xq) given the label, for Gaussian tokens.

    A token is its mean, a part shared with the tokens of its kind and a part of its own, x = μ + c + o with Cov(o) = Σ - K. The
    own part is its score z and a rest that is independent of it, o = bz + rest, b = (Σ-K)q/√(qᵀ(Σ-K)q). What both kinds share
    cancels in a softmax; of the shared parts attention sees g = qᵀ(c - c₀)/√V alone, V = qᵀ(K_y + K₀ - L_y - L_yᵀ)q, on which
    they have the slopes h = (K_y - L_y)q/√V and h₀ = (L_yᵀ - K₀)q/√V. With U the attention on relevant tokens, G = Σ a_t z_t and
    C = Σ a_t² over relevant (R) and irrelevant (I) tokens

    .. math::

        x = \mu_0 + U(\mu_y - \mu_0) + Ug\,h + (1-U)g\,h_0 + G_R b_y + G_I b_0 + \text{rest}, \\
        \operatorname{Cov}(\text{rest}) = C_R(\Sigma_y - K_y - b_y b_y^\top) + C_I(\Sigma_0 - K_0 - b_0 b_0^\top)
            + U^2 (K_y - hh^\top) + U(1-U)(L_y + L_y^\top - hh_0^\top - h_0h^\top) + (1-U)^2 (K_0 - h_0h_0^\top) .

    Given g the moments of attention are exact integrals of one dimension; g is integrated by Gauss–Hermite.

    Parameters
    ----------
    moments
        Moments of the tokens; m < T.
    prompt
        q, shape (d,).
    label
        y = ±1.

    Raises
    ------
    ParameterError
        If the prompt has another shape or is zero, no token is irrelevant, or shared parts are no covariances along q.

    Notes
    -----
    Equation :eq:`eq-real-attended` of docs/real_prediction.md.
    """
    q = np.asarray(prompt, dtype=float)
    if q.shape != (moments.dim,) or not np.isfinite(q).all() or not q.any():
        raise ParameterError("prompt", f"finite, not zero, of shape ({moments.dim},)", q.shape)
    index = (label + 1) // 2
    shared, shared_0, mixed = moments.shared(index)
    own, own_0 = moments.relevant_covariances[index] - shared, moments.irrelevant_covariance - shared_0
    (spread, slope), (spread_0, slope_0) = _score(own, own @ q, q), _score(own_0, own_0 @ q, q)
    difference = shared + shared_0 - mixed - mixed.T
    shared_std, _ = _score(difference, difference @ q, q)
    share, share_0 = ((part @ q) / shared_std if shared_std else 0 * q for part in (shared - mixed, mixed.T - shared_0))
    rise = moments.relevant_means[index] - moments.irrelevant_mean
    scores = TokenScores(float(q @ rise), shared_std, (spread, spread_0))
    cross = mixed - np.outer(share, share_0)
    slopes = np.stack([rise, share, share_0, slope, slope_0])
    rests = np.stack(
        [
            own - np.outer(slope, slope),
            own_0 - np.outer(slope_0, slope_0),
            shared - np.outer(share, share),
            cross + cross.T,
            shared_0 - np.outer(share_0, share_0),
        ]
    )
    mean, second, weights = _attention_moments(moments, scores)
    return AttendedFeatures(
        mean=moments.irrelevant_mean + mean @ slopes,
        covariance=slopes.T @ (second - np.outer(mean, mean)) @ slopes + np.tensordot(weights, rests, 1),
        scores=scores,
        slopes=slopes,
        rests=rests,
        mass=float(mean[0]),
        gains=(float(weights[0]), float(weights[1])),
    )


def attended_contrast(moments: TokenMoments, prompt: Array) -> Contrast:
    r"""Difference and covariance of the classes of x = Xᵀ softmax(Xq).

    The noise of the estimated difference is that of the token means, weighed by the mean attention on relevant tokens.

    Parameters
    ----------
    moments, prompt
        As for `attended_features`.
    """
    return contrast_of(moments, attended_classes(moments, prompt))


def attended_classes(moments: TokenMoments, prompt: Array) -> tuple[AttendedFeatures, AttendedFeatures]:
    r"""The features of y = -1 and of y = +1."""
    return attended_features(moments, prompt, -1), attended_features(moments, prompt, 1)


def contrast_of(moments: TokenMoments, classes: tuple[AttendedFeatures, AttendedFeatures]) -> Contrast:
    r"""`attended_contrast` from what `attended_classes` gives."""
    minus, plus = classes
    shares = moments.shares
    mass = float(shares @ [minus.mass, plus.mass])
    gains = np.array([minus.gains, plus.gains])
    relevant = float(shares @ (gains[:, 0] * np.trace(moments.relevant_covariances, axis1=1, axis2=2)))
    irrelevant = float(shares @ gains[:, 1]) * float(np.trace(moments.irrelevant_covariance))
    return Contrast(
        plus.mean - minus.mean,
        shares[0] * minus.covariance + shares[1] * plus.covariance,
        mass**2 * moments.difference_noise,
        pooled_freedom(moments, relevant, irrelevant),
    )


def _score(covariance: Array, slope: Array, prompt: Array) -> tuple[float, Array]:
    r"""√(qᵀΣq) and b = Σq/√(qᵀΣq); 0 where only rounding is left."""
    variance = float(prompt @ slope)
    scale = float(np.linalg.norm(covariance)) * float(prompt @ prompt)
    if variance < -_ROUNDING * scale:
        raise ParameterError("covariances along the prompt", "not negative", variance)
    if variance <= _ROUNDING * scale:
        return 0.0, np.zeros_like(slope)
    return math.sqrt(variance), slope / math.sqrt(variance)


def _attention_moments(moments: TokenMoments, scores: TokenScores) -> tuple[Array, Array, Array]:
    r"""E F, E FFᵀ with F = (U, Ug, (1-U)g, G_R, G_I), and E(C_R, C_I, U², U(1-U), (1-U)²)."""
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(_NODES if scores.shared_std else 1)
    mean, second, weights = np.zeros(5), np.zeros((5, 5)), np.zeros(5)
    for g, weight in zip(nodes, node_weights / node_weights.sum(), strict=True):
        given: ScoreMoments = score_moments(
            n_relevant=moments.n_relevant,
            n_irrelevant=moments.n_tokens - moments.n_relevant,
            gap=scores.gap + scores.shared_std * g,
            relevant_std=scores.own_stds[0],
            irrelevant_std=scores.own_stds[1],
        )
        u, square = given.mean[0], given.covariance[0, 0] + given.mean[0] ** 2
        form = np.array([[1, 0, 0], [g, 0, 0], [-g, 0, 0], [0, 1, 0], [0, 0, 1]])  # F = form · (U, G_R, G_I) + (0, 0, g, 0, 0)
        found = form @ given.mean + np.array([0, 0, g, 0, 0])
        mean += weight * found
        second += weight * (form @ given.covariance @ form.T + np.outer(found, found))
        weights += weight * np.array([given.relevant_gain, given.irrelevant_gain, square, u - square, 1 - 2 * u + square])
    return mean, second, weights
