r"""Time-uniform band for a distribution function, of Dvoretzky-Kiefer-Wolfowitz type."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from simulations.agreement._errors import AgreementError
from simulations.agreement.intervals._sequence import Array
from simulations.engine import Block

__all__ = ["Band", "kolmogorov_distance", "planned_band_draws", "uniform_band"]

_EARLY, _LATE = 4, 4  # epochs before and after the planned one that get an equal share of the error
_RATIO = math.sqrt(2.0)


def uniform_band(draws: int, alpha: float) -> float:
    r"""Half-width ε with P(sup over t >= draws and x of |F_t(x) − F(x)| >= ε) <= alpha.

    .. math:: \inf_{0<\theta<1} \frac{1+\theta}{1-\theta}\, e^{-2\theta n \varepsilon^2} = \alpha

    sup_x |F_t − F| is a reverse submartingale; Doob's maximal inequality for exp(2θnD²) and Massart's
    constant give it. About a quarter more draws than a band for one fixed n.

    Parameters
    ----------
    draws
        n >= 1.
    alpha
        α in (0, 1).

    Reference
    ---------
    :cite:t:`massart1990`; derived in docs/agreement.md (eq-agreement-band); compare :cite:t:`howard2022`.

    Examples
    --------
    >>> round(uniform_band(10000, 1e-9), 4), round(math.sqrt(math.log(2e9) / 20000), 4)
    (0.0358, 0.0327)
    """
    need = math.log(1.0 / alpha)
    u = need + 2.0  # u = 2nε², fixed point of θu = need + log((1+θ)/(1−θ)) at the best θ = √(1 − 2/u)
    for _ in range(200):
        theta = math.sqrt(1.0 - 2.0 / u)
        u = (need + math.log((1.0 + theta) / (1.0 - theta))) / theta
        u = max(u, 2.0 + 1e-9)
    return math.sqrt(u / (2.0 * draws))


def planned_band_draws(margin: float, *, false_alarm: float, miss_rate: float) -> int:
    r"""Draws after which a true law has been reported as agreeing with probability >= 1 − miss_rate.

    .. math:: n = \Bigl(\frac{\sqrt{\log(2/\beta)/2} + \varepsilon_1}{\delta}\Bigr)^2

    with ε₁ the band at one draw for the planned epoch's share of the false alarm.

    Parameters
    ----------
    margin
        δ in (0, 1).
    false_alarm, miss_rate
        α and β in (0, 1).

    Examples
    --------
    >>> planned_band_draws(0.02, false_alarm=1e-9, miss_rate=1e-3)
    81038
    """
    if not (0.0 < margin < 1.0):
        raise AgreementError(f"margin of a distribution claim must lie in (0, 1), got {margin}")
    reach = uniform_band(1, false_alarm * _share(0)) + math.sqrt(math.log(2.0 / miss_rate) / 2.0)
    return math.ceil((reach / margin) ** 2)


def kolmogorov_distance(draws: Array, cdf: Callable[[Array], Array]) -> float:
    r"""sup_x |F_n(x) − F(x)| for any right-continuous F, continuous or not.

    Parameters
    ----------
    draws
        Shape (n,).
    cdf
        F, a function of an array.

    Examples
    --------
    >>> kolmogorov_distance(np.array([0.0, 0.0, 1.0]), lambda x: np.where(x < 0, 0.0, np.where(x < 1, 0.5, 1.0)))
    0.16666666666666663
    """
    values, counts = np.unique(draws, return_counts=True)
    after = np.cumsum(counts) / len(draws)
    before = np.concatenate([[0.0], after[:-1]])
    here, left = np.asarray(cdf(values), float), np.asarray(cdf(np.nextafter(values, -np.inf)), float)
    if here.shape != values.shape or not np.isfinite(here).all() or (here < 0).any() or (here > 1).any():
        raise AgreementError("cdf must return finite values in [0, 1], one for each argument")
    if (np.diff(here) < -1e-12).any():
        raise AgreementError("cdf must not decrease")
    return float(max(np.abs(after - here).max(), np.abs(before - left).max()))


class Band:
    r"""Bands at the epochs n_k = n·2^(k/2), k >= −4, around a planned number of draws n.

    Epoch k holds for all t >= n_k with error α_k, Σ α_k = α, so the narrowest band so far holds at all
    times together.

    Parameters
    ----------
    planned
        n >= 1.
    alpha
        α in (0, 1).
    """

    def __init__(self, planned: int, alpha: float) -> None:
        self.planned, self.alpha = planned, alpha

    def epochs(self, largest: int, limit: float = math.inf) -> Iterator[tuple[Block, float | None]]:
        r"""Blocks of at most `largest` draws, and the band that an epoch's last block earns (None before).

        The last epoch is the last one that ends within `limit` draws.
        """
        index = drawn = 0
        narrowest, k = math.inf, -_EARLY
        while True:
            end = math.ceil(self.planned * _RATIO**k)
            if end > limit:
                return
            while drawn < end:
                size = min(largest, end - drawn)
                index, drawn = index + 1, drawn + size
                done = drawn == end
                if done:
                    narrowest = min(narrowest, uniform_band(end, self.alpha * _share(k)))
                yield (index - 1, size), narrowest if done else None
            k += 1


def _share(k: int) -> float:
    r"""Share of the error that epoch k gets; all shares together are 1."""
    equal = 0.9 / (_EARLY + _LATE + 1)
    return equal if k <= _LATE else 0.1 * 2.0 ** (_LATE - k)
