r"""Moments of the prompt gradient as symbolic polynomials: what the docs print and the tests prove."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.trajectory.wick import chi_square_moment, expectation, label_mean_moment, normal_moment

__all__ = ["SYMBOLS", "GradientForm", "core_mean", "gradient_form", "unconditional_moment"]

SYMBOLS = {
    name: sp.Symbol(latex, positive=True)
    for name, latex in (
        ("zeta", r"\zeta"),
        ("T", "T"),
        ("v", r"v"),
        ("W", "W"),
        ("Q", "Q"),
        ("eta", r"\eta"),
        ("n1", "n_1"),
        ("n2", "n_2"),
        ("d", "d"),
    )
} | {name: sp.Symbol(latex, real=True) for name, latex in (("e", r"\epsilon"), ("D", "D"), ("r", "r"), ("a", "a"), ("b", "b"))}
r"""v = σ², r = |w|², ε = y - wᵀx̄ at zero noise, D = wᵀΔ, a = wᵀw_*, b = wᵀq_*."""


@dataclass(frozen=True)
class GradientForm:
    r"""First and second moment of one sample's gradient g given w, y and δ, as forms in w and Δ.

    .. math::

        E g = m_\Delta \Delta + m_w w, \qquad
        E gg^\top = s_{\Delta\Delta} \Delta\Delta^\top + s_{\Delta w} (\Delta w^\top + w\Delta^\top) + s_{ww} ww^\top + s_I I

    Every coefficient is a polynomial in ε, D, r = |w|², v = σ², ζ, 1/T. Equation :eq:`eq-trajectory-forms` of docs/trajectory.md.
    """

    mean_contrast: sp.Expr
    mean_head: sp.Expr
    contrast_contrast: sp.Expr
    contrast_head: sp.Expr
    head_head: sp.Expr
    identity: sp.Expr


@cache
def gradient_form() -> GradientForm:
    r"""The coefficients, by Wick's theorem for ξ ~ N(0, 1) and c ~ χ²_{m'-1}, m' = (1-ζ)T.

    .. math::

        g = b\,\Delta + a\,w + \sqrt V\, h, \qquad b = e\,\zeta(1-\zeta)(D - x), \quad
        a = e\,\bigl[v\tfrac cT - \zeta(1-\zeta)(D - x)\tfrac xr\bigr], \\
        V = e^2 v\bigl[\zeta^2(1-\zeta)^2 (D - x)^2 / m' + v\, r\, c/T^2\bigr], \quad
        e = \epsilon - (1-\zeta) x, \quad x \sim N(0, v r/m'),

    h standard normal orthogonal to w.

    Examples
    --------
    >>> sp.factor(gradient_form().mean_contrast)
    -\zeta*(\zeta - 1)*(D*T*\epsilon + r*v)/T
    """
    zeta, T, v, r, eps, D = (SYMBOLS[name] for name in ("zeta", "T", "v", "r", "e", "D"))
    x, c = sp.symbols("x c", real=True)
    rest = (1 - zeta) * T
    share = zeta * (1 - zeta)
    error, gap = eps - (1 - zeta) * x, D - x
    on_contrast = error * share * gap
    on_head = error * (v * c / T - share * gap * x / r)
    noise = error**2 * v * (share**2 * gap**2 / rest + v * r * c / T**2)
    laws = {x: normal_moment(v * r / rest), c: chi_square_moment(rest - 1)}

    def mean(expression: sp.Expr) -> sp.Expr:
        return sp.cancel(expectation(expression, laws))

    across = mean(noise)
    return GradientForm(
        mean(on_contrast),
        mean(on_head),
        mean(on_contrast**2),
        mean(on_contrast * on_head),
        sp.cancel(mean(on_head**2) - across / r),
        across,
    )


@cache
def core_mean() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    r"""E[g | w] = P_q q_* + P_w w_* + P w for the core model, balanced, ρ = 0: the three polynomials of a, b, r.

    Examples
    --------
    >>> sp.factor(core_mean()[0].subs({SYMBOLS["b"]: 0}))
    -\zeta*(\zeta - 1)*(-T*\zeta*a**2 + T*a + r*v)/T
    """
    form = gradient_form()
    on_context = _over_labels(lambda y: form.mean_contrast)
    on_signal = _over_labels(lambda y: form.mean_contrast * y)
    on_head = _over_labels(lambda y: form.mean_head)
    return on_context, on_signal, on_head


@cache
def unconditional_moment(entry: str) -> sp.Expr:
    r"""Moments of q₁/γ over the law of w₁ and of the batch, core model, balanced, ρ = 0, in closed form.

    Parameters
    ----------
    entry
        "mean": E q̂_*ᵀq₁/γ. "within-context", "within-signal", "within-rest": E of the second moment I of one sample's
        gradient along q̂_*, along ŵ_*, and along a unit vector orthogonal to both. "between-context", "between-signal",
        "between-rest": the same, B, of E[g | w₁]. Then

        .. math:: E (u^\top q_1)^2/\gamma^2 = \tfrac1{n_2} I + (1 - \tfrac1{n_2}) B .

    Examples
    --------
    >>> sp.factor(sp.limit(sp.factor(unconditional_moment("mean")), SYMBOLS["n1"], sp.oo).subs(SYMBOLS["v"], 0))
    Q*W**2*\eta*\zeta**2*(\zeta - 1)*(W**2*\eta*\zeta**2 - 1)
    """
    kind, _, axis = entry.partition("-")
    if kind == "mean":
        return _over_head(_component(core_mean(), "context"))
    if kind == "between":
        return _over_head(_component(core_mean(), axis) ** 2)
    form = gradient_form()
    sy = SYMBOLS
    target = {"context": sy["b"] / sy["Q"], "signal": sy["a"] / sy["W"], "rest": _REST}[axis]

    def second(y: int) -> sp.Expr:
        contrast = {"context": sy["Q"], "signal": y * sy["W"], "rest": sp.Integer(0)}[axis]
        return (
            form.contrast_contrast * contrast**2
            + 2 * form.contrast_head * contrast * target
            + form.head_head * target**2
            + form.identity
        )

    return _over_head(_over_labels(second))


_REST = sp.Symbol("w_3", positive=True)
_REST_SQUARE = sp.Symbol("w_3^2", positive=True)


def _over_labels(of: Callable[[int], sp.Expr]) -> sp.Expr:
    r"""Mean over y = ±1 after ε = y(1 - ζa) - ζb, D = b + y a."""
    sy = SYMBOLS
    total = sp.Integer(0)
    for y in (1, -1):
        values = {sy["e"]: y * (1 - sy["zeta"] * sy["a"]) - sy["zeta"] * sy["b"], sy["D"]: sy["b"] + y * sy["a"]}
        total += of(y).subs(values)
    return sp.expand(total / 2)


def _component(coefficients: tuple[sp.Expr, sp.Expr, sp.Expr], axis: str) -> sp.Expr:
    on_context, on_signal, on_head = coefficients
    sy = SYMBOLS
    return {
        "context": on_context * sy["Q"] + on_head * sy["b"] / sy["Q"],
        "signal": on_signal * sy["W"] + on_head * sy["a"] / sy["W"],
        "rest": on_head * _REST,
    }[axis]


def _over_head(polynomial: sp.Expr) -> sp.Expr:
    r"""E over w₁ = ηζ(w_* + ȳ q_*) + s N(0, I_d), s² = η²(1-ζ)v/(n₁T); `_REST`² stands for its mean over directions.

    With a = W a', b = Q b', r = a'² + b'² + s²c the substitution is one of polynomials in ζ, 1/T, v, W, Q, ηζ, s², 1/(d-2) and
    the four random variables, so that it is done in that ring.
    """
    sy = SYMBOLS
    inverse_T, drift, s2, share, a, b = sp.symbols("invT drift s2 share a b")
    along, beside, c, ybar = sp.symbols("g_1 g_2 c ybar")
    constants = (sy["zeta"], inverse_T, sy["v"], sy["W"], sy["Q"])
    ring = sp.ring([*constants, drift, s2, share, along, beside, c, ybar], sp.QQ)[0]
    signal_part = ring(drift * sy["W"]) + ring(beside)
    context_part = ring(drift * sy["Q"]) * ring(ybar) + ring(along)
    spread = ring(s2) * ring(c)
    replaced = {
        a: signal_part,
        b: context_part,
        sy["r"]: signal_part**2 + context_part**2 + spread,
        _REST_SQUARE: ring(share) * spread,
    }
    total = ring(0)
    renamed = {sy["a"]: sy["W"] * a, sy["b"]: sy["Q"] * b, sy["T"]: 1 / inverse_T, _REST: sp.sqrt(_REST_SQUARE)}
    plain = sp.expand(sp.expand(polynomial).subs(renamed))
    for powers, coefficient in sp.Poly(plain, *replaced).terms():
        term = ring(coefficient)
        for element, power in zip(replaced.values(), powers, strict=True):
            term *= element**power
        total += term
    laws = (normal_moment(s2), normal_moment(s2), chi_square_moment(sy["d"] - 2), label_mean_moment(sy["n1"]))
    grouped: dict[tuple[int, ...], dict[tuple[int, ...], sp.Rational]] = {}
    for powers, number in total.terms():  # coefficients of every monomial in the four random variables
        grouped.setdefault(powers[-4:], {})[(*powers[:-4], 0, 0, 0, 0)] = number
    back = {
        s2: sy["eta"] ** 2 * (1 - sy["zeta"]) * sy["v"] / (sy["n1"] * sy["T"]),
        drift: sy["eta"] * sy["zeta"],
        inverse_T: 1 / sy["T"],
        share: 1 / (sy["d"] - 2),
    }
    terms = (
        ring.from_dict(coefficient).as_expr() * sp.Mul(*(law(k) for law, k in zip(laws, powers, strict=True)))
        for powers, coefficient in grouped.items()
        if not powers[0] % 2 and not powers[1] % 2 and not powers[3] % 2
    )
    return sp.Add(*terms).subs(back)
