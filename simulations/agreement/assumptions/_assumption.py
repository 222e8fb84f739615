r"""What is known about the spread of a draw: the assumption that a verdict's error rate rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulations.agreement._errors import AgreementError

__all__ = ["Assumption", "Asymptotic", "Bounded", "FiniteVariance", "Probability", "SubGaussian", "assumption_of"]


@dataclass(frozen=True)
class Bounded:
    r"""Draws lie in [lower, upper], surely. Method: "betting" (default) or "bernstein".

    Examples
    --------
    >>> Bounded(0.0, 0.5).label
    'bounded, betting'
    """

    lower: float
    upper: float
    method: str = "betting"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
            raise AgreementError(f"bounds must be finite with lower < upper, got ({self.lower}, {self.upper})")
        if self.method not in ("betting", "bernstein"):
            raise AgreementError(f"method must be betting or bernstein, got {self.method!r}")

    @property
    def label(self) -> str:
        """Name of the assumption and of the confidence sequence, for the tables."""
        return f"bounded, {self.method}"


@dataclass(frozen=True)
class Probability:
    r"""Draws are 0 or 1; their mean is a probability (beta-binomial confidence sequence)."""

    @property
    def label(self) -> str:
        """Name of the assumption and of the confidence sequence, for the tables."""
        return "0/1, beta-binomial"


@dataclass(frozen=True)
class SubGaussian:
    r"""E exp(λ(X − EX)) <= exp(λ² sd²/2) for every λ, with this sd."""

    sd: float

    def __post_init__(self) -> None:
        _positive("sd", self.sd)

    @property
    def label(self) -> str:
        """Name of the assumption and of the confidence sequence, for the tables."""
        return "sub-Gaussian"


@dataclass(frozen=True)
class FiniteVariance:
    r"""Var X <= sd², nothing else (Catoni-style confidence sequence)."""

    sd: float

    def __post_init__(self) -> None:
        _positive("sd", self.sd)

    @property
    def label(self) -> str:
        """Name of the assumption and of the confidence sequence, for the tables."""
        return "finite variance, Catoni"


@dataclass(frozen=True)
class Asymptotic:
    r"""Only a central limit theorem: error rates hold in the limit of many draws, and tables say so."""

    @property
    def label(self) -> str:
        """Name of the assumption and of the confidence sequence, for the tables."""
        return "ASYMPTOTIC (CLT)"


Assumption = Bounded | Probability | SubGaussian | FiniteVariance | Asymptotic


def assumption_of(bounds: object) -> Assumption:
    r"""Assumption that a user's `bounds` argument states: a pair of numbers, or an assumption itself.

    Parameters
    ----------
    bounds : (lower, upper) or Assumption

    Returns
    -------
    Assumption

    Raises
    ------
    AgreementError
        If it is neither.

    Examples
    --------
    >>> assumption_of((0, 1))
    Bounded(lower=0.0, upper=1.0, method='betting')
    """
    if isinstance(bounds, (Bounded, Probability, SubGaussian, FiniteVariance, Asymptotic)):
        return bounds
    if isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        return Bounded(float(bounds[0]), float(bounds[1]))
    raise AgreementError(f"bounds must be (lower, upper) or an assumption such as SubGaussian(sd), got {bounds!r}")


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise AgreementError(f"{name} must be a positive finite number, got {value}")
