r"""Moments of softmax attention over Gaussian scores of two kinds, exactly, by integrals of one dimension."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ScoreMoments", "score_moments"]

Array = NDArray[np.float64]

_STEP = 0.25  # of log λ, and of z in units of min(1, 1/v); at 0.1 moments change by 1e-12 (measured)
_REACH = 9.5  # standard deviations: e^-45 of the density's peak
_NATS = 42.0  # integrands are cut at e^-42 = 6e-19
_LARGEST_LOG = 700.0  # e^709 is the largest double


@dataclass(frozen=True, eq=False)
class ScoreMoments:
    r"""Moments of attention a = softmax(s), relevant scores s = gap + v z, irrelevant ones s = v₀ z, z standard normal.

    Parameters
    ----------
    mean
        Means of U = Σ_R a, G_R = Σ_R a z and G_I = Σ_I a z, shape (3,).
    covariance
        Their covariance, shape (3, 3).
    relevant_gain, irrelevant_gain
        E[C_R] and E[C_I], C = Σ a².
    """

    mean: Array
    covariance: Array
    relevant_gain: float
    irrelevant_gain: float


def score_moments(*, n_relevant: int, n_irrelevant: int, gap: float, relevant_std: float, irrelevant_std: float) -> ScoreMoments:
    r"""All first and second moments of (Σ_R a, Σ_R a z, Σ_I a z) and of Σ a².

    With S = Σ e^{s} and 1/S^k = ∫ λ^{k-1} e^{-λS} dλ/(k-1)! the tokens part: with L(λ) = E e^{-λe^s} and
    φ_{jk}(λ) = E[(λe^s)^j z^k e^{-λe^s}] of either kind, bounded however large a score is,

    .. math::

        E[a_t z_t^k] = \int \phi_{1k} L^{m-1} L_0^{m'}\, \frac{d\lambda}\lambda, \quad
        E[a_t^2 z_t^k] = \int \phi_{2k} L^{m-1} L_0^{m'}\, \frac{d\lambda}\lambda, \quad
        E[a_t z_t^j a_u z_u^k] = \int \phi_{1j} \phi_{1k} L^{m-2} L_0^{m'}\, \frac{d\lambda}\lambda

    and alike for pairs of different kinds. Both integrals, over log λ and over z, are trapezoidal sums of analytic functions that
    fall off at both ends: they converge geometrically.

    Parameters
    ----------
    n_relevant, n_irrelevant
        m >= 1 and m' >= 0.
    gap
        Mean score of relevant tokens less that of irrelevant ones.
    relevant_std, irrelevant_std
        v and v₀ >= 0.

    Notes
    -----
    Equation :eq:`eq-real-scores` of docs/real_prediction.md.

    Examples
    --------
    >>> even = score_moments(n_relevant=2, n_irrelevant=6, gap=0.0, relevant_std=0.8, irrelevant_std=0.8)
    >>> round(float(even.mean[0]), 12)
    0.25
    """
    kinds = [
        _Kind(count, shift, std) for count, shift, std in ((n_relevant, gap, relevant_std), (n_irrelevant, 0.0, irrelevant_std))
    ]
    log_rate = np.arange(min(kind.lower for kind in kinds), max(kind.upper for kind in kinds), _STEP)
    integrals = _Integrals(log_rate, kinds)
    terms = ((0, 0), (0, 1), (1, 1))  # kind and power of z in U, G_R and G_I
    mean = np.array([integrals.single(*term) for term in terms])
    second = np.array([[integrals.product(*one, *other) for other in terms] for one in terms])
    return ScoreMoments(mean, second - np.outer(mean, mean), integrals.square(0, 0), integrals.square(1, 0))


@dataclass(frozen=True)
class _Kind:
    r"""Tokens with scores s = shift + std z."""

    count: int
    shift: float
    std: float

    @property
    def lower(self) -> float:
        r"""Below this log λ the integrands are negligible."""
        return -(self.shift + _REACH * self.std) - _NATS

    @property
    def upper(self) -> float:
        r"""Above this log λ a token of this kind makes the integrands negligible."""
        return -(self.shift - _REACH * self.std) + np.log(_NATS) if self.count else -np.inf

    def transforms(self, log_rate: Array) -> Array:
        r"""φ_{jk}(λ) = E[(λe^s)^j z^k e^{-λe^s}], j and k up to 2, shape (3, 3, rates)."""
        step = _STEP / max(1.0, self.std)
        z = np.arange(-_REACH, _REACH + step, step)
        powers = np.stack([np.ones_like(z), z, z * z]) * np.exp(-z * z / 2) * step / np.sqrt(2 * np.pi)
        log_x = np.minimum(log_rate[:, None] + self.shift + self.std * z, _LARGEST_LOG)
        x = np.exp(log_x)
        return np.stack([np.exp(j * log_x - x) @ powers.T for j in range(3)]).transpose(0, 2, 1)


class _Integrals:
    r"""Integrals over λ of products of transforms, times the number of tokens or pairs."""

    def __init__(self, log_rate: Array, kinds: list[_Kind]) -> None:
        self.counts = [kind.count for kind in kinds]
        self.phi = [kind.transforms(log_rate) for kind in kinds]

    def single(self, kind: int, power: int) -> float:
        r"""E Σ a z^k over tokens of a kind."""
        return self._sum(self.counts[kind], self.phi[kind][1, power], kind)

    def square(self, kind: int, power: int) -> float:
        r"""E Σ a² z^k over tokens of a kind."""
        return self._sum(self.counts[kind], self.phi[kind][2, power], kind)

    def product(self, first: int, j: int, second: int, k: int) -> float:
        r"""E (Σ a z^j)(Σ a z^k) over tokens of two kinds."""
        same = first == second
        pairs = self.counts[first] * (self.counts[second] - same)
        different = self._sum(pairs, self.phi[first][1, j] * self.phi[second][1, k], first, second)
        return different + (self.square(first, j + k) if same else 0.0)

    def _sum(self, count: int, integrand: Array, *named: int) -> float:
        r"""count ∫ integrand · L^{tokens that it does not name} dλ/λ."""
        if count == 0:
            return 0.0
        left = [total - named.count(kind) for kind, total in enumerate(self.counts)]
        rest = self.phi[0][0, 0] ** left[0] * self.phi[1][0, 0] ** left[1]
        return count * _STEP * float(integrand @ rest)
