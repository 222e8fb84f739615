r"""A claim as stated by a user, validated once: what is predicted, within which margin, under which assumption."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions import Assumption, assumption_of
from simulations.agreement.design import Margin, margin_width
from simulations.agreement.intervals import Array
from simulations.engine import canonical

__all__ = ["Claim", "stated_claim"]


@dataclass(frozen=True)
class Claim:
    r"""A validated claim; arrays have the shape of the prediction, margins are absolute."""

    name: str
    setting: Mapping[str, object]
    predicted: Array
    abs_error: float
    formula: str
    assumption: Assumption
    margin: float
    variants: Mapping[str, Array]

    @property
    def key(self) -> str:
        r"""The setting as a canonical string."""
        return canonical(self.setting)

    @property
    def inner(self) -> float:
        r"""Half-width that proves agreement whatever the numerical error of the prediction."""
        return self.margin - self.abs_error


def stated_claim(
    name: str,
    *,
    setting: Mapping[str, object],
    predicted: object,
    bounds: object,
    margin: Margin,
    wrong_variants: Mapping[str, object] | None = None,
    effort: str = "quick",
) -> Claim:
    r"""Validate a claim.

    Parameters
    ----------
    name
        Name of the table.
    setting, predicted, bounds, margin, wrong_variants
        As for `judge`.
    effort
        "quick", "paper" or "deep".

    Raises
    ------
    AgreementError
        If the statement cannot be judged: margin 0, NaN, prediction outside its bounds, numerical error as
        large as the margin, a wrong variant inside the margin.

    Examples
    --------
    >>> stated_claim("risk", setting={"n": 30}, predicted=0.2, bounds=(0, 1), margin=0.01).margin
    0.002
    """
    assumption = assumption_of(bounds)
    canonical(setting)
    value, error = _prediction(predicted, assumption)
    width = margin_width(margin, value, effort=effort)
    if error >= width:
        raise AgreementError(f"abs_error of the prediction ({error:g}) must be smaller than the margin ({width:g})")
    variants = {str(k): _variant(str(k), v, value, width + error) for k, v in (wrong_variants or {}).items()}
    formula = str(getattr(predicted, "formula", ""))
    return Claim(name, dict(setting), value, error, formula, assumption, width, variants)


def _prediction(predicted: object, assumption: Assumption) -> tuple[Array, float]:
    r"""Number and numerical error of a prediction that can be judged."""
    value = np.asarray(getattr(predicted, "value", predicted), dtype=float)
    error = float(getattr(predicted, "abs_error", 0.0))
    if value.size == 0 or not np.isfinite(value).all():
        raise AgreementError(f"predicted must be finite, got {value}")
    if not (math.isfinite(error) and error >= 0.0):
        raise AgreementError(f"abs_error of the prediction must be finite and >= 0, got {error}")
    lower, upper = assumption.limits
    if (value < lower).any() or (value > upper).any():
        raise AgreementError(f"predicted must lie within the stated bounds [{lower:g}, {upper:g}], got {value}")
    return value, error


def _variant(name: str, number: object, predicted: Array, outer: float) -> Array:
    value = np.asarray(getattr(number, "value", number), dtype=float)
    if value.shape != predicted.shape or not np.isfinite(value).all():
        raise AgreementError(f"wrong variant {name!r} must be finite with shape {predicted.shape}, got {number!r}")
    distance = float(np.max(np.abs(value - predicted)))
    if distance <= outer:
        raise AgreementError(
            f"wrong variant {name!r} is {distance:.3g} away from the prediction, within its margin {outer:.3g}: "
            "no data can tell them apart; state a smaller margin"
        )
    return value
