r"""Mean-pooled real tokens as two Gaussian classes."""

import numpy as np

from theory.real._token_moments import Contrast, TokenMoments

__all__ = ["mean_pooled_contrast"]


def mean_pooled_contrast(moments: TokenMoments) -> Contrast:
    r"""Difference and covariance of the classes of x = Xᵀ1/T.

    .. math::

        \Delta = \zeta (\mu_+ - \mu_-), \qquad
        \Sigma = \frac{m\,\Sigma + m(m-1) K + m'\Sigma_0 + m'(m'-1) K_0 + m m' (L + L^\top)}{T^2}

    with m' = T - m and Σ, K, L averaged over the labels. Only differences of class means enter: where the tokens are centred does
    not matter.

    Parameters
    ----------
    moments
        Moments of the tokens.

    Returns
    -------
    Contrast
        Its degrees of freedom are Satterthwaite's, from the shares that relevant and irrelevant tokens have in tr Σ.

    Notes
    -----
    Equation :eq:`eq-real-pooled` of docs/real_prediction.md.

    Examples
    --------
    Core data: κ = ζW/ν with ν² = (1-ζ)σ²/T, here by relevant tokens with next to no noise.

    >>> w = np.array([0.5, 0.0])
    >>> core = TokenMoments(9, 3, np.array([-w, w]), 1e-12 * np.array([np.eye(2)] * 2), np.zeros(2), np.eye(2))
    >>> round(mean_pooled_contrast(core).mahalanobis_ratio, 9), round(float(3 / 9 * 0.5 / np.sqrt(6 / 9 / 9)), 9)
    (0.612372436, 0.612372436)
    """
    t, m = moments.n_tokens, moments.n_relevant
    rest, zeta = t - m, m / t
    within = np.tensordot(moments.shares, moments.relevant_covariances, 1)
    minus, plus = moments.shared(0), moments.shared(1)
    shared, shared_0, mixed = (moments.shares[0] * minus[k] + moments.shares[1] * plus[k] for k in range(3))
    relevant = m * (within + (m - 1) * shared) / t**2
    irrelevant = rest * (moments.irrelevant_covariance + (rest - 1) * shared_0) / t**2
    both = m * rest * (mixed + mixed.T) / t**2
    difference = zeta * (moments.relevant_means[1] - moments.relevant_means[0])
    freedom = pooled_freedom(moments, float(np.trace(relevant)), float(np.trace(irrelevant)))
    return Contrast(difference, relevant + irrelevant + both, zeta**2 * moments.difference_noise, freedom)


def pooled_freedom(moments: TokenMoments, relevant: float, irrelevant: float) -> float:
    r"""Satterthwaite's degrees of freedom of a sum of two estimated covariances with given traces.

    Where the covariance between both kinds is estimated too, the sum is the covariance of one vector for each sample.

    >>> exact = TokenMoments(2, 1, np.zeros((2, 1)), np.ones((2, 1, 1)), np.zeros(1), np.ones((1, 1)))
    >>> pooled_freedom(exact, 1.0, 1.0)
    inf
    """
    if moments.mixed_shared is not None:
        return moments.relevant_freedom
    noise = relevant**2 / moments.relevant_freedom + irrelevant**2 / (moments.irrelevant_count - 1)
    return (relevant + irrelevant) ** 2 / noise if noise > 0 else np.inf
