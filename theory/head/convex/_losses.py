r"""Convex losses of the margin, each given by its value, its slope and its proximal operator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from theory.model import LOSSES, resolved

__all__ = [
    "CONVEX_LOSSES",
    "HARD_MARGIN",
    "HINGE",
    "LOGISTIC",
    "SQUARED",
    "SQUARED_HINGE",
    "HardMargin",
    "Hinge",
    "Logistic",
    "Loss",
    "Squared",
    "SquaredHinge",
]

Floats = NDArray[np.float64]


class Loss(Protocol):
    r"""A convex loss ℓ of the margin v = y f(x).

    The proximal operator with step θ >= 0 is v(x) = argmin ℓ(v) + (v - x)²/(2θ).

    Notes
    -----
    Equation :eq:`eq-heads-problem` of docs/head_convex.md; the proximal operator enters :eq:`eq-heads-fixed-point`.
    """

    @property
    def name(self) -> str:
        r"""Name in tables and on the command line."""

    @property
    def has_linear_proximal(self) -> bool:
        r"""Whether v(x) is linear in x: then expectations of moments are those of polynomials of degree 4 at most."""

    def value(self, margin: Floats) -> Floats:
        r"""ℓ(v)."""

    def slope(self, margin: Floats) -> Floats:
        r"""Right derivative ℓ'(v+); at a kink the upper end of the subdifferential."""

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        r"""v(x) and v'(x) for points x and steps θ of one shape; 0 <= v' <= 1."""

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        r"""Points x between which v(x) is smooth on the scale of a panel: kinks, and ends of fast transitions."""


@dataclass(frozen=True)
class Squared:
    r"""Least squares, ℓ(v) = (1 - v)²/2.

    >>> [float(x) for x in Squared().proximal(np.array(3.0), np.array(1.0))]
    [2.0, 0.5]
    """

    name: str = "squared"
    has_linear_proximal: bool = True

    def value(self, margin: Floats) -> Floats:
        return (1.0 - margin) ** 2 / 2

    def slope(self, margin: Floats) -> Floats:
        return margin - 1.0

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        rate = 1.0 / (1.0 + step)
        return (point + step) * rate, rate

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        return ()


@dataclass(frozen=True)
class Hinge:
    r"""Support vector machine, ℓ(v) = max(1 - v, 0).

    >>> [float(x) for x in Hinge().proximal(np.array(0.7), np.array(1.0))]
    [1.0, 0.0]
    """

    name: str = "hinge"
    has_linear_proximal: bool = False

    def value(self, margin: Floats) -> Floats:
        return np.maximum(1.0 - margin, 0.0)

    def slope(self, margin: Floats) -> Floats:
        return np.where(margin < 1.0, -1.0, 0.0)

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        return point + np.clip(1.0 - point, 0.0, step), np.where((point > 1.0 - step) & (point < 1.0), 0.0, 1.0)

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        return 1.0 - step, np.ones_like(step)


@dataclass(frozen=True)
class SquaredHinge:
    r"""Smooth support vector machine, ℓ(v) = max(1 - v, 0)²/2.

    >>> [float(x) for x in SquaredHinge().proximal(np.array(0.0), np.array(1.0))]
    [0.5, 0.5]
    """

    name: str = "squared-hinge"
    has_linear_proximal: bool = False

    def value(self, margin: Floats) -> Floats:
        return np.maximum(1.0 - margin, 0.0) ** 2 / 2

    def slope(self, margin: Floats) -> Floats:
        return np.minimum(margin - 1.0, 0.0)

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        rate = np.where(point < 1.0, 1.0 / (1.0 + step), 1.0)
        return np.where(point < 1.0, (point + step) * rate, point), rate

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        return (np.ones_like(step),)


@dataclass(frozen=True)
class Logistic:
    r"""Logistic regression, ℓ(v) = log(1 + e^{-v}).

    The proximal point solves v - θ/(1 + e^v) = x. From v = 0, or from the end of [x, x + θ] nearest to it, Newton's method is
    monotone: the left side is convex where v < 0, concave where v > 0, and increasing.

    >>> v, rate = Logistic().proximal(np.array(-2.0), np.array(5.0))
    >>> bool(np.isclose(v - 5 / (1 + np.exp(v)), -2.0, rtol=1e-13))
    True
    """

    name: str = "logistic"
    has_linear_proximal: bool = False

    def value(self, margin: Floats) -> Floats:
        return np.logaddexp(0.0, -margin)

    def slope(self, margin: Floats) -> Floats:
        result: Floats = -expit(-margin)
        return result

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        v = np.clip(0.0, point, point + step)
        for _ in range(_NEWTON_STEPS):
            share = expit(-v)
            rate = 1.0 / (1.0 + step * share * (1.0 - share))
            change = (v - step * share - point) * rate
            v = v - change
            if np.all(np.abs(change) <= 1e-7 * (1.0 + np.abs(v))):  # Newton's method squares it
                break
        share = expit(-v)
        return v, 1.0 / (1.0 + step * share * (1.0 - share))

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        # ℓ' passes from -1 to 0 around v = 0, most of it between -3 and 3
        return tuple(v - step * expit(-v) for v in (-3.0, 0.0, 3.0))


_NEWTON_STEPS = 200  # a step moves v by about one where the loss dominates; a handful is used


@dataclass(frozen=True)
class HardMargin:
    r"""Max-margin: ℓ(v) = 0 for v >= 1, infinite below. Its ridge solution does not depend on the ridge.

    >>> [float(x) for x in HardMargin().proximal(np.array(-4.0), np.array(0.3))]
    [1.0, 0.0]
    """

    name: str = "max-margin"
    has_linear_proximal: bool = False

    def value(self, margin: Floats) -> Floats:
        return np.where(margin >= 1.0, 0.0, np.inf)

    def slope(self, margin: Floats) -> Floats:
        return np.where(margin >= 1.0, 0.0, -np.inf)

    def proximal(self, point: Floats, step: Floats) -> tuple[Floats, Floats]:
        return np.maximum(point, 1.0), np.where(point < 1.0, 0.0, 1.0)

    def breaks(self, step: Floats) -> tuple[Floats, ...]:
        return (np.ones_like(step),)


class _DeclaredLosses(Mapping[str, Loss]):
    r"""What theory knows of every declared loss, by its name."""

    def __getitem__(self, name: str) -> Loss:
        known: Loss = resolved(LOSSES[name].theory)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(LOSSES)

    def __len__(self) -> int:
        return len(LOSSES)


CONVEX_LOSSES: Mapping[str, Loss] = _DeclaredLosses()
r"""The losses by name, as `theory.model.LOSSES` declares them."""

SQUARED, HINGE, SQUARED_HINGE, LOGISTIC, HARD_MARGIN = Squared(), Hinge(), SquaredHinge(), Logistic(), HardMargin()
