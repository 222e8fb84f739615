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

    A relevant token of a sample with label y has mean μ_y and covariance Σ_y, an irrelevant one μ₀ and Σ₀. Given y, tokens of a
    sample are independent but for what they share: pieces of one image, or patches of one photograph, have the covariances

    .. math:: \operatorname{Cov}(x_t, x_u) = K_y, \; K_0, \; L_y

    for two relevant tokens, two irrelevant ones, and a relevant one with an irrelevant one.

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
        N_- and N_+, how many different samples the moments of relevant tokens rest on; infinite if they are exact.
    irrelevant_count
        N₀, how many different items those of irrelevant tokens rest on.
    relevant_shared, irrelevant_shared, mixed_shared
        K_- and K_+, shape (2, d, d); K₀, shape (d, d); L_- and L_+, shape (2, d, d). `None` stands for 0.

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
    relevant_shared: Array | None = None
    irrelevant_shared: Array | None = None
    mixed_shared: Array | None = None

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
            "relevant_shared": (2, d, d),
            "irrelevant_shared": (d, d),
            "mixed_shared": (2, d, d),
        }
        for name, shape in shapes.items():
            value = np.zeros(shape) if getattr(self, name) is None else np.asarray(getattr(self, name))
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

    def shared(self, index: int) -> tuple[Array, Array, Array]:
        r"""K_y, K₀ and L_y for y = -1 (index 0) or y = +1 (index 1)."""
        nothing = np.zeros((self.dim, self.dim))
        return (
            nothing if self.relevant_shared is None else self.relevant_shared[index],
            nothing if self.irrelevant_shared is None else self.irrelevant_shared,
            nothing if self.mixed_shared is None else self.mixed_shared[index],
        )

    @property
    def relevant_freedom(self) -> float:
        r"""Degrees of freedom behind the relevant covariances: samples if their tokens share a part, else tokens."""
        return sum(self.relevant_counts) * (self.n_relevant if self.relevant_shared is None else 1) - 2

    @cached_property
    def difference_noise(self) -> Array:
        r"""Covariance of the estimate of μ_+ - μ_-: a sum of (Σ_y/m + (1 - 1/m) K_y)/N_y."""
        m = self.n_relevant
        parts = [(self.relevant_covariances[k] / m + (1 - 1 / m) * self.shared(k)[0]) / self.relevant_counts[k] for k in range(2)]
        return np.asarray(parts[0] + parts[1], dtype=np.float64)


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

        Notes
        -----
        Equation :eq:`eq-real-unbiased` of docs/real_prediction.md.

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
