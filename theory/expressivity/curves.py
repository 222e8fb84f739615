r"""The curve on which self-attention just suffices for a sample, bounded by lines in the log-odds of A and B."""

from collections.abc import Iterator
from fractions import Fraction

__all__ = ["curve_bounds"]

_STEEPEST = Fraction(100)  # beyond, such a line says little more than a bound on A or on B


def curve_bounds(zeta: Fraction, box: tuple[Fraction, Fraction], share: Fraction) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    r"""Slopes λ and points (A, B) of the curve with  log-odds(B') + λ log-odds(A') ≥ log-odds(B) + λ log-odds(A)  beyond the curve.

    The curve is ζA + (1−ζ)B = P̄. Along it the right side grows with A iff λ(1−ζ)B(1−B) > ζA(1−A). The difference is a quadratic
    polynomial in A; if its three Bernstein coefficients on the box have one sign, an end of the box is where the right side is least.
    The slopes offered are those at which the curve leaves the ends of the box: the bound is then exact to second order in its width.

    Parameters
    ----------
    zeta
        ζ in (0, 1).
    box
        Ends of A.
    share
        P̄, of which P must be more.

    Yields
    ------
    triple
        λ, A and B, the last two in (0, 1).

    Examples
    --------
    For A of at least 1/2 and ζ = P̄ = 3/4 the curve starts steeply, at B = 1:

    >>> [tuple(map(str, bound)) for bound in curve_bounds(Fraction(3, 4), (Fraction(1, 2), Fraction(3, 4)), Fraction(3, 4))]
    [('3', '3/4', '3/4')]
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
