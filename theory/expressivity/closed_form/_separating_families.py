r"""Four families of shift laws with one size Δ, on which the best accuracy of every architecture is known in closed form."""

from collections.abc import Callable
from fractions import Fraction
from types import MappingProxyType

from theory.expressivity.closed_form._attention_mass import self_attention_threshold
from theory.expressivity.finite import exact
from theory.model import Choice, FiniteShift, Interval

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

_BELOW_ONE = {
    ("mean-pooling", "opposite"): Fraction(3, 4),
    ("mean-pooling", "label-free"): Fraction(3, 4),
    ("mean-pooling", "label-carrying"): Fraction(1, 2),
    ("linear-prompt", "opposite"): Fraction(3, 4),
    ("linear-prompt", "mirrored"): Fraction(3, 4),
    ("self-attention", "opposite"): Fraction(3, 4),
    ("self-attention", "label-free"): Fraction(3, 4),
    ("self-attention", "label-carrying"): Fraction(1, 2),
}


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
    r"""The size Δ at which each baseline drops below 1 on the families where it drops at all.

    .. math::

        \text{mean pooling: } \frac{\zeta}{1-\zeta}, \qquad \text{linear prompt-attention: } \sqrt{\frac{\zeta}{1-\zeta}},
        \qquad \text{self-attention: } \Delta_*(\zeta)

    Softmax prompt-attention never drops.

    Reference
    ---------
    Derived in docs/expressivity.md.

    Examples
    --------
    >>> thresholds(0.8)
    {'mean-pooling': 4.0, 'linear-prompt': 2.0, 'self-attention': 4.0}
    """
    odds = _odds(zeta)
    return {
        "mean-pooling": float(odds),
        "linear-prompt": float(odds) ** 0.5,
        "self-attention": self_attention_threshold(zeta).value,
    }


def closed_accuracy(architecture: str, family: str, *, zeta: float, size: float) -> Fraction:
    r"""The best accuracy on a family with equally likely labels, in closed form.

    Parameters
    ----------
    architecture, family
        One of `theory.expressivity.ARCHITECTURES`, one of `FAMILIES`.
    zeta, size
        ζ in (0, 1) and Δ > 0.

    Returns
    -------
    Fraction
        1, 3/4 or 1/2.

    Reference
    ---------
    Derived in docs/expressivity.md.

    Examples
    --------
    >>> [str(closed_accuracy("linear-prompt", "opposite", zeta=0.5, size=size)) for size in (0.999, 1.0)]
    ['1', '3/4']
    """
    family_law(family, size)
    z, d = _odds(zeta), exact(size)
    drops: dict[str, Callable[[], bool]] = {
        "mean-pooling": lambda: d >= z,
        "linear-prompt": lambda: d * d >= z,
        "self-attention": lambda: size >= self_attention_threshold(zeta).value if z < 1 else d >= z,
        "softmax-prompt": lambda: False,
    }
    Choice(tuple(drops)).member("architecture", architecture)
    below = _BELOW_ONE.get((architecture, family))
    if below is None or not drops[architecture]():
        return Fraction(1)
    if (architecture, family) == ("mean-pooling", "opposite") and d == z:
        return Fraction(1, 2)  # the context vanishes from the mean token: two of the four samples have mean 0
    return below


def separation_threshold(zeta: float) -> float:
    r"""The size from which on all three baselines fail on the family "opposite": Δ_*(ζ), for every ζ."""
    return max(thresholds(zeta).values())


def separating_law(n_tokens: int, n_relevant: int) -> FiniteShift:
    r"""Two points on which prompt-attention is perfect and the best of every baseline is 3/4.

    .. math::

        (\delta_q, \delta_w) \in \{(\Delta, \Delta), (\Delta, -\Delta)\}, \qquad
        \Delta = \frac{1}{(1-\zeta) \min(\zeta, 1-\zeta)} - 1

    It works for every 1 <= m < T, so T = 2 is enough; two points are the fewest.

    Reference
    ---------
    Derived in docs/expressivity.md.

    Examples
    --------
    >>> separating_law(2, 1).points
    ((3.0, 3.0, 0.0), (3.0, -3.0, 0.0))
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    zeta = Fraction(n_relevant, n_tokens)
    return family_law("opposite", float(1 / ((1 - zeta) * min(zeta, 1 - zeta)) - 1))


def _odds(zeta: float) -> Fraction:
    Interval(0, 1, open_lower=True, open_upper=True).member("zeta", zeta)
    return exact(zeta) / (1 - exact(zeta))
