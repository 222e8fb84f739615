r"""Real tokens under a fixed softmax prompt as two classes: exact first two moments of the attended features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError
from theory.real.mean_pooling import pooled_freedom
from theory.real.score_integrals import ScoreMoments, score_moments
from theory.real.token_moments import Contrast, TokenMoments

__all__ = ["AttendedFeatures", "attended_classes", "attended_contrast", "attended_features", "contrast_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AttendedFeatures:
    r"""Mean and covariance of x = Xᵀ softmax(Xq) in one class, and the attention behind them.

    Parameters
    ----------
    mean, covariance
        Shapes (d,) and (d, d).
    scores
        Moments of attention and scores.
    gap, spreads
        Mean score of relevant tokens less that of irrelevant ones; standard deviations of either.
    slope, irrelevant_slope
        b_y and b_0, shape (d,).
    """

    mean: Array
    covariance: Array
    scores: ScoreMoments
    gap: float
    spreads: tuple[float, float]
    slope: Array
    irrelevant_slope: Array


def attended_features(moments: TokenMoments, prompt: Array, label: int) -> AttendedFeatures:
    r"""Exact mean and covariance of x = Xᵀ softmax(Xq) given the label, for Gaussian tokens.

    A token is its score s = qᵀx and a rest that is independent of it, x = μ + b z + rest with z = (s - qᵀμ)/√(qᵀΣq),
    b = Σq/√(qᵀΣq) and Cov(rest) = Σ - bbᵀ. With U the attention on relevant tokens, G = Σ a_t z_t and C = Σ a_t² over relevant
    (R) and irrelevant (I) tokens

    .. math::

        x = \mu_0 + U(\mu_y - \mu_0) + G_R b_y + G_I b_0 + \text{rest}, \\
        \operatorname{Cov}(x) = M \operatorname{Cov}(U, G_R, G_I) M^\top
            + E[C_R](\Sigma_y - b_y b_y^\top) + E[C_I](\Sigma_0 - b_0 b_0^\top)

    with M = (μ_y - μ_0, b_y, b_0).

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
        If the prompt has another shape or is zero, or no token is irrelevant.

    Reference
    ---------
    Derived in docs/real_prediction.md.
    """
    q = np.asarray(prompt, dtype=float)
    if q.shape != (moments.dim,) or not np.isfinite(q).all() or not q.any():
        raise ParameterError("prompt", f"finite, not zero, of shape ({moments.dim},)", q.shape)
    index = (label + 1) // 2
    mean, covariance = moments.relevant_means[index], moments.relevant_covariances[index]
    spread, slope = _score(covariance, q)
    spread_0, slope_0 = _score(moments.irrelevant_covariance, q)
    gap = float(q @ (mean - moments.irrelevant_mean))
    scores = score_moments(
        n_relevant=moments.n_relevant,
        n_irrelevant=moments.n_tokens - moments.n_relevant,
        gap=gap,
        relevant_std=spread,
        irrelevant_std=spread_0,
    )
    plane = np.stack([mean - moments.irrelevant_mean, slope, slope_0], axis=1)
    rest = scores.relevant_gain * (covariance - np.outer(slope, slope))
    rest_0 = scores.irrelevant_gain * (moments.irrelevant_covariance - np.outer(slope_0, slope_0))
    return AttendedFeatures(
        mean=moments.irrelevant_mean + plane @ scores.mean,
        covariance=plane @ scores.covariance @ plane.T + rest + rest_0,
        scores=scores,
        gap=gap,
        spreads=(spread, spread_0),
        slope=slope,
        irrelevant_slope=slope_0,
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
    mass = float(shares @ [minus.scores.mean[0], plus.scores.mean[0]])
    gains = np.array([(f.scores.relevant_gain, f.scores.irrelevant_gain) for f in (minus, plus)])
    relevant = float(shares @ (gains[:, 0] * np.trace(moments.relevant_covariances, axis1=1, axis2=2)))
    irrelevant = float(shares @ gains[:, 1]) * float(np.trace(moments.irrelevant_covariance))
    return Contrast(
        plus.mean - minus.mean,
        shares[0] * minus.covariance + shares[1] * plus.covariance,
        mass**2 * moments.difference_noise,
        pooled_freedom(moments, relevant, irrelevant),
    )


def _score(covariance: Array, prompt: Array) -> tuple[float, Array]:
    r"""√(qᵀΣq) and b = Σq/√(qᵀΣq)."""
    slope = covariance @ prompt
    spread = float(np.sqrt(max(float(prompt @ slope), 0.0)))
    return spread, slope / spread if spread > 0 else np.zeros_like(slope)
