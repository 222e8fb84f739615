r"""Training that goes on: many steps of gradient descent on head and prompt, with one batch reused or fresh batches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import directions, tokens
from simulations.trajectory._loss_gradients import loss_gradients
from simulations.trajectory._pair_outcomes import cosines, outcomes
from theory.model import ContextualModel, Interval, Steps

__all__ = ["TrainingPath", "continued_training"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrainingPath:
    r"""What the parameters are and do after 0, 1, 2, … rounds, each array of shape (rounds + 1,)."""

    alignment_w: Array
    alignment_q: Array
    relevant_mass: Array
    error: Array


def continued_training(
    model: ContextualModel,
    steps: Steps,
    n_samples: int,
    *,
    rounds: int,
    rng: np.random.Generator,
    fresh: bool,
    n_test: int = 2000,
) -> TrainingPath:
    r"""Rounds of w ← w - η ∇_w L(q, w), then q ← q - γ ∇_q L(q, w), from zero; every token is drawn.

    The first round is the first two steps of the algorithm. The third step starts again at w = 0; here the head goes on.

    Parameters
    ----------
    model
        Core model.
    steps
        Step sizes and loss; the head is raw.
    n_samples
        n of each batch.
    rounds
        Number of rounds.
    rng
        Source of randomness.
    fresh
        Whether every gradient is taken on a fresh batch (else one batch serves all).
    n_test
        New samples per round.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=12, n_relevant=4, dim=6, signal_norm=0.9, context_norm=1.5)
    >>> path = continued_training(
    ...     model, Steps(eta=0.5, gamma=0.5), 40, rounds=3, rng=np.random.default_rng(0), fresh=False, n_test=50)
    >>> path.error.shape
    (4,)
    """
    rounds = int(Interval(0, integer=True).member("rounds", rounds))
    context, signal = directions(model)
    q, w = np.zeros(model.dim), np.zeros(model.dim)
    batch = tokens(model, rng=rng, size=n_samples)
    rows = []
    for index in range(rounds + 1):
        mass, error = outcomes(model, q[None], w[None], rng=rng, n_test=n_test)
        rows.append((cosines(w[None], signal)[0], cosines(q[None], context)[0], mass[0], error[0]))
        if index == rounds:
            break
        if fresh:
            batch = tokens(model, rng=rng, size=n_samples)
        w = w - steps.eta * loss_gradients(batch.tokens, batch.labels, q, w, steps.loss)[1]
        if fresh:
            batch = tokens(model, rng=rng, size=n_samples)
        q = q - steps.gamma * loss_gradients(batch.tokens, batch.labels, q, w, steps.loss)[0]
    return TrainingPath(*np.array(rows).T)
