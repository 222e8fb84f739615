r"""The error of the population head in ball arithmetic: the ball is proven to contain the value."""

from __future__ import annotations

import math

from flint import acb, arb

from theory.context.certified._certified_moments import around_zero, working_precision

__all__ = ["certified_error"]

_TEN = math.log(10.0)  # nats in a digit
_WIDEST = 7.0  # half-width y of the strip of g: beyond, the step 2πy/(y²/2 + nats) hardly grows
_RAY = 3.0 / 8.0  # direction of q, in units of π: midway between π/4 and π/2
_STRIP = 0.36  # half-width of the strip of log q, below π/8
_SCORE_STRIP = 0.39  # of s g, below π/8


def certified_error(log_threshold: float, n_irrelevant: int, score_std: float, digits: int = 18) -> arb:
    r"""A ball that contains `E Q(c/√(Σ X_t²))`, `X_t = e^{s g_t}`; with `c = aW/σ` the error of the population head.

    .. math:: \mathcal E = \frac1\pi\, \mathrm{Im} \int_{-\infty}^{\infty} F(u)\, du, \quad
              F = e^{-qc} \bigl(\Lambda(-q^2/2)^{m'} - 1\bigr)\Big|_{q = e^{u + 3\pi i/8}}, \quad
              \Lambda(\lambda) = E e^{-\lambda X^2} .

    In the strip `|Im u| ≤ δ < π/8` the argument of `−q²` stays below π/2, where `|Λ| ≤ 1`, and that of q below π/2. With r = |q|,
    `|F| ≤ min(½ m' r² e^{2s²}, 2 e^{−c r cos(3π/8 + δ)})`. So with `r₁ = e^{−s²}/√m'`, `r₂ = 1/(c cos(3π/8 + δ))`,

    .. math:: \int |F(u \pm i\delta)|\,du \le M = \tfrac14 + 2 \max\bigl(0, \log(r_2/r_1)\bigr)
              + 2 \int_1^\infty e^{-x}\,\frac{dx}x,

    and the trapezoidal rule of step h is off by at most `2M/(e^{2πδ/h} − 1)`. The ends are bounded in the same way,
    and Λ itself is enclosed by a trapezoidal rule in the strip `|Im s g| ≤ 0.39`.

    Parameters
    ----------
    log_threshold
        log c.
    n_irrelevant
        m' ≥ 1.
    score_std
        s > 0.
    digits
        Decimal digits of absolute accuracy aimed at; more of them prove relative accuracy of small errors.

    Returns
    -------
    flint.arb

    Notes
    -----
    Equation :eq:`eq-context-proven-error` of docs/context.md. The cost does not depend on m'.

    Examples
    --------
    >>> ball = certified_error(math.log(30.0), 4, 0.4, digits=13)
    >>> abs(float(ball.mid()) - 3.822913641859e-10) < 1e-13, bool(ball.rad() < 1e-12)
    (True, True)
    """
    with working_precision(digits + 4):
        c, s, m = arb(log_threshold).exp(), arb(score_std), n_irrelevant
        tilt = (arb.pi() * _RAY + arb(_STRIP)).cos()
        h = 2.0 * math.pi * _STRIP / (digits * _TEN + 5.0)
        low = -0.5 * (digits * _TEN + math.log(m) + 3.0) - score_std**2
        high = math.log((digits * _TEN + 6.0) / math.cos(_RAY * math.pi)) - log_threshold
        token = _Token(s, digits + 4 + math.ceil(math.log10(m)))
        total = arb(0)
        for k in range(math.ceil((high - low) / h) + 1):
            radius = (arb(low) + k * arb(h)).exp()
            total += _term(c, m, token, radius)
        start, end = arb(low).exp(), (arb(low) + math.ceil((high - low) / h) * arb(h)).exp() * c * (arb.pi() * _RAY).cos()
        ends = m * start**2 * (2 * s * s).exp() / 4 + 2 * (-end).exp() / end
        first, second = (-s * s).exp() / arb(m).sqrt(), 1 / (c * tilt)
        middle = (second / first).log()
        # 1/4 + 2 ∫₁^∞ e^{−x} dx/x = 0.689
        size = arb(0.75) + 2 * max(arb(0), middle, key=lambda ball: float(ball.mid()))
        # 1e-9: the larger of two balls was chosen by their midpoints
        aliasing = 2 * (size + around_zero(arb(1e-9))) / ((2 * arb.pi() * _STRIP / arb(h)).exp() - 1)
        value: arb = (total * arb(h) + around_zero(ends + aliasing)) / arb.pi()
        return value


def _term(c: arb, m: int, token: _Token, radius: arb) -> arb:
    """`Im F` at |q| = r."""
    q = radius * (acb(0, 1) * arb.pi() * _RAY).exp()
    value: arb = ((-c * q).exp() * (token.transform(-q * q / 2) ** m - 1)).imag
    return value


class _Token:
    r"""`Λ(z) = E e^{−zX²}`, |arg z| ≤ π/4, by the trapezoidal rule over g.

    In the strip `|Im g| ≤ y`, `2 s y < π/4`, the integrand is at most `φ(g) e^{y²/2}`.
    """

    def __init__(self, s: arb, digits: int) -> None:
        width = min(_SCORE_STRIP / float(s.mid()), _WIDEST)
        h = 2.0 * math.pi * width / (0.5 * width**2 + digits * _TEN + 3.0)
        count = math.ceil(math.sqrt(2.0 * digits * _TEN + 10.0) / h)  # φ(g) < e^{−5} 10^{−digits} beyond
        step, root = arb(h), (2 * arb.pi()).sqrt()
        scores = [k * step for k in range(-count, count + 1)]
        self.squares = [(2 * s * g).exp() for g in scores]
        self.weights = [(-g * g / 2).exp() * step / root for g in scores]
        edge = (count + 1) * step
        tail = 2 * (-edge * edge / 2).exp() * (step + 1 / edge) / root
        aliasing = 2 * (arb(width) ** 2 / 2).exp() / ((2 * arb.pi() * width / step).exp() - 1)
        ball = around_zero(tail + aliasing)
        self.rest = acb(ball, ball)

    def transform(self, rate: acb) -> acb:
        total = self.rest
        for weight, square in zip(self.weights, self.squares, strict=True):
            total += (-rate * square).exp() * weight
        return total
