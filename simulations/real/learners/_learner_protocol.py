r"""What a learner is: a few settings, a fit on training data, and a choice between the settings on development data."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._relevance import LabelledPool
from simulations.real.tasks import RealBatch

__all__ = ["BUDGET", "Classifier", "Learner", "Lesson", "Setting", "accuracy", "tuned"]

Array = NDArray[np.float64]

BUDGET = 6
r"""Settings that every learner with settings may try on the development data."""


class Classifier(Protocol):
    r"""What was learnt; the predicted label is the sign of the score."""

    def scores(self, batch: RealBatch) -> Array:
        r"""f, shape (size,)."""

    def attention(self, batch: RealBatch) -> Array | None:
        r"""Weights of the tokens, rows summing to 1, shape (size, T); None if the architecture has none."""


@dataclass(frozen=True)
class Setting:
    r"""Two numbers that regularise a learner; what they mean is the learner's business, usually two ridges."""

    first: float
    second: float = 0.0


@dataclass(frozen=True)
class Lesson:
    r"""What a learner may see: training samples, and the pool with its relevance labels.

    Only learners that say so use the pool. Positions of relevant tokens in `train` are for the oracle.
    """

    train: RealBatch
    pool: LabelledPool

    @cached_property
    def token_variance(self) -> float:
        r"""Mean variance of a token coordinate in the training samples: the unit of every ridge."""
        rows = self.train.tokens.reshape(-1, self.train.tokens.shape[2])
        return float(rows.var(axis=0).mean())


@dataclass(frozen=True)
class Learner:
    r"""A way to learn.

    Parameters
    ----------
    name
        As in tables.
    meaning
        One line.
    settings
        What may be tried: `BUDGET` settings, or one if nothing is chosen.
    fit
        From a lesson and a setting to a classifier. Deterministic.
    """

    name: str
    meaning: str
    settings: tuple[Setting, ...]
    fit: Callable[[Lesson, Setting], Classifier]


def accuracy(classifier: Classifier, batch: RealBatch) -> float:
    r"""Share of samples whose score has the sign of the label; a score of zero counts one half."""
    return float((np.sign(batch.labels * classifier.scores(batch)) + 1).mean() / 2)


def tuned(learner: Learner, lesson: Lesson, development: RealBatch) -> tuple[Classifier, Setting]:
    r"""The classifier with the highest accuracy on the development data; of equals the first."""
    fits = [learner.fit(lesson, setting) for setting in learner.settings]
    if len(fits) == 1:
        return fits[0], learner.settings[0]
    best = int(np.argmax([accuracy(fit, development) for fit in fits]))
    return fits[best], learner.settings[best]
