r"""The error `E Q(c/√(Σ X_t²))` of the population head, with relative accuracy however small it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from theory.context.lognormal._lognormal_cut import cut_transform, panel_rule
from theory.context.lognormal._lognormal_sector import sector_transform
from theory.context.lognormal._scale_window import refuse_heavy_scores
from theory.context.lognormal._score_transform import ScoreTransform
from theory.numerics import log_power

__all__ = ["GaussianTail", "gaussian_tail"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_RAY = 0.37 * np.pi  # direction of the straight ray, midway between the growth of L and that of e^{−qc}
_TURN = np.pi / 3.0  # direction of the contour after it leaves the cut
_PLAIN = 2e-3  # above it the straight ray, accurate to 1.4e-14, has relative accuracy
_DEAD = 42.0  # exponents below the peak that no longer count
_LONGEST = 1e6  # largest q c on the cut
_FAR = 3.0  # log of a threshold, in units of √(m'/2), below which a tail is not that small
_UNDERFLOW = -2e4  # a tail proven to be below e^{−20000} is not evaluated
_OVERFLOW = 680.0  # log of the largest transform of one token that is not infinite
_SCAN = 0.125  # step of log q in the search for the corner
_COARSE, _FINE = (1.2, 12), (1.0, 16)  # factor on steps and nodes on a panel: compared, and used


@dataclass(frozen=True)
class GaussianTail:
    r"""A tail probability.

    Parameters
    ----------
    value
        The probability; 0 if it is below the smallest double.
    rel_error
        Estimated relative numerical error.
    log_value
        Logarithm of the value, or a proven upper bound of it below −20000.
    """

    value: float
    rel_error: float
    log_value: float


def gaussian_tail(log_threshold: float, n_irrelevant: int, score_std: float) -> GaussianTail:
    r"""`E Q(c / √(Σ X_t²)) = P(Σ X_t Z_t > c)`, `X_t = e^{s g_t}`, `Z_t` and `g_t` independent standard normal.

    .. math:: P = \frac{1}{\pi}\, \mathrm{Im} \int_\Gamma e^{-qc} L(-q^2/2)^{m'} \frac{dq}{q}, \qquad
              L(\lambda) = E e^{-\lambda X^2}.

    Γ starts at 0 on the upper lip of the cut `q > 0`, where the imaginary part of `L^{m'}` is positive (one token that
    dominates), and leaves it at the saddle point of `e^{−qc} |L|^{m'}` (many tokens together): no cancellation on either
    part. Large probabilities are integrated along a ray between the cut and the imaginary axis, where `|L| ≤ 1`.

    Parameters
    ----------
    log_threshold
        log c.
    n_irrelevant
        m' ≥ 1.
    score_std
        s ≥ 0.

    Returns
    -------
    GaussianTail

    Notes
    -----
    Equation :eq:`eq-context-contour` of docs/context.md. Cost independent of m'.

    Examples
    --------
    >>> print(f"{gaussian_tail(np.log(30.0), 4, 0.4).value:.12e}")
    3.822913641859e-10
    """
    if score_std == 0.0:
        # e^{300}, here and below: its square, in the logarithm of a tail, does not overflow
        log_value = float(log_ndtr(-np.exp(min(log_threshold - 0.5 * np.log(n_irrelevant), 300.0))))
        return GaussianTail(float(np.exp(log_value)), 1e-14, log_value)
    if log_threshold > _FAR + 0.5 * np.log(0.5 * n_irrelevant):  # else half of the X are 1 or more: log P > −210
        bound = _upper_bound(log_threshold, n_irrelevant, score_std)
        if bound < _UNDERFLOW:
            return GaussianTail(0.0, 1.0, bound)
    refuse_heavy_scores(score_std)
    coarse = _tail(log_threshold, n_irrelevant, score_std, _Rule(*_COARSE))
    fine = _tail(log_threshold, n_irrelevant, score_std, _Rule(*_FINE))
    change = abs(np.expm1(coarse[0] - fine[0]))
    return GaussianTail(float(np.exp(fine[0])), float(change + fine[1]), fine[0])


@dataclass(frozen=True)
class _Rule:
    """Resolution: factor on the steps of trapezoidal rules, Gauss–Legendre nodes on a panel."""

    step: float
    nodes: int


def _upper_bound(log_c: float, m: int, score_std: float) -> float:
    """`log min_v [Q(c/√v) + m' P(X² > v/m')] ≥ log P`."""
    # every v gives a bound; the grid decides how good it is
    log_v = np.log(m) + score_std * np.append(np.linspace(0.0, 100.0, 801), np.geomspace(100.0, 1e6, 400))
    gauss = log_ndtr(-np.exp(np.minimum(log_c - 0.5 * log_v, 300.0)))
    jump = np.log(m) + log_ndtr(-(log_v - np.log(m)) / (2.0 * score_std))
    return float(np.min(np.logaddexp(gauss, jump)))


def _tail(log_c: float, m: int, score_std: float, rule: _Rule) -> tuple[float, float]:
    """Logarithm of the tail and its relative rounding error."""
    plain, rounding = _ray(log_c, m, 2.0 * score_std, rule)
    if plain > _PLAIN:
        return float(np.log(plain)), rounding / plain
    return _cut_and_leg(log_c, m, 2.0 * score_std, rule)


def _ray(log_c: float, m: int, log_std: float, rule: _Rule) -> tuple[float, float]:
    bulk = 0.5 * np.log(m) + 0.5 * min(0.5 * log_std**2, log_std * np.sqrt(2.0 * np.log(m) + 1.0))
    # from where the integrand is 1 up to e^{−37} to where e^{−qc}, r c = e^{4.5}, is e^{−36}, or Λ^{m'} is as small
    high = max(-log_c, 5.0 * log_std - 0.5 * np.log(m)) + 4.5
    low = -max(log_c, bulk) - 5.0 * log_std - 37.0
    # the rate lies 0.24π from the imaginary axis: with this step the rule in log λX errs by e^{−2π 0.24π/h} = e^{−43}
    kernel = ScoreTransform(log_std, (complex(np.exp(1j * (2.0 * _RAY - np.pi))),), 0.0, orders=0, step=0.85 * rule.step)
    h = 0.5 * kernel.spacing  # λ = r²/2
    log_r = low + h * np.arange(np.ceil((high - low) / h))
    change = -kernel.grid_deficit(2.0 * low - np.log(2.0), len(log_r))[:, 0]
    exponent = log_power(change, m) - np.exp(np.minimum(log_r + log_c, 690.0) + 1j * _RAY)
    values = np.exp(exponent).imag
    total = _RAY / np.pi + h / np.pi * float(values.sum())
    return total, 2e-14 + 4e-16 * float(np.abs(values).sum())  # truncation, and rounding of the sum


def _cut_and_leg(log_c: float, m: int, log_std: float, rule: _Rule) -> tuple[float, float]:
    low, corner, turns = _window(log_c, m, log_std)
    parts = [_leg(log_c, m, log_std, corner, rule)] if turns else []
    if low < corner:
        parts.append(_cut(log_c, m, log_std, low, corner, rule))
    peak = max(part[0] for part in parts)
    total = sum(np.exp(part[0] - peak) * part[1] for part in parts)
    size = sum(np.exp(part[0] - peak) * part[2] for part in parts)
    if not total > 0.0:
        raise ArithmeticError(f"tail integral lost all digits at log c = {log_c:g}, m' = {m}, s = {log_std / 2:g}")
    return float(peak + np.log(total / np.pi)), float(1e-15 * size / total)


def _window(log_c: float, m: int, log_std: float) -> tuple[float, float, bool]:
    r"""Ends of the cut part in log q, and whether the leg counts.

    The corner minimises an estimate of the absolute integral: what the cut has collected, plus `e^{−qc} |L|^{m'}`.
    """
    # there both e^{−qc} and Λ^{m'} are still close to 1
    start = -max(log_c, 0.5 * np.log(m)) - 4.5 * log_std - 3.0
    end = np.log(_LONGEST) - log_c
    log_q, size, weight = (np.empty(0) for _ in range(3))
    while len(log_q) == 0 or log_q[-1] < end:
        batch = (log_q[-1] + _SCAN if len(log_q) else start) + _SCAN * np.arange(24)
        log_size, log_angle, _ = _cut_size(batch, m, log_std, 10)
        log_q = np.append(log_q, batch)
        size = np.append(size, log_size - np.exp(batch + log_c))
        weight = np.append(weight, size[-24:] + np.minimum(log_angle, 0.0))
        collected = np.logaddexp.accumulate(weight) + np.log(_SCAN)
        cost = np.logaddexp(collected, size)
        last = int(np.argmin(cost))
        # past the corner: what is collected only grows, or the integrand does, where the tail is no large probability
        past = collected[-1] > cost[last] + 5.0 or (size[-1] > cost[last] + 50.0 and cost[last] < -3.0)
        if past or size[-1] < collected[-1] - _DEAD:
            break
    if collected[last] < size[last] - _DEAD:
        return float(log_q[last]), float(log_q[last]), True
    alive = np.flatnonzero(weight[: last + 1] > weight[: last + 1].max() - _DEAD)
    return float(log_q[max(alive[0] - 1, 0)]), float(log_q[last]), bool(size[last] > collected[last] - _DEAD)


def _cut_size(log_q: Real, m: int, log_std: float, nodes: int) -> tuple[Real, Real, Real]:
    """`log |L^{m'}|`, `log |arg L^{m'}|` and the sign of the argument, on the upper lip."""
    lip = cut_transform(2.0 * log_q - np.log(2.0), log_std, nodes)
    # an imaginary part below e^{−300} would be lost: its logarithm is carried instead; e^{690} is short of overflow
    imag = np.exp(np.clip(lip.log_imag, -300.0, 690.0))
    power = log_power(lip.real + 1j * imag, m)
    faint = lip.log_imag - np.log(np.abs(1.0 + lip.real) + 1e-300) + np.log(m)
    with np.errstate(divide="ignore"):
        log_angle = np.where(lip.log_imag > -300.0, np.log(power.imag), faint)
    beyond = np.maximum(np.abs(lip.real), imag) > np.exp(_OVERFLOW)
    return np.where(beyond, np.inf, power.real), log_angle, lip.sign_imag


def _cut(log_c: float, m: int, log_std: float, low: float, high: float, rule: _Rule) -> tuple[float, float, float]:
    """Peak exponent, integral and absolute integral along the cut."""
    # panels of 0.35 S, the scale on which Λ changes, and at most 0.7, that of e^{−qc}; broad laws are smoother
    panels = max(8, int(np.ceil((high - low) / np.clip(0.35 * log_std, 0.0, 0.7 if log_std < 6.0 else 1.6))))
    log_q, w = panel_rule(np.linspace(low, high, panels + 1), rule.nodes)
    log_size, log_angle, sign = _cut_size(log_q, m, log_std, rule.nodes)
    exponent = log_size - np.exp(log_q + log_c)
    angle = np.exp(np.minimum(log_angle, 300.0))
    small = log_angle < -20.0  # there sin x = x up to e^{−40}
    log_sine = np.where(small, log_angle, np.log(np.abs(np.sin(angle)) + 1e-300))
    direction = np.where(small, 1.0, np.sign(np.sin(angle))) * sign
    peak = float(np.max(exponent + log_sine))
    values = w * np.exp(exponent + log_sine - peak)
    return peak, float((direction * values).sum()), float(values.sum())


def _leg(log_c: float, m: int, log_std: float, corner: float, rule: _Rule) -> tuple[float, float, float]:
    """Peak exponent, integral and absolute integral along `q = q₀ (1 + ρ e^{iπ/3})`."""
    # panels that grow with the distance from the corner, up to where everything has vanished
    edges = np.concatenate([[0.0], 0.012 * 1.45 ** np.arange(0.0, 60.0)])
    peak = -np.inf
    total = size = 0.0
    for start in range(0, len(edges) - 1, 4):
        rho, w = panel_rule(edges[start : start + 5], rule.nodes)
        turn = 1.0 + rho * np.exp(1j * _TURN)
        log_rate = 2.0 * (corner + np.log(np.abs(turn))) - np.log(2.0)
        change = sector_transform(log_rate, 2.0 * np.angle(turn), log_std, rule.step)
        exponent = log_power(change, m) - np.exp(corner + log_c) * turn
        peak = max(peak, float(exponent.real.max())) if start == 0 else peak
        values = w * np.exp(exponent - peak) * np.exp(1j * _TURN) / turn
        total += float(values.imag.sum())
        size += float(np.abs(values).sum())
        if start > 0 and exponent.real.max() < peak - _DEAD:
            break
    return peak, total, size
