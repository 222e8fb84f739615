r"""Four families of shift laws with one size Δ, on which the best accuracy of every architecture is known in closed form."""

from fractions import Fraction
from types import MappingProxyType

from theory.model import ARCHITECTURES, Choice, FiniteShift, Interval, offered

__all__ = ["FAMILIES", "closed_accuracy", "family_law", "separating_law", "separation_threshold", "thresholds"]

_POINTS: MappingProxyType[str, tuple[tuple[int, int, int], ...]] = MappingProxyType(
    {
        "opposite": ((1, 1, 0), (1, -1, 0)),
        "label-free": ((0, 0, 0), (1, 1, 0)),
        "label-carrying": ((0, 0, 0), (1, 0, 1)),
        "mirrored": ((0, 0, 0), (1, 0, -1)),
    }
)
FAMILIES = tuple(_POINTS)
r"""The names of the families: uniform on (Δ, ±Δ, 0); on 0 and (Δ, Δ, 0); on 0 and (Δ, 0, Δ); on 0 and (Δ, 0, −Δ)."""


def family_law(family: str, size: float) -> FiniteShift:
    r"""The law of a family at size Δ, its two points equally likely.

    >>> family_law("opposite", 3.5).points
    ((3.5, 3.5, 0.0), (3.5, -3.5, 0.0))
    """
    Choice(FAMILIES).member("family", family)
    Interval(0, open_lower=True).member("size", size)
    points = tuple((size * q, size * w, size * y) for q, w, y in _POINTS[family])
    return FiniteShift(points, (0.5, 0.5))


def thresholds(zeta: float) -> dict[str, float]:
    r"""The size Δ at which each architecture drops below 1 on the families where it drops at all, "opposite" among them.

    .. math::

        \text{mean pooling: } \frac{\zeta}{1-\zeta}, \qquad \text{linear prompt-attention: } \sqrt{\frac{\zeta}{1-\zeta}},
        \qquad \text{self-attention: } \Delta_*(\zeta)

    Softmax prompt-attention never drops and has no entry.

    Notes
    -----
    Equation :eq:`eq-expressivity-drops` of docs/expressivity.md.

    Examples
    --------
    >>> thresholds(0.8)
    {'mean-pooling': 4.0, 'linear-prompt': 2.0, 'self-attention': 4.0}
    """
    return {name: offered(name, "threshold")(zeta) for name, one in ARCHITECTURES.items() if one.threshold is not None}


def closed_accuracy(architecture: str, family: str, *, zeta: float, size: float) -> Fraction:
    r"""The best accuracy on a family with equally likely labels, in closed form.

    Parameters
    ----------
    architecture, family
        A name of `theory.model.ARCHITECTURES`, one of `FAMILIES`.
    zeta, size
        ζ in (0, 1) and Δ > 0.

    Returns
    -------
    Fraction
        Of the four 1, 3/4 or 1/2.

    Notes
    -----
    Equation :eq:`eq-expressivity-drops` of docs/expressivity.md: 1 below the threshold, from it on what the table beside it says.

    Examples
    --------
    >>> [str(closed_accuracy("linear-prompt", "opposite", zeta=0.5, size=size)) for size in (0.999, 1.0)]
    ['1', '3/4']
    """
    on_family = offered(architecture, "closed_form")
    family_law(family, size)
    accuracy: Fraction = on_family(family, zeta, size)
    return accuracy


def separation_threshold(zeta: float) -> float:
    r"""The size from which on all that have a threshold fail on the family "opposite": Δ_*(ζ), for every ζ."""
    return max(thresholds(zeta).values())


def separating_law(n_tokens: int, n_relevant: int) -> FiniteShift:
    r"""Two points on which prompt-attention is perfect and the best of every baseline is 3/4.

    .. math::

        (\delta_q, \delta_w) \in \{(\Delta, \Delta), (\Delta, -\Delta)\}, \qquad
        \Delta = \frac{1}{(1-\zeta) \min(\zeta, 1-\zeta)} - 1

    It works for every 1 <= m < T, so T = 2 is enough; two points are the fewest.

    Notes
    -----
    Equation :eq:`eq-expressivity-separating` of docs/expressivity.md.

    Examples
    --------
    >>> separating_law(2, 1).points
    ((3.0, 3.0, 0.0), (3.0, -3.0, 0.0))
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    zeta = Fraction(n_relevant, n_tokens)
    return family_law("opposite", float(1 / ((1 - zeta) * min(zeta, 1 - zeta)) - 1))
