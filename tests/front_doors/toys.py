r"""What an outsider declares: a quantity and two losses, none of which any file of the project names.

A plugin of pytest as well: `-p tests.front_doors.toys` declares them for a whole run, as an outsider's own package would.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cvxpy
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simulations.agreement import Probability
from simulations.head import shortest_heads, smooth_heads
from simulations.interface import Draws, Numbers
from simulations.tokens import labels
from theory.head import CONVEX_LOSSES, Squared
from theory.interface import HEAD_EXAMPLE, QUANTITIES, Quantity, gathered
from theory.interface import MODEL as MODEL_OPTIONS
from theory.model import LOSSES, ContextualModel, LossDeclaration, Prediction

__all__ = ["declared", "pytest_configure"]

Array = NDArray[np.float64]


def majority_error(model: ContextualModel) -> Prediction:
    r"""The error of always answering the likelier label."""
    return Prediction(min(model.label_prior, 1 - model.label_prior), 0.0, "exact", "every model")


def majority_draws(model: ContextualModel) -> Numbers:
    r"""Whether a fresh label is not the likelier one."""
    likelier = 1.0 if model.label_prior >= 0.5 else -1.0

    def mistakes(rng: np.random.Generator, size: int) -> Array:
        return (labels(model, rng=rng, shape=(size,)) != likelier).astype(float)

    return {"value": Draws(mistakes, Probability())}


QUANTITY = Quantity(
    name="majority-error",
    summary="The error of always answering the likelier label.",
    parameters=MODEL_OPTIONS,
    example=HEAD_EXAMPLE.split(" --prompt-strength")[0],
    arguments=gathered,
    prediction=majority_error,
    draws=majority_draws,
    margin=0.1,
)


@dataclass(frozen=True)
class Tripled:
    r"""Three times the logistic loss: its head at ridge 3λ is the logistic one at ridge λ."""

    name: str = "tripled-logistic"
    has_linear_proximal: bool = False

    def value(self, margin: Array) -> Array:
        return 3 * CONVEX_LOSSES["logistic"].value(margin)

    def slope(self, margin: Array) -> Array:
        return 3 * CONVEX_LOSSES["logistic"].slope(margin)

    def proximal(self, point: Array, step: Array) -> tuple[Array, Array]:
        return CONVEX_LOSSES["logistic"].proximal(point, 3 * step)

    def breaks(self, step: Array) -> tuple[Array, ...]:
        return CONVEX_LOSSES["logistic"].breaks(3 * step)


def tripled_derivatives(margins: Array) -> tuple[Array, Array, Array]:
    share = expit(-margins)
    return 3 * np.logaddexp(0.0, -margins), -3 * share, 3 * share * (1 - share)


def squared_derivatives(margins: Array) -> tuple[Array, Array, Array]:
    return (1 - margins) ** 2 / 2, margins - 1, np.ones_like(margins)


def again_heads(designs: Array, ridge: float, y: Array | None = None) -> Array:
    return shortest_heads(designs, y) if ridge == 0 else smooth_heads(designs, squared_derivatives, ridge, y)


def tripled_reference(margins: Any, n: int) -> Any:
    return 3 * cvxpy.sum(cvxpy.logistic(-margins)) / n


def again_reference(margins: Any, n: int) -> Any:
    return cvxpy.sum_squares(1 - margins) / (2 * n)


TRIPLED = LossDeclaration(
    "tripled-logistic",
    Tripled(),
    "max-margin",
    solver=lambda designs, ridge, y=None: smooth_heads(designs, tripled_derivatives, ridge, y),
    reference=tripled_reference,
)

AGAIN = LossDeclaration("squared-again", Squared("squared-again"), "interpolation", solver=again_heads, reference=again_reference)


def pytest_configure() -> None:
    r"""Declare everything: what importing an outsider's package does."""
    QUANTITIES.declare(QUANTITY.name, QUANTITY)
    for loss in (TRIPLED, AGAIN):
        LOSSES.declare(loss.name, loss)


@contextmanager
def declared() -> Iterator[None]:
    r"""Declared within, and withdrawn after."""
    pytest_configure()
    try:
        yield
    finally:
        QUANTITIES.withdraw(QUANTITY.name)
        for loss in (TRIPLED, AGAIN):
            LOSSES.withdraw(loss.name)
