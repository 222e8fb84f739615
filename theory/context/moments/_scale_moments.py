r"""Mean and variance of A and C² from centred tokens, also where relevant tokens carry noise: no large numbers subtracted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.context.lognormal import scale_integrals
from theory.model import ParameterError
from theory.numerics import log_power

__all__ = ["ScaleMoments", "WeightGroup", "scale_moments"]

Real = NDArray[np.float64]

_REACH = 9.2  # scores beyond have probability 4e-20
_STEP, _LOG_STEP = 0.4, 0.13  # of the rule over g: largest in g and in log X
_FARTHEST = 40.0  # of what is added to the reach for the fourth powers of X, 4 s
_WINDOW = (42.0, 8.0)  # nats of log λ below 1/(all tokens at their largest) and above 1/(the lightest)
_CAP = 150.0  # of log λX: fourth powers do not overflow, and such tokens are damped to nothing
_BLOCK = 256  # values of λ at once
_LARGEST = 12.0  # s; there the rule over g has 5400 nodes for each λ and takes half a second in all
_ROUNDING = 1e-13  # relative; the two routes to the moments of core data differ by 4e-14 at the most


@dataclass(frozen=True)
class WeightGroup:
    r"""`n` tokens whose unnormalised weights are `X = e^{l + s g}`, g standard normal.

    Parameters
    ----------
    count
        n ≥ 1.
    log_weight
        l.
    score_std
        s ≥ 0.
    is_relevant
        Whether the tokens count in A.
    noise
        Variance of their noise in units of σ², their weight in C².
    """

    count: int
    log_weight: float
    score_std: float
    is_relevant: bool
    noise: float

    @property
    def rule(self) -> tuple[Real, Real]:
        """Values of log X and their weights."""
        if self.score_std == 0.0:
            return np.array([self.log_weight]), np.ones(1)
        h = min(_STEP, _LOG_STEP / self.score_std)
        high = _REACH + min(4.0 * self.score_std, _FARTHEST)
        g = h * np.arange(-float(math.ceil(_REACH / h)), math.ceil(high / h) + 1.0)
        return self.log_weight + self.score_std * g, np.exp(-0.5 * g * g) * (h / math.sqrt(2.0 * math.pi))


@dataclass(frozen=True)
class ScaleMoments:
    r"""Mean and variance of the attention A and of the noise gain C²; each to relative accuracy `rel_error`."""

    mass: float
    mass_variance: float
    gain: float
    gain_variance: float
    rel_error: float


def scale_moments(groups: Sequence[WeightGroup]) -> ScaleMoments:
    r"""Moments of `A = Σ_R X_t / S` and `C² = Σ c_t² X_t² / S²`, S the sum of all weights, c_t² the noise of a token.

    .. math:: \mathrm{Var} A = \int E_\lambda[N^2]\, L(\lambda) \frac{d\lambda}{\lambda}, \quad
              N = \lambda \sum_t (1_R - E A)\, X_t, \qquad
              \mathrm{Var}\, C^2 = \frac16 \int E_\lambda\bigl[(\lambda^2\textstyle\sum_t c_t^2 X_t^2
              - \lambda^2 S^2\, E C^2)^2\bigr] L(\lambda) \frac{d\lambda}{\lambda},

    where L is the product of the transforms `E e^{−λX}` of all tokens and E_λ the law of the tokens tilted by e^{−λS}, under
    which they are independent. The squares are expanded in the centred moments of one tilted token.

    Parameters
    ----------
    groups
        At least one with relevant and one with irrelevant tokens.

    Returns
    -------
    ScaleMoments

    Raises
    ------
    ParameterError
        If scores have a standard deviation above 12.

    Notes
    -----
    Equation :eq:`eq-context-group-variance` of docs/context.md, expanded as in :eq:`eq-context-gain-variance`. The cost
    does not depend on the counts.

    Examples
    --------
    >>> relevant, irrelevant = WeightGroup(8, 1.43, 0.0, True, 0.0), WeightGroup(32, 0.0, 0.77, False, 1.0)
    >>> moments = scale_moments([relevant, irrelevant])
    >>> print(f"{moments.mass:.6f} {moments.gain:.7f} {moments.gain_variance:.4e}")
    0.440554 0.0170173 3.1794e-05
    """
    for group in groups:
        if group.score_std > _LARGEST:
            domain = f"such that scores have a standard deviation of at most {_LARGEST:g} where relevant tokens are noisy"
            raise ParameterError("prompt_strength", domain, f"{group.score_std:g}")
    rules = [group.rule for group in groups]
    low = -max(float(x.max()) for x, _ in rules) - math.log(sum(group.count for group in groups)) - _WINDOW[0]
    high = _WINDOW[1] - max(float(x.min()) for x, _ in rules)

    def blocks(log_scale: Real) -> Iterator[_Tilted]:
        for part in np.array_split(log_scale, math.ceil(len(log_scale) / _BLOCK)):
            yield _Tilted(groups, rules, part)

    (mass, gain), _ = scale_integrals(lambda u: np.concatenate([block.means for block in blocks(u)]), (low, high))
    centre = float(mass), float(gain)
    (mass_variance, gain_variance), errors = scale_integrals(
        lambda u: np.concatenate([block.squares(*centre) for block in blocks(u)]), (low, high)
    )
    ends = max(float(e / v) for e, v in zip(errors, (mass_variance, gain_variance), strict=True) if v > 0.0) if mass < 1 else 0.0
    return ScaleMoments(float(mass), float(mass_variance), float(gain), float(gain_variance), _ROUNDING + ends)


class _Tilted:
    """Tokens tilted by `e^{−λS}`: for each group the moments of `x = λX`, and the product L of all transforms."""

    def __init__(self, groups: Sequence[WeightGroup], rules: Sequence[tuple[Real, Real]], log_scale: Real) -> None:
        self.groups = groups
        log_damping = np.zeros_like(log_scale)
        self.deviation, self.law, self.mean = [], [], []
        for group, (log_x, weight) in zip(groups, rules, strict=True):
            x = np.exp(np.minimum(log_scale[:, None] + log_x, _CAP))
            lightest = x.min(axis=1)
            damp = np.exp(-(x - lightest[:, None])) * weight
            small = lightest < 1.0
            change = np.where(small, np.expm1(-np.where(small[:, None], x, 0.0)) @ weight, 0.0)
            whole = damp.sum(axis=1)
            near = small & (change > -0.5)
            direct = group.count * (np.log(whole) - lightest)
            log_damping += np.where(near, log_power(np.where(near, change, 0.0) + 0j, group.count).real, direct)
            law = damp / whole[:, None]
            mean = (law * x).sum(axis=1)
            self.law.append(law)
            self.mean.append(mean)
            self.deviation.append(x - mean[:, None])
        self.damping = np.exp(log_damping)[:, None]

    def _sum(self, values: Sequence[Real], factors: Sequence[float]) -> Real:
        """`Σ_k n_k f_k E_λ[values]`."""
        terms = [
            group.count * factor * (law * value).sum(axis=1)
            for group, law, value, factor in zip(self.groups, self.law, values, factors, strict=True)
        ]
        total: Real = np.sum(terms, axis=0)
        return total

    @property
    def means(self) -> Real:
        r"""Integrands of E A and E C²."""
        x = [mean[:, None] + d for mean, d in zip(self.mean, self.deviation, strict=True)]
        mass = self._sum(x, [float(group.is_relevant) for group in self.groups])
        gain = self._sum([value**2 for value in x], [group.noise for group in self.groups])
        result: Real = np.stack([mass, gain], axis=1) * self.damping
        return result

    def squares(self, mass: float, gain: float) -> Real:
        r"""Integrands of the two variances."""
        result: Real = np.stack([self._mass_square(mass), self._gain_square(gain) / 6.0], axis=1) * self.damping
        return result

    def _mass_square(self, mass: float) -> Real:
        signs = [float(group.is_relevant) - mass for group in self.groups]
        mean = np.sum([g.count * c * mu for g, c, mu in zip(self.groups, signs, self.mean, strict=True)], axis=0)
        result: Real = mean**2 + self._sum([d**2 for d in self.deviation], [c * c for c in signs])
        return result

    def _gain_square(self, gain: float) -> Real:
        r"""`E_λ(K + ℓ − γδ²)²`: K constant, ℓ a sum of centred token terms, δ the centred sum of x."""
        ones = [1.0] * len(self.groups)
        total = np.sum([group.count * mu for group, mu in zip(self.groups, self.mean, strict=True)], axis=0)
        squares = [d**2 for d in self.deviation]
        variances = [(law * sq).sum(axis=1) for law, sq in zip(self.law, squares, strict=True)]
        linear = [
            group.noise * (sq - var[:, None] + 2.0 * mu[:, None] * d) - 2.0 * gain * total[:, None] * d
            for group, sq, var, mu, d in zip(self.groups, squares, variances, self.mean, self.deviation, strict=True)
        ]
        noise = np.sum(
            [g.count * g.noise * (var + mu**2) for g, var, mu in zip(self.groups, variances, self.mean, strict=True)], axis=0
        )
        constant = noise - gain * total**2
        spread = self._sum(squares, ones)
        excess = self._sum([sq * (sq - 3.0 * var[:, None]) for sq, var in zip(squares, variances, strict=True)], ones)
        crossed = self._sum([term * sq for term, sq in zip(linear, squares, strict=True)], ones)
        result: Real = (
            constant**2
            - 2.0 * gain * constant * spread
            + self._sum([term**2 for term in linear], ones)
            - 2.0 * gain * crossed
            + gain**2 * (3.0 * spread**2 + excess)
        )
        return result
