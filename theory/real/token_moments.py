r"""Means and covariances of relevant and irrelevant tokens: all that the Gaussian model knows of real data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from theory.model import Interval, ParameterError

__all__ = ["Contrast", "TokenMoments"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TokenMoments:
    r"""The law of tokens by its first two moments.

    A relevant token of a sample with label y has mean μ_y and covariance Σ_y, an irrelevant one μ₀ and Σ₀; given y all tokens of
    a sample are independent.

    Parameters
    ----------
    n_tokens, n_relevant
        T and m, 1 <= m < T or m = T.
    relevant_means
        μ_- and μ_+, shape (2, d).
    relevant_covariances
        Σ_- and Σ_+, shape (2, d, d).
    irrelevant_mean
        μ₀, shape (d,).
    irrelevant_covariance
        Σ₀, shape (d, d).
    label_prior
        π = P(y = +1).
    relevant_counts
        N_- and N_+, how many different tokens the moments of the relevant ones rest on; infinite if they are exact.
    irrelevant_count
        N₀, the same for irrelevant tokens.

    Raises
    ------
    ParameterError
        If a number is outside its domain or shapes do not fit.
    """

    n_tokens: int
    n_relevant: int
    relevant_means: Array
    relevant_covariances: Array
    irrelevant_mean: Array
    irrelevant_covariance: Array
    label_prior: float = 0.5
    relevant_counts: tuple[float, float] = (np.inf, np.inf)
    irrelevant_count: float = np.inf

    def __post_init__(self) -> None:
        Interval(1, integer=True).member("n_relevant", self.n_relevant)
        Interval(self.n_relevant, integer=True).member("n_tokens", self.n_tokens)
        Interval(0, 1, open_lower=True, open_upper=True).member("label_prior", self.label_prior)
        d = self.dim
        shapes = {
            "relevant_means": (2, d),
            "relevant_covariances": (2, d, d),
            "irrelevant_mean": (d,),
            "irrelevant_covariance": (d, d),
        }
        for name, shape in shapes.items():
            value = np.asarray(getattr(self, name))
            if value.shape != shape or not np.isfinite(value).all():
                raise ParameterError(name, f"finite, of shape {shape}", value.shape)

    @property
    def dim(self) -> int:
        r"""d."""
        return int(np.shape(self.relevant_means)[1])

    @property
    def shares(self) -> Array:
        r"""(1-π, π)."""
        return np.array([1 - self.label_prior, self.label_prior])

    @cached_property
    def difference_noise(self) -> Array:
        r"""Covariance of the estimate of μ_+ - μ_-: Σ_-/N_- + Σ_+/N_+."""
        result: Array = sum(self.relevant_covariances[k] / self.relevant_counts[k] for k in range(2))
        return result


@dataclass(frozen=True, eq=False)
class Contrast:
    r"""Two classes of features as a linear head sees them.

    Parameters
    ----------
    difference
        Δ = E[x | +] - E[x | -], shape (p,).
    covariance
        Σ = (1-π) Cov(x | -) + π Cov(x | +), shape (p, p).
    noise
        Covariance of the estimate of Δ, shape (p, p); zero if Δ is exact.
    freedom
        Degrees of freedom behind Σ; infinite if it is exact.
    """

    difference: Array
    covariance: Array
    noise: Array
    freedom: float = np.inf

    @cached_property
    def mahalanobis_ratio(self) -> float:
        r"""κ, half the Mahalanobis distance of the classes, freed of the bias of its estimate.

        .. math:: \kappa^2 = \tfrac14 \max\Bigl(0,\; \frac{\nu - p - 1}{\nu}\,\hat\Delta^\top \hat\Sigma^{-1} \hat\Delta
            - \operatorname{tr} \hat\Sigma^{-1} N\Bigr)

        with N the covariance of the estimate of Δ. For exact moments the second term is zero and the factor 1.

        Raises
        ------
        ParameterError
            If Σ is singular, or rests on too few tokens.

        Examples
        --------
        >>> Contrast(np.array([2.0, 0.0]), np.eye(2), np.zeros((2, 2))).mahalanobis_ratio
        1.0
        """
        p = len(self.difference)
        if self.freedom <= p + 1:
            raise ParameterError("freedom", f"above p + 1 = {p + 1}", self.freedom)
        try:
            factor = np.linalg.cholesky(self.covariance)
        except np.linalg.LinAlgError:
            raise ParameterError("covariance", "positive definite", "a singular matrix") from None
        shrinkage = 1.0 if np.isinf(self.freedom) else (self.freedom - p - 1) / self.freedom
        whitened = np.linalg.solve(factor, self.difference)
        inflated = float(np.trace(np.linalg.solve(factor, np.linalg.solve(factor, self.noise).T)))
        return float(np.sqrt(max(0.0, shrinkage * float(whitened @ whitened) - inflated))) / 2
