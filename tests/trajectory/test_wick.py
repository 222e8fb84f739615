"""The Wick engine against brute force over every noise coordinate of every token, in rational arithmetic."""

from __future__ import annotations

from functools import reduce
from itertools import product

import pytest
import sympy as sp

from theory.trajectory.symbolic import SYMBOLS, core_mean, gradient_form, unconditional_moment
from theory.trajectory.wick import chi_square_moment, expectation, label_mean_moment, normal_moment

T, M, D = 3, 1, 3
ZETA = sp.Rational(M, T)
QSTAR, WSTAR = (sp.Rational(3, 2), 0, 0), (0, sp.Rational(2, 3), 0)
SIGMA2 = sp.Rational(5, 7)
HEAD = (sp.Rational(1, 5), sp.Rational(3, 4), sp.Rational(-2, 3))


def _noise(count: int, prefix: str) -> tuple[sp.polys.rings.PolyRing, list[list[sp.polys.rings.PolyElement]]]:
    names = [f"{prefix}{t}{k}" for t in range(count) for k in range(D)]
    ring, *variables = sp.ring(names, sp.QQ)
    return ring, [variables[t * D : (t + 1) * D] for t in range(count)]


def _mean(polynomial: sp.polys.rings.PolyElement, variances: list[sp.Rational] | None = None) -> sp.Rational:
    """E over independent centred normal coordinates, monomial by monomial."""
    spread = [SIGMA2] * polynomial.ring.ngens if variances is None else variances
    total = sp.Integer(0)
    for powers, coefficient in polynomial.terms():
        if any(k % 2 for k in powers):
            continue
        factors = (sp.factorial2(k - 1) * v ** (k // 2) for k, v in zip(powers, spread, strict=True) if k)
        total += reduce(lambda x, y: x * y, factors, sp.Rational(int(coefficient.numerator), int(coefficient.denominator)))
    return total


def _gradient(ring: object, noise: list, label: int, head: list) -> list:
    """-∇_q ½(y - f)² at q = 0 of one sample whose tokens are polynomials: (y - f) Xᵀ(I/T - 11ᵀ/T²)X w, from the definition."""
    tokens = [[ring(q + label * w) for q, w in zip(QSTAR, WSTAR, strict=True)]] * M + noise
    scores = [sum((x * w for x, w in zip(token, head, strict=True)), ring(0)) for token in tokens]
    f = sum(scores, ring(0)) * sp.QQ(1, T)
    centred = [score - f for score in scores]
    direction = [sum((c * token[k] for c, token in zip(centred, tokens, strict=True)), ring(0)) * sp.QQ(1, T) for k in range(D)]
    return [(label - f) * g for g in direction]


@pytest.fixture(scope="module")
def brute() -> dict[str, sp.Matrix]:
    """E g and E ggᵀ of one sample for a fixed rational head, labels enumerated."""
    ring, noise = _noise(T - M, "z")
    head = [ring(w) for w in HEAD]
    first, second = sp.zeros(D, 1), sp.zeros(D, D)
    for label in (1, -1):
        g = _gradient(ring, noise, label, head)
        for i, j in product(range(D), range(D)):
            second[i, j] += _mean(g[i] * g[j]) / 2
        for i in range(D):
            first[i] += _mean(g[i]) / 2
    return {"first": first, "second": second}


def _values(label: int) -> dict[sp.Symbol, sp.Expr]:
    u = [q + label * w for q, w in zip(QSTAR, WSTAR, strict=True)]
    along = sum(x * w for x, w in zip(u, HEAD, strict=True))
    square = sum(w * w for w in HEAD)
    return {
        SYMBOLS["zeta"]: ZETA,
        SYMBOLS["T"]: T,
        SYMBOLS["v"]: SIGMA2,
        SYMBOLS["r"]: square,
        SYMBOLS["D"]: along,
        SYMBOLS["e"]: label - ZETA * along,
    }


def test_second_moment_given_the_head_is_the_brute_force_sum(brute: dict[str, sp.Matrix]) -> None:
    form, w, total = gradient_form(), sp.Matrix(HEAD), sp.zeros(D, D)
    for label in (1, -1):
        u = sp.Matrix([q + label * s for q, s in zip(QSTAR, WSTAR, strict=True)])
        at = _values(label)
        total += (
            form.contrast_contrast.subs(at) * u * u.T
            + form.contrast_head.subs(at) * (u * w.T + w * u.T)
            + form.head_head.subs(at) * w * w.T
            + form.identity.subs(at) * sp.eye(D)
        ) / 2
    assert total == brute["second"]


@pytest.mark.parametrize("field", ["contrast_contrast", "contrast_head", "head_head", "identity"])
def test_every_wick_term_counts(brute: dict[str, sp.Matrix], field: str) -> None:
    """Dropping any one monomial of any coefficient breaks the identity: it is checked term by term."""
    form, w = gradient_form(), sp.Matrix(HEAD)
    symbols = [SYMBOLS[name] for name in ("e", "D", "r", "v")]
    for powers, coefficient in sp.Poly(getattr(form, field), *symbols).terms():
        dropped = coefficient * sp.Mul(*(x**k for x, k in zip(symbols, powers, strict=True)))
        change = sp.zeros(D, D)
        for label in (1, -1):
            u = sp.Matrix([q + label * s for q, s in zip(QSTAR, WSTAR, strict=True)])
            shape = {
                "contrast_contrast": u * u.T,
                "contrast_head": u * w.T + w * u.T,
                "head_head": w * w.T,
                "identity": sp.eye(D),
            }[field]
            change += dropped.subs(_values(label)) * shape / 2
        assert change != sp.zeros(D, D)


def test_mean_given_the_head_is_the_brute_force_sum(brute: dict[str, sp.Matrix]) -> None:
    a = sum(x * y for x, y in zip(HEAD, WSTAR, strict=True))
    b = sum(x * y for x, y in zip(HEAD, QSTAR, strict=True))
    at = _values(1) | {SYMBOLS["a"]: a, SYMBOLS["b"]: b}
    on_context, on_signal, on_head = (part.subs(at) for part in core_mean())
    assert on_context * sp.Matrix(QSTAR) + on_signal * sp.Matrix(WSTAR) + on_head * sp.Matrix(HEAD) == brute["first"]


def test_mean_prompt_along_the_signal_is_the_stated_cubic() -> None:
    r"""w = c w_*: E g = c ζ(1-ζ) W² [1 - cζW² + cσ²/T] q_*, for every T."""
    c = sp.Symbol("c")
    zeta, tokens, v, W, Q = (SYMBOLS[name] for name in ("zeta", "T", "v", "W", "Q"))
    at = {SYMBOLS["a"]: c * W**2, SYMBOLS["b"]: 0, SYMBOLS["r"]: c**2 * W**2}
    on_context, on_signal, on_head = (part.subs(at) for part in core_mean())
    stated = c * zeta * (1 - zeta) * W**2 * (1 - c * zeta * W**2 + c * v / tokens)
    assert sp.expand(on_context - stated) == 0
    assert sp.expand(on_signal * W + on_head * c * W) == 0
    assert Q not in on_context.free_symbols


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_moments_over_the_head_are_the_brute_force_sum(axis: int) -> None:
    """n₁ = 2: polynomials in every noise coordinate of the sample and of the head, label means and labels enumerated."""
    eta = sp.Rational(4, 5)
    names = [f"z{t}{k}" for t in range(T - M) for k in range(D)] + [f"h{k}" for k in range(D)]
    ring, *variables = sp.ring(names, sp.QQ)
    noise = [variables[t * D : (t + 1) * D] for t in range(T - M)]
    variances = [SIGMA2] * (D * (T - M)) + [eta**2 * (1 - ZETA) * SIGMA2 / (2 * T)] * D
    first, second = sp.Integer(0), sp.Integer(0)
    for label_mean, weight in ((-1, 1), (0, 2), (1, 1)):
        drift = [eta * ZETA * (w + label_mean * q) for q, w in zip(QSTAR, WSTAR, strict=True)]
        head = [ring(mean) + x for mean, x in zip(drift, variables[-D:], strict=True)]
        for label in (1, -1):
            g = _gradient(ring, noise, label, head)[axis]
            first += _mean(g, variances) * sp.Rational(weight, 8)
            second += _mean(g * g, variances) * sp.Rational(weight, 8)
    at = {
        SYMBOLS["zeta"]: ZETA,
        SYMBOLS["T"]: T,
        SYMBOLS["v"]: SIGMA2,
        SYMBOLS["W"]: WSTAR[1],
        SYMBOLS["Q"]: QSTAR[0],
        SYMBOLS["eta"]: eta,
        SYMBOLS["n1"]: 2,
        SYMBOLS["d"]: D,
    }
    name = ("context", "signal", "rest")[axis]
    assert unconditional_moment(f"within-{name}").subs(at) == second
    assert first == (unconditional_moment("mean").subs(at) if axis == 0 else 0)


def test_moments_of_the_three_laws_are_integrals() -> None:
    x = sp.Symbol("x", real=True)
    v, f = sp.Rational(3, 4), sp.Integer(5)
    normal = sp.exp(-(x**2) / (2 * v)) / sp.sqrt(2 * sp.pi * v)
    assert sp.simplify(sp.integrate(x**6 * normal, (x, -sp.oo, sp.oo)) - normal_moment(v)(6)) == 0
    assert chi_square_moment(f)(3) == sp.integrate(x ** (3 + f / 2 - 1) * sp.exp(-x / 2), (x, 0, sp.oo)) / (
        2 ** (f / 2) * sp.gamma(f / 2)
    )
    for n in (1, 3, 4):
        for k in range(9):
            exact = sum(sp.Rational(sum(s), n) ** k for s in product((1, -1), repeat=n)) / sp.Integer(2) ** n
            assert label_mean_moment(sp.Integer(n))(k) == exact


def test_expectation_is_linear_in_products_of_independent_variables() -> None:
    x, c = sp.symbols("x c")
    laws = {x: normal_moment(sp.Rational(3)), c: chi_square_moment(sp.Integer(4))}
    assert expectation((x + c) ** 3, laws) == expectation(c**3 + 3 * c * x**2, laws)
