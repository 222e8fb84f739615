r"""The curve on which self-attention just suffices for a sample, bounded by lines in the log-odds of A and B."""

from collections.abc import Iterator
from fractions import Fraction

__all__ = ["curve_bounds"]

_STEEPEST = Fraction(100)  # beyond, such a line says little more than a bound on A or on B


def curve_bounds(
    zeta: Fraction, box: tuple[Fraction, Fraction], share: Fraction
) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    r"""Lower bounds on a weighted sum of the log-odds of A and of B wherever A is in a box and ζA + (1−ζ)B > P̄.

    .. math::

        \operatorname{logit} B + \lambda \operatorname{logit} A \;>\; \operatorname{logit} B_0 + \lambda \operatorname{logit} A_0

    On the curve ζA + (1−ζ)B = P̄ the left side grows with A iff λ(1−ζ)B(1−B) > ζA(1−A). Where the three Bernstein coefficients of
    the difference, a quadratic polynomial in A, have one sign, it is monotone, and (A_0, B_0) is one end of the curve in the box.
    The slopes offered are those of the curve at its two ends: so the bound is exact up to the square of the width of the box.

    Parameters
    ----------
    zeta
        ζ in (0, 1).
    box
        Ends of A.
    share
        P̄.

    Yields
    ------
    triple
        λ, A_0 and B_0, the last two in (0, 1).

    Notes
    -----
    Equation :eq:`eq-expressivity-curve` of docs/expressivity.md.

    Examples
    --------
    From A = 1/2, B = 1 to A = B = 2/3, where its slope is 2:

    >>> [tuple(map(str, bound)) for bound in curve_bounds(Fraction(2, 3), (Fraction(1, 2), Fraction(2, 3)), Fraction(2, 3))]
    [('1', '2/3', '2/3'), ('2', '2/3', '2/3')]
    """
    low, high = max(box[0], (share - 1 + zeta) / zeta), box[1]  # no B is enough for a smaller A
    if low >= high or share < zeta * high:  # with a larger A any B is enough
        return
    ends = [(a, (share - zeta * a) / (1 - zeta)) for a in (low, high)]
    spreads = [(zeta * _polar(a, a), (1 - zeta) * _polar(b, b)) for a, b in ends]
    between = zeta * _polar(low, high), (1 - zeta) * _polar(ends[0][1], ends[1][1])
    slopes = {x / y if x * y else Fraction(1) for x, y in spreads}  # 1: the limit at a corner, A = 0 and B = 1
    for slope in sorted(slope for slope in slopes if 1 / _STEEPEST < slope < _STEEPEST):
        growth = [slope * y - x for x, y in (*spreads, between)]
        least = [ends[0]] * (min(growth) >= 0) + [ends[1]] * (max(growth) <= 0)
        yield from [(slope, a, b) for a, b in least if 0 < a < 1 and 0 < b < 1][:1]


def _polar(x: Fraction, y: Fraction) -> Fraction:
    r"""The polar form of x(1−x), a Bernstein coefficient of it between x and y."""
    return (x + y) / 2 - x * y
