r"""Mean-pooled real tokens as two Gaussian classes."""

import numpy as np

from theory.real.token_moments import Contrast, TokenMoments

__all__ = ["mean_pooled_contrast"]


def mean_pooled_contrast(moments: TokenMoments) -> Contrast:
    r"""Difference and covariance of the classes of x = Xᵀ1/T.

    .. math::

        \Delta = \zeta (\mu_+ - \mu_-), \qquad
        \Sigma = \frac{m\,[(1-\pi)\Sigma_- + \pi\Sigma_+] + (T - m)\,\Sigma_0}{T^2}

    Only differences of class means enter: where the tokens are centred does not matter.

    Parameters
    ----------
    moments
        Moments of the tokens.

    Returns
    -------
    Contrast
        Its degrees of freedom are Satterthwaite's, from the shares that relevant and irrelevant tokens have in tr Σ.

    Reference
    ---------
    Derived in docs/real_prediction.md.

    Examples
    --------
    Core data: κ = ζW/ν with ν² = (1-ζ)σ²/T, here by relevant tokens with next to no noise.

    >>> w = np.array([0.5, 0.0])
    >>> core = TokenMoments(9, 3, np.array([-w, w]), 1e-12 * np.array([np.eye(2)] * 2), np.zeros(2), np.eye(2))
    >>> round(mean_pooled_contrast(core).mahalanobis_ratio, 9), round(float(3 / 9 * 0.5 / np.sqrt(6 / 9 / 9)), 9)
    (0.612372436, 0.612372436)
    """
    t, m = moments.n_tokens, moments.n_relevant
    zeta = m / t
    within = np.tensordot(moments.shares, moments.relevant_covariances, 1)
    relevant, irrelevant = m * within / t**2, (t - m) * moments.irrelevant_covariance / t**2
    difference = zeta * (moments.relevant_means[1] - moments.relevant_means[0])
    freedom = pooled_freedom(moments, float(np.trace(relevant)), float(np.trace(irrelevant)))
    return Contrast(difference, relevant + irrelevant, zeta**2 * moments.difference_noise, freedom)


def pooled_freedom(moments: TokenMoments, relevant: float, irrelevant: float) -> float:
    r"""Satterthwaite's degrees of freedom of a sum of two estimated covariances with given traces.

    >>> exact = TokenMoments(2, 1, np.zeros((2, 1)), np.ones((2, 1, 1)), np.zeros(1), np.ones((1, 1)))
    >>> pooled_freedom(exact, 1.0, 1.0)
    inf
    """
    noise = relevant**2 / (sum(moments.relevant_counts) - 2) + irrelevant**2 / (moments.irrelevant_count - 1)
    return (relevant + irrelevant) ** 2 / noise if noise > 0 else np.inf
