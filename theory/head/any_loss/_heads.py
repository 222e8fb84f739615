r"""Trained heads of drawn training sets: with a ridge, and the limit of none, where separable data make it the largest margin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from theory.head.any_loss._minimisers import minimisers
from theory.head.convex import CONVEX_LOSSES, HINGE
from theory.model import LOSSES

__all__ = ["Training", "trained"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_VANISHING = 1e-8
r"""Ridge, over a mean squared feature, at which the hinge loss on separable data finds the largest margin, or one of 1e-4."""

_ON_THE_MARGIN = 1e-3


@dataclass(frozen=True, eq=False)
class Training:
    r"""Folded training sets, shape (N, n, k), and what their heads minimise.

    Attributes
    ----------
    designs
        uᵢ = yᵢxᵢ; coefficients that the ridge does not count belong to columns of labels.
    penalised
        1 where the ridge counts a coefficient, else 0; shape (k,).
    intercept
        Position of the column of labels, or `None`.
    loss, ridge
        Name of the loss, and λ.
    """

    designs: Floats
    penalised: Floats
    intercept: int | None
    loss: str
    ridge: float


def trained(training: Training) -> tuple[Floats, Mask]:
    r"""The heads, shape (N, k), and where there is none: max-margin on data that are not separable.

    Where all samples have one label and an intercept is trained, the head answers that label.
    """
    designs = training.designs
    heads, missing = np.zeros((len(designs), designs.shape[2])), np.zeros(len(designs), dtype=bool)
    mixed = ~missing
    if training.intercept is not None:
        labels = designs[..., training.intercept]
        mixed = np.any(labels != labels[:, :1], axis=1)
        heads[~mixed, training.intercept] = labels[~mixed, 0]
    if mixed.any():
        heads[mixed], missing[mixed] = _trained(replace(training, designs=designs[mixed]))
    return heads, missing


def _trained(training: Training) -> tuple[Floats, Mask]:
    vanishing = LOSSES[training.loss].vanishing_ridge
    if vanishing == "hard-margin" or (vanishing == "max-margin" and training.ridge == 0):
        return _without_ridge(training, vanishing)
    heads = minimisers(training.designs, training.ridge * training.penalised, CONVEX_LOSSES[training.loss])
    return heads, np.zeros(len(heads), dtype=bool)


def _without_ridge(training: Training, vanishing: str) -> tuple[Floats, Mask]:
    r"""The shortest head with all margins at least 1, or the minimiser of the loss where there is none."""
    designs = training.designs
    unit = float((designs**2).mean())
    heads = minimisers(designs / np.sqrt(unit), _VANISHING * training.penalised, HINGE) / np.sqrt(unit)
    mixed = (designs @ heads[..., None])[..., 0].min(axis=1) < 1 - _ON_THE_MARGIN
    if vanishing == "hard-margin" or not mixed.any():
        return heads, mixed
    heads[mixed] = minimisers(designs[mixed], np.zeros(designs.shape[2]), CONVEX_LOSSES[training.loss])
    return heads, np.zeros_like(mixed)
