r"""The best accuracy of each of the four architectures on the separating families, and the size at which it drops."""

from fractions import Fraction

from theory.expressivity.closed_form._attention_mass import self_attention_threshold
from theory.expressivity.finite import exact
from theory.model import Interval

__all__ = [
    "linear_prompt_on_family",
    "linear_prompt_threshold",
    "mean_pooling_on_family",
    "mean_pooling_threshold",
    "self_attention_drop",
    "self_attention_on_family",
    "softmax_prompt_on_family",
]

_PERFECT, _ONE_OF_FOUR, _HALF = Fraction(1), Fraction(3, 4), Fraction(1, 2)


def mean_pooling_on_family(family: str, zeta: float, size: float) -> Fraction:
    r"""At Δ = ζ/(1−ζ) the context vanishes from the mean token of "opposite": two of its four samples have mean 0."""
    d, odds = exact(size), _odds(zeta)
    if d < odds:
        return _PERFECT
    opposite = _HALF if d == odds else _ONE_OF_FOUR
    return {"opposite": opposite, "label-free": _ONE_OF_FOUR, "label-carrying": _HALF, "mirrored": _PERFECT}[family]


def mean_pooling_threshold(zeta: float) -> float:
    r"""ζ/(1−ζ)."""
    return float(_odds(zeta))


def linear_prompt_on_family(family: str, zeta: float, size: float) -> Fraction:
    r"""It drops where the square of Δ reaches ζ/(1−ζ)."""
    if exact(size) ** 2 < _odds(zeta):
        return _PERFECT
    return {"opposite": _ONE_OF_FOUR, "label-free": _PERFECT, "label-carrying": _PERFECT, "mirrored": _ONE_OF_FOUR}[family]


def linear_prompt_threshold(zeta: float) -> float:
    r"""The square root of ζ/(1−ζ)."""
    root: float = float(_odds(zeta)) ** 0.5
    return root


def self_attention_on_family(family: str, zeta: float, size: float) -> Fraction:
    r"""It drops at Δ_*(ζ), which is ζ/(1−ζ) where ζ >= 1/2."""
    odds = _odds(zeta)
    below = {"opposite": _ONE_OF_FOUR, "label-free": _ONE_OF_FOUR, "label-carrying": _HALF, "mirrored": _PERFECT}[family]
    if below == _PERFECT:
        return _PERFECT
    drops = size >= self_attention_threshold(zeta).value if odds < 1 else exact(size) >= odds
    return below if drops else _PERFECT


def self_attention_drop(zeta: float) -> float:
    r"""The value of `self_attention_threshold`."""
    return self_attention_threshold(zeta).value


def softmax_prompt_on_family(family: str, zeta: float, size: float) -> Fraction:
    r"""Perfect on all of them."""
    _odds(zeta)
    return _PERFECT


def _odds(zeta: float) -> Fraction:
    Interval(0, 1, open_lower=True, open_upper=True).member("zeta", zeta)
    return exact(zeta) / (1 - exact(zeta))
