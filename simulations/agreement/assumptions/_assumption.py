r"""What an assumption about one draw answers: limits, checks, confidence sequence, design."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions._demand import Demand, draws_by_bets, width_by_bets
from simulations.agreement.intervals import AMBITION, Array, ConfidenceSequence

__all__ = ["Assumption", "positive"]


class Assumption(ABC):
    r"""What is known about one draw: the assumption that a verdict's error rate rests on.

    A new assumption is a frozen dataclass that states its label and its confidence sequence. All else has a default, which
    is right for draws without limits whose sequence bets λ = 0.75 δ/v and pays λ²/2 for a unit of variance.
    """

    fixes_spread: ClassVar[bool] = False
    r"""Whether a plan may rest on `largest_sd` before the first draw; otherwise it follows the variance of the draws."""

    @property
    @abstractmethod
    def label(self) -> str:
        r"""Name of the assumption and of the confidence sequence, for the tables."""

    @abstractmethod
    def sequence(self, *, center: Array, target: Array, alpha: float, sd: float | None = None) -> ConfidenceSequence:
        r"""Confidence sequence for the mean, centred at a prediction and tuned for a half-width.

        Parameters
        ----------
        center, target, alpha
            As for `ConfidenceSequence`.
        sd
            Guess of the standard deviation of a draw; costs or saves draws, never validity.
        """

    @property
    def limits(self) -> tuple[float, float]:
        r"""Smallest and largest value of a draw, and so of its mean."""
        return -math.inf, math.inf

    @property
    def domain(self) -> str:
        r"""Where draws must be, in words that follow "draws must be"."""
        return "within the stated bounds [{:g}, {:g}]".format(*self.limits)

    def outside(self, draws: Array) -> NDArray[np.bool_]:
        r"""Which finite draws contradict the assumption by themselves."""
        lower, upper = self.limits
        wrong: NDArray[np.bool_] = (draws < lower) | (draws > upper)
        return wrong

    def largest_sd(self, predicted: float, margin: float) -> float:
        r"""Largest standard deviation of a draw when its mean is the prediction; inf if unlimited.

        Parameters
        ----------
        predicted
            The mean; one that lies at a limit counts as a tenth of the margin away from it.
        margin
            Half-width of the margin, absolute.
        """
        return math.inf

    def pilot(self, draws: Array) -> tuple[float, float]:
        r"""Mean and standard deviation of the draws, as good guesses for tuning."""
        return float(draws.mean()), float(draws.std())

    def fewest_draws(self, demand: Demand) -> float:
        r"""Draws after which a true prediction has been seen to agree, were there a look after each."""
        bet = AMBITION * demand.margin / demand.sd**2
        return draws_by_bets(demand, [(bet, bet**2 / 2)])

    def half_width(self, draws: int, demand: Demand) -> float:
        r"""Half-width of the confidence sequence after so many draws, tuned for the margin."""
        bet = AMBITION * demand.margin / demand.sd**2
        return width_by_bets(draws, demand, bet, bet**2 / 2)


def positive(name: str, value: float) -> None:
    r"""Refuse a parameter that is not a positive finite number."""
    if not (math.isfinite(value) and value > 0.0):
        raise AgreementError(f"{name} must be a positive finite number, got {value}")
