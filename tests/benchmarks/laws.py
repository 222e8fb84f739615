r"""Laws on which the verdicts are measured, drawn for many replications at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.agreement import Assumption, Asymptotic, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.intervals import BetaBinomial, ConfidenceSequence

__all__ = ["LAWS", "Law"]

Array = NDArray[np.float64]
Summaries = Callable[[np.random.Generator, int, ConfidenceSequence], Array]


@dataclass(frozen=True)
class Law:
    """A law of one draw: its mean, sd, the assumption it is judged under, and block summaries of replications."""

    name: str
    assumption: Assumption
    mean: float
    sd: float
    margin: float
    summaries: Summaries


def drawn(draws: Callable[[np.random.Generator, tuple[int, int]], Array]) -> Summaries:
    """Summaries of draws that are made one by one."""
    return lambda rng, size, sequence: sequence.summary(draws(rng, (size, *sequence.center.shape)))


def counted(values: Array, probabilities: Array) -> Summaries:
    """Summaries of draws with finitely many values, from multinomial counts: the same law, much faster."""

    def summaries(rng: np.random.Generator, size: int, sequence: ConfidenceSequence) -> Array:
        counts = rng.multinomial(size, probabilities, sequence.center.shape)
        x = values - sequence.center[:, None]
        powers = (1, 2) if isinstance(sequence, BetaBinomial) else (1, 2, 3, 4)
        return np.stack([(counts * x**k).sum(axis=1) for k in powers])

    return summaries


def gaussian(mean: float, sd: float) -> Summaries:
    """Sum and sum of squares of Gaussian draws, from their exact joint law."""

    def summaries(rng: np.random.Generator, size: int, sequence: ConfidenceSequence) -> Array:
        shape = sequence.center.shape
        average = mean + sd * rng.standard_normal(shape) / np.sqrt(size) - sequence.center
        return np.stack([size * average, sd**2 * rng.chisquare(size - 1, shape) + size * average**2])

    return summaries


def chain_means(rng: np.random.Generator, shape: tuple[int, int], length: int = 20) -> Array:
    """Means of `length` steps of a stationary two-state chain with P(1) = 0.3 and correlation 0.8 between steps."""
    state = rng.random(shape) < 0.3
    total = np.zeros(shape)
    for _ in range(length):
        total += state
        u = rng.random(shape)
        state = np.where(state, u >= 0.14, u < 0.06)
    return total / length


_chain_sd = float(np.sqrt(0.21 / 20 * (1 + 2 * sum((1 - k / 20) * 0.8**k for k in range(1, 20)))))
_coin = np.array([0.0, 1.0])
_values, _probabilities = np.array([0.0, 1.0, 2.0, 5.0]), np.array([0.55, 0.25, 0.15, 0.05])
_mean, _second = float(_values @ _probabilities), float(_values**2 @ _probabilities)
_sd = float(np.sqrt(_second - _mean**2))
_beta = (0.4, 3.6)
_beta_sd = float(np.sqrt(0.09 / 5.0))
_log_sd = 1.0
_log_mean = float(np.exp(_log_sd**2 / 2))
_lognormal_sd = _log_mean * float(np.sqrt(np.expm1(_log_sd**2)))


def _beta_draws(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.beta(*_beta, shape)


LAWS = (
    Law("Bernoulli, rare (p = 0.01)", Probability(), 0.01, 0.0099**0.5, 0.002, counted(_coin, np.array([0.99, 0.01]))),
    Law("Bernoulli, even", Probability(), 0.5, 0.5, 0.05, counted(_coin, np.array([0.5, 0.5]))),
    Law("Bernoulli, even", Bounded(0.0, 1.0), 0.5, 0.5, 0.05, counted(_coin, np.array([0.5, 0.5]))),
    Law("Beta(0.4, 3.6), skewed", Bounded(0.0, 1.0), 0.1, _beta_sd, 0.02, drawn(_beta_draws)),
    Law("Beta(0.4, 3.6), skewed", Bounded(0.0, 1.0, "bernstein"), 0.1, _beta_sd, 0.02, drawn(_beta_draws)),
    Law("discrete on {0, 1, 2, 5}", Bounded(0.0, 5.0), _mean, _sd, 0.15, counted(_values, _probabilities)),
    Law("Gaussian", SubGaussian(1.3), 2.0, 1.3, 0.15, gaussian(2.0, 1.3)),
    Law(
        "lognormal, variance bounded",
        FiniteVariance(_lognormal_sd),
        _log_mean,
        _lognormal_sd,
        0.25 * _lognormal_sd,
        drawn(lambda rng, shape: rng.lognormal(0.0, _log_sd, shape)),
    ),
    Law("Markov chain, blocks of 20", Bounded(0.0, 1.0), 0.3, _chain_sd, 0.05, drawn(chain_means)),
    Law("exponential", Asymptotic(), 1.0, 1.0, 0.12, drawn(lambda rng, shape: rng.standard_exponential(shape))),
)
"""Means, standard deviations and margins are absolute."""
