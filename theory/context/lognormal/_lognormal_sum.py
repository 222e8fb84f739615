r"""Distribution function of a sum of lognormals, with relative accuracy in both tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.context.lognormal._lognormal_cut import cut_transform, panel_rule
from theory.context.lognormal._lognormal_sector import sector_transform
from theory.context.lognormal._score_transform import ScoreTransform
from theory.numerics import bounded_minimum, log_power

__all__ = ["SumLaw", "lognormal_sum"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_DEAD = 42.0  # exponents below the peak that no longer count
_SCAN = 0.125  # step of log q in the search for the corner
_OVERFLOW = 600.0  # log of the imaginary part of a transform, short of what overflows in a power
_AGREED = 1e-3  # relative difference of two resolutions up to which a tail is resolved
_LARGER = 0.95  # a lower tail above it is better taken from the upper one
_FAINT = 1e-40  # an unresolved tail below this is given as 0


@dataclass(frozen=True)
class SumLaw:
    """`P(V < t)` and `P(V > t)`; relative error of the smaller, which is given as 0 where it is 1."""

    below: float
    above: float
    rel_error: float


def lognormal_sum(log_level: float, n_terms: int, log_std: float) -> SumLaw:
    r"""Law of `V = Σ_{j ≤ m'} e^{y_j}`, y_j independent normal with mean 0 and standard deviation S, at the level t.

    With `L(λ) = E e^{−λ e^y}`,

    .. math:: P(V < t) = \frac1\pi \mathrm{Im} \int e^{\lambda t} L(\lambda)^{m'} \frac{d\lambda}{\lambda}, \qquad
              P(V > t) = \frac1\pi \mathrm{Im} \int e^{-q t} L(-q)^{m'} \frac{dq}{q},

    the first through its saddle point, the second along the cut `q > 0` and away from it at the corner, as for the
    error of the population head. The smaller of the two is integrated, the other is its complement.

    Parameters
    ----------
    log_level
        log t.
    n_terms
        m' ≥ 1.
    log_std
        S > 0.

    Returns
    -------
    SumLaw

    Raises
    ------
    ArithmeticError
        If two resolutions disagree on a tail above 1e-40.

    Notes
    -----
    Equation :eq:`eq-context-sum-law` of docs/context.md. Cost independent of m'.

    Examples
    --------
    >>> law = lognormal_sum(1.3, 1, 0.7)  # one term: P(y > 1.3)
    >>> print(f"{law.above:.10f}")
    0.0316454161
    """
    if log_level < np.log(n_terms) + 0.5 * log_std**2:  # below the mean: there is a saddle point of P(V < t)
        below, error = _resolved(_lower, log_level, n_terms, log_std)
        if below < _LARGER:
            return SumLaw(below, 1.0 - below, error)
    above, error = _resolved(_upper, log_level, n_terms, log_std)
    return SumLaw(1.0 - above, above, error)


def _resolved(tail: Callable[..., float], log_t: float, m: int, log_std: float) -> tuple[float, float]:
    """A tail at two resolutions: the finer value and the relative difference."""
    coarse, fine = tail(log_t, m, log_std, 1.2, 12), tail(log_t, m, log_std, 1.0, 16)  # as `gaussian_tail`
    if fine > 0.0 and abs(coarse / fine - 1.0) < _AGREED:
        return fine, abs(coarse / fine - 1.0) + 1e-14
    if max(abs(coarse), abs(fine)) < _FAINT:
        return 0.0, 1.0
    raise ArithmeticError(f"the tail at log t = {log_t:g}, m' = {m}, S = {log_std:g} is not resolved")


def _lower(log_t: float, m: int, log_std: float, step: float, nodes: int) -> float:
    transform = ScoreTransform(log_std, (1.0 + 0.0j,), 0.0, orders=0)

    def size(log_rate: float) -> float:
        log_damping = m * float(transform(np.array([log_rate])).log_mean[0, 0].real)
        return float(np.exp(min(log_rate + log_t, 300.0))) + log_damping

    # a grid of λt in which the minimum is bracketed
    grid = -log_t + np.arange(-8.0, 2.0 * np.log(m + 2.0) + 8.0 + 4.0 * log_std, 0.5)
    start = float(grid[int(np.argmin([size(float(x)) for x in grid]))])
    corner = float(bounded_minimum(size, start - 0.5, start + 0.5).x)
    peak = size(corner)

    def term(turn: Complex) -> Complex:
        log_rate = corner + np.log(np.abs(turn))
        whole = np.conj(sector_transform(log_rate, np.pi - np.angle(turn), log_std, step, whole=True))
        light = np.where(log_rate < 0.0, np.conj(sector_transform(log_rate, np.pi - np.angle(turn), log_std, step)), 0.0)
        power = np.where(np.abs(light) > 0.0, log_power(light, m), m * np.log(whole + 1e-300))
        exponent: Complex = power + np.exp(corner + log_t) * turn
        return exponent

    return float(np.exp(peak)) * _leg(term, peak, 2.0 * np.pi / 3.0, nodes) / np.pi


def _upper(log_t: float, m: int, log_std: float, step: float, nodes: int) -> float:
    low, corner = _window(log_t, m, log_std)
    peak = float(_lip(np.array([corner]), log_t, m, log_std, nodes)[0][0])

    def term(turn: Complex) -> Complex:
        change = sector_transform(corner + np.log(np.abs(turn)), np.angle(turn), log_std, step)
        exponent: Complex = log_power(change, m) - np.exp(corner + log_t) * turn
        return exponent

    total = float(np.exp(peak)) * _leg(term, peak, np.pi / 3.0, nodes) if peak > -700.0 else 0.0
    if low < corner:
        # these, the grids and the stopping rules below are those of `gaussian_tail`
        panels = max(8, int(np.ceil((corner - low) / min(0.7, 0.35 * log_std))))
        log_q, w = panel_rule(np.linspace(low, corner, panels + 1), nodes)
        size, log_angle = _lip(log_q, log_t, m, log_std, nodes)
        sine = np.where(log_angle < -20.0, np.exp(log_angle), np.sin(np.exp(np.minimum(log_angle, 30.0))))
        total += float((w * np.exp(size) * sine).sum())
    return total / np.pi


def _leg(term: Callable[[Complex], Complex], peak: float, direction: float, nodes: int) -> float:
    """`Im ∫ e^{f − peak} dq/q` along `1 + ρ e^{i direction}`."""
    edges = np.concatenate([[0.0], 0.012 * 1.45 ** np.arange(0.0, 60.0)])
    total = 0.0
    for start in range(0, len(edges) - 1, 4):
        rho, w = panel_rule(edges[start : start + 5], nodes)
        turn = 1.0 + rho * np.exp(1j * direction)
        exponent = term(turn)
        total += float((w * np.exp(exponent - peak) * np.exp(1j * direction) / turn).imag.sum())
        if start > 0 and exponent.real.max() < peak - _DEAD:
            break
    return total


def _lip(log_q: Real, log_t: float, m: int, log_std: float, nodes: int) -> tuple[Real, Real]:
    """`log(e^{−qt} |L^{m'}|)` and `log arg L^{m'}` on the upper lip."""
    lip = cut_transform(log_q, log_std, nodes)
    imag = np.exp(np.clip(lip.log_imag, -300.0, _OVERFLOW)) * lip.sign_imag
    power = log_power(lip.real + 1j * imag, m)
    faint = lip.log_imag - np.log(np.abs(1.0 + lip.real) + 1e-300) + np.log(m)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_angle = np.where(lip.log_imag > -300.0, np.log(power.imag % (2.0 * np.pi * m)), faint)
    beyond = np.maximum(np.abs(lip.real), np.abs(imag)) > np.exp(_OVERFLOW - 10.0)
    return np.where(beyond, np.inf, power.real) - np.exp(np.minimum(log_q + log_t, 690.0)), log_angle


def _window(log_t: float, m: int, log_std: float) -> tuple[float, float]:
    """Lower end of the cut part and its corner, by the rule of the population error."""
    first = -max(log_t, np.log(m)) - 9.0 * log_std - 3.0
    log_q, size, weight = (np.empty(0) for _ in range(3))
    last = 0
    while len(log_q) == 0 or log_q[-1] < 14.0 - log_t:
        batch = (log_q[-1] + _SCAN if len(log_q) else first) + _SCAN * np.arange(24)
        batch_size, log_angle = _lip(batch, log_t, m, log_std, 10)
        log_q, size = np.append(log_q, batch), np.append(size, batch_size)
        weight = np.append(weight, batch_size + np.minimum(log_angle, 0.0))
        collected = np.logaddexp.accumulate(weight) + np.log(_SCAN)
        cost = np.logaddexp(collected, size)
        last = int(np.argmin(cost))
        past = collected[-1] > cost[last] + 5.0 or size[-1] > cost[last] + 50.0
        if past or size[-1] < collected[-1] - _DEAD:
            break
    alive = np.flatnonzero(weight[: last + 1] > max(weight[: last + 1].max(), size[last]) - _DEAD)
    return float(log_q[max(alive[0] - 1, 0)] if len(alive) else log_q[last]), float(log_q[last])
