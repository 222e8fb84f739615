r"""Noisy samples of a finite shift: their tokens in orthonormal coordinates, for the architectures that meet noise."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel, FiniteShift, Interval, ParameterError, refuse_beyond

__all__ = ["NoisySample", "noisy_samples"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NoisySample:
    r"""One value of (δ, y): its probability, and the tokens u and mean of v along e1 = q_*/Q and e2; other coordinates are 0."""

    label: int
    weight: float
    relevant: Array
    irrelevant: Array


def noisy_samples(model: ContextualModel) -> list[NoisySample]:
    r"""The samples of a model with a finite shift, σ > 0 and 1 <= m < T; ParameterError if it is another one."""
    refuse_beyond(model, "the best accuracy", {"shift", "correlation", "label_prior"})
    Interval(0, open_lower=True).member("noise_std", model.noise_std)
    Interval(1, model.n_tokens - 1, integer=True).member("n_relevant", model.n_relevant)
    if not isinstance(model.shift, FiniteShift):
        raise ParameterError("shift", "a finite law where there is noise", model.shift)
    context = np.array([model.context_norm, 0.0])
    signal = model.signal_norm * np.array([model.correlation, math.sqrt(1 - model.correlation**2)])
    samples = []
    for (dq, dw, dy), probability in zip(model.shift.points, model.shift.probabilities, strict=True):
        for y, prior in ((1, model.label_prior), (-1, 1 - model.label_prior)):
            samples.append(NoisySample(y, probability * prior, context + y * signal, -dq * context - (dw + dy * y) * signal))
    return samples
