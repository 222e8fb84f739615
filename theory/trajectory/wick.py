r"""Expectations of polynomials in independent Gaussian, χ² and label-mean variables, symbolically (Isserlis, Wick)."""

from collections.abc import Callable, Mapping

import sympy as sp

__all__ = ["Moment", "chi_square_moment", "expectation", "label_mean_moment", "normal_moment"]

Moment = Callable[[int], sp.Expr]


def normal_moment(variance: sp.Expr) -> Moment:
    r"""k ↦ E x^k for x ~ N(0, variance): the number (k-1)!! of pairings times variance^{k/2}.

    >>> normal_moment(sp.Symbol("v"))(6)
    15*v**3
    """
    return lambda k: sp.Integer(0) if k % 2 else sp.factorial2(k - 1) * variance ** (k // 2)


def chi_square_moment(freedom: sp.Expr) -> Moment:
    r"""k ↦ E c^k for c ~ χ²_f: f (f+2) … (f+2k-2).

    >>> chi_square_moment(sp.Integer(5))(2)
    35
    """
    return lambda k: sp.Mul(*(freedom + 2 * j for j in range(k)))


def label_mean_moment(count: sp.Expr) -> Moment:
    r"""k ↦ E ȳ^k for the mean of n independent signs: the sum over set partitions of the k factors into even blocks.

    With cumulants of one sign κ₂ = 1, κ₄ = -2, κ₆ = 16: blocks of size 2j contribute n κ_{2j}.

    >>> sp.factor(label_mean_moment(sp.Symbol("n"))(4))
    (3*n - 2)/n**3
    """
    cumulants = {2: sp.Integer(1), 4: sp.Integer(-2), 6: sp.Integer(16), 8: sp.Integer(-272)}

    def sum_moment(k: int) -> sp.Expr:
        if k == 0:
            return sp.Integer(1)
        return sum(
            (sp.binomial(k - 1, j - 1) * count * cumulants[j] * sum_moment(k - j) for j in range(2, k + 1, 2)),
            start=sp.Integer(0),
        )

    return lambda k: sp.Integer(0) if k % 2 else sp.expand(sum_moment(k)) / count**k


def expectation(polynomial: sp.Expr, moments: Mapping[sp.Symbol, Moment]) -> sp.Expr:
    r"""E of a polynomial in independent variables, each given by its moments; other symbols are constants.

    Parameters
    ----------
    polynomial
        Polynomial in the keys of `moments`.
    moments
        k ↦ E x^k of every variable.

    Returns
    -------
    Expr
        Not simplified.

    Examples
    --------
    >>> x, c, a = sp.symbols("x c a")
    >>> expectation((a + x) ** 2 * c, {x: normal_moment(sp.Integer(3)), c: chi_square_moment(sp.Integer(2))})
    2*a**2 + 6
    """
    variables = tuple(moments)
    terms = sp.Poly(polynomial, *variables).terms()
    return sum(
        (
            coefficient * sp.Mul(*(moments[x](power) for x, power in zip(variables, powers, strict=True)))
            for powers, coefficient in terms
        ),
        start=sp.Integer(0),
    )
