r"""Moments of attention in ball arithmetic: the ball is proven to contain the value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from flint import arb, ctx

__all__ = ["around_zero", "certified_gain", "certified_mass", "working_precision"]

_STRIP = 1.0  # half-width of the strip of log λ, below π/2
_TEN = math.log(10.0)  # nats in a digit
_ANGLES = (1.5, 1.0)  # θ = s y of the strip of g, below π/2, for k = 0 and for k = 2, whose bound grows like 1/cos² θ
_WIDEST = 7.0  # half-width y of the strip of g: beyond, the step 2πy/(y²/2 + nats) hardly grows
_BITS = 3.33  # log₂ 10 bits to a digit, rounded up
_GUARD = 60  # bits beyond those asked for, against rounding in sums and powers


def certified_mass(log_a: float, n_irrelevant: int, score_std: float, digits: int = 18) -> arb:
    r"""A ball that contains `E A`, `A = a/(a + Σ e^{s g_t})`.

    .. math:: E A = \int a e^{u} e^{-a e^u} L(e^u)^{m'} \, du, \qquad L(\lambda) = E e^{-\lambda X} .

    In the strip `|Im u| ≤ δ` the integrand F is analytic with `∫ |F(u ± iδ)| du ≤ E A / cos δ`, because
    `|L(e^{u+iδ})| ≤ L(e^u cos δ)`. So the trapezoidal rule of step h is off by at most `(2/cos δ)/(e^{2πδ/h} − 1)`. Outside
    `[u₀, u₁]` the sum is at most `a e^{u₀} + e^{−a e^{u₁}}`. L itself is enclosed in the same way.

    Parameters
    ----------
    log_a
        log m + τQ.
    n_irrelevant
        m' ≥ 1.
    score_std
        s > 0.
    digits
        Decimal digits of absolute accuracy aimed at.

    Returns
    -------
    flint.arb

    Notes
    -----
    Equation :eq:`eq-context-moments` of docs/context.md, its digits by :eq:`eq-context-proven-moments`. The cost does not
    depend on m'.

    Examples
    --------
    >>> ball = certified_mass(math.log(8) + 1.1 * 1.3, 32, 0.77, digits=14)
    >>> round(float(ball.mid()), 6), bool(ball.rad() < 1e-13)
    (0.440554, True)
    """
    with working_precision(digits):
        a, s = arb(log_a).exp(), arb(score_std)
        low, high, h = _range(log_a, digits + 2)
        ends = a * arb(low).exp() + (-a * arb(high).exp()).exp()
        term = partial(_mass_term, a, n_irrelevant, s, digits + 3 + math.ceil(math.log10(n_irrelevant)))
        return _trapezoid(term, low, high, h) + around_zero(ends + _aliasing(h, 1))


def certified_gain(log_a: float, n_irrelevant: int, score_std: float, digits: int = 18) -> arb:
    r"""A ball that contains `E C²`, `C² = Σ X_t²/S²`.

    .. math:: E C^2 = \int m' e^{2u} E[X^2 e^{-e^u X}]\, L(e^u)^{m'-1} e^{-a e^u} \, du .

    Here `∫ |F(u ± iδ)| du ≤ E C² / cos² δ`; outside `[u₀, u₁]` the sum is at most
    `m' e^{2s² + 2u₀}/2 + m' e^{−a e^{u₁}}/(a e^{u₁})`, because `x² e^{−x} ≤ 4/e²`.

    Parameters
    ----------
    log_a, n_irrelevant, score_std, digits
        As in `certified_mass`.

    Returns
    -------
    flint.arb

    Notes
    -----
    Equation :eq:`eq-context-moments` of docs/context.md, its digits by :eq:`eq-context-proven-moments`.

    Examples
    --------
    >>> ball = certified_gain(math.log(8) + 1.1 * 1.3, 32, 0.77, digits=14)
    >>> round(float(ball.mid()), 7), bool(ball.rad() < 1e-13)
    (0.0170173, True)
    """
    with working_precision(digits):
        a, s, m = arb(log_a).exp(), arb(score_std), n_irrelevant
        low, high, h = _range(max(log_a, 0.5 * math.log(m) + score_std**2), digits + 2 + math.ceil(math.log10(m)))
        high += max(log_a, 0.5 * math.log(m) + score_std**2) - log_a
        last = a * arb(high).exp()
        ends = m * (2 * s * s + 2 * arb(low)).exp() / 2 + m * (-last).exp() / last
        term = partial(_gain_term, a, m, s, digits + 3 + math.ceil(math.log10(m)))
        return _trapezoid(term, low, high, h) + around_zero(ends + _aliasing(h, 2))


def _mass_term(a: arb, m: int, s: arb, digits: int, rate: arb) -> arb:
    value: arb = a * rate * (-a * rate).exp() * _moment(rate, s, 0, digits) ** m
    return value


def _gain_term(a: arb, m: int, s: arb, digits: int, rate: arb) -> arb:
    value: arb = m * (-a * rate).exp() * _moment(rate, s, 0, digits) ** (m - 1) * _moment(rate, s, 2, digits)
    return value


def _moment(rate: arb, s: arb, order: int, digits: int) -> arb:
    r"""`E[(λX)^k e^{−λX}]`, k = 0 or 2, by the trapezoidal rule over g.

    In the strip `|Im g| ≤ y`, `s y = θ < π/2`, the integrand is at most `φ(g) e^{y²/2} K`, with K = 1 for k = 0 and
    `K = (2/(e cos θ))²` for k = 2.
    """
    width = min((_ANGLES[0] if order == 0 else _ANGLES[1]) / float(s.mid()), _WIDEST)
    peak = arb(1) if order == 0 else (2 / (arb(1).exp() * (s * width).cos())) ** 2
    h = 2.0 * math.pi * width / (0.5 * width**2 + digits * _TEN + 3.0)
    count = math.ceil(math.sqrt(2.0 * digits * _TEN + 10.0) / h)  # φ(g) < e^{−5} 10^{−digits} beyond
    step = arb(h)
    total = arb(0)
    for k in range(-count, count + 1):
        g = k * step
        x = rate * (s * g).exp()
        total += (-g * g / 2 - x).exp() * x**order
    edge = (count + 1) * step
    tail = 2 * peak * (-edge * edge / 2).exp() * (step + 1 / edge) / (2 * arb.pi()).sqrt()
    aliasing = 2 * peak * (arb(width) ** 2 / 2).exp() / ((2 * arb.pi() * width / step).exp() - 1)
    value: arb = total * step / (2 * arb.pi()).sqrt() + around_zero(tail + aliasing)
    return value


def _trapezoid(term: Callable[[arb], arb], low: float, high: float, h: float) -> arb:
    total = arb(0)
    for k in range(math.ceil((high - low) / h) + 1):
        total += term((arb(low) + k * arb(h)).exp())
    return total * arb(h)


def _range(log_a: float, digits: int) -> tuple[float, float, float]:
    """Ends of log λ and the step that reach the digits."""
    h = 2.0 * math.pi * _STRIP / (digits * _TEN + 2.0)
    return -(digits * _TEN + 2.0 + max(log_a, 0.0)), math.log(digits * _TEN + 5.0) - log_a, h


def _aliasing(h: float, order: int) -> arb:
    value: arb = 2 / arb(_STRIP).cos() ** order / ((2 * arb.pi() * _STRIP / arb(h)).exp() - 1)
    return value


def around_zero(radius: arb) -> arb:
    """A ball with centre 0."""
    return arb(0, radius.abs_upper())


@contextmanager
def working_precision(digits: int) -> Iterator[None]:
    """Working precision of the balls, restored afterwards."""
    before = ctx.prec
    ctx.prec = int(_BITS * digits) + _GUARD
    try:
        yield
    finally:
        ctx.prec = before
