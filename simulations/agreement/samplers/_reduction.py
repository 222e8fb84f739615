r"""Variance reduction that keeps verdicts valid: samplers of fewer, sharper draws with the same mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions import Bounded
from simulations.agreement.intervals import Array
from simulations.agreement.samplers._checked_draws import Sampler
from simulations.engine import stream

__all__ = ["antithetic", "conditional", "control_variate", "covariance_draws", "difference", "trial_blocks"]


def conditional(given: Callable[[np.random.Generator, int], Any], expectation: Callable[[Any], Array]) -> Sampler:
    r"""Conditional expectation: draws E[X | Z] in place of X; same mean, same bounds, smaller variance.

    Parameters
    ----------
    given
        Function of (rng, size) that draws Z.
    expectation
        Function of Z: the closed form of E[X | Z].

    Examples
    --------
    >>> from scipy.stats import norm
    >>> rare = conditional(lambda rng, size: rng.standard_normal(size), lambda z: norm.sf(3.0 - z))
    >>> rare(np.random.default_rng(2), 3).shape
    (3,)
    """
    return lambda rng, size: expectation(given(rng, size))


def antithetic(noise: Callable[[np.random.Generator, int], Array], outcome: Callable[[Array], Array]) -> Sampler:
    r"""Antithetic pairs (X(z) + X(−z))/2 for noise that is symmetric about 0; one draw is one pair.

    Parameters
    ----------
    noise
        Function of (rng, size), symmetric in law about 0.
    outcome
        Function of the noise; its bounds hold for the pairs.

    Examples
    --------
    >>> pairs = antithetic(lambda rng, size: rng.standard_normal(size), np.tanh)
    >>> bool(np.abs(pairs(np.random.default_rng(2), 3)).max() < 1e-15)
    True
    """

    def draws(rng: np.random.Generator, size: int) -> Array:
        z = noise(rng, size)
        return 0.5 * (outcome(z) + outcome(-z))

    return draws


def control_variate(
    pair: Callable[[np.random.Generator, int], tuple[Array, Array]],
    *,
    control_mean: float,
    bounds: tuple[float, float],
    control_bounds: tuple[float, float],
    coefficient: float | None = None,
    pilot: int = 2048,
    key: str = "control-variate",
    root_seed: int = 2023,
) -> tuple[Sampler, Bounded]:
    r"""Draws X − c (Z − E Z) for a control Z whose mean is known exactly, and the bounds they obey.

    The coefficient comes from a pilot on a stream of its own, so the draws stay iid with the mean of X.

    Parameters
    ----------
    pair
        Function of (rng, size) that returns (X, Z), each of shape (size,).
    control_mean
        E Z, exact.
    bounds, control_bounds
        (lower, upper) of X and of Z.
    coefficient
        c; default the least-squares coefficient of the pilot.
    pilot
        Number of its draws.
    key, root_seed
        Name and seed of the pilot's stream.

    Raises
    ------
    AgreementError
        If the control is constant or its mean lies outside its bounds.

    Examples
    --------
    >>> def pair(rng, size):
    ...     u = rng.random(size)
    ...     return np.exp(u - 1.0), u
    >>> sampler, law = control_variate(pair, control_mean=0.5, bounds=(0, 1), control_bounds=(0, 1))
    >>> float(sampler(np.random.default_rng(1), 4000).std()) < 0.03 < 0.18
    True
    """
    low, high = control_bounds
    if not low <= control_mean <= high:
        raise AgreementError(f"control_mean must lie within control_bounds [{low:g}, {high:g}], got {control_mean}")
    if coefficient is None:
        x, z = pair(stream(root_seed, key, "pilot"), pilot)
        spread = float(np.var(z))
        if spread == 0.0:
            raise AgreementError("the control is constant: it cannot reduce any variance")
        coefficient = float(np.mean((x - x.mean()) * (z - z.mean()))) / spread
    ends = [-coefficient * (low - control_mean), -coefficient * (high - control_mean)]
    law = Bounded(bounds[0] + min(ends), bounds[1] + max(ends))

    def draws(rng: np.random.Generator, size: int, c: float = coefficient) -> Array:
        x, z = pair(rng, size)
        return x - c * (z - control_mean)

    return draws, law


def difference(first: Sampler, second: Sampler) -> Sampler:
    r"""Common random numbers: draws of X − Y where both samplers start from the same state of the generator.

    Parameters
    ----------
    first, second
        Of X and of Y; bounds (a, b) and (c, d) give the difference the bounds (a − d, b − c).

    Examples
    --------
    >>> gap = difference(lambda rng, size: np.sqrt(rng.random(size)), lambda rng, size: rng.random(size))
    >>> float(gap(np.random.default_rng(1), 5000).std()) < 0.09
    True
    """
    return partial(_difference, first, second)


def trial_blocks(sampler: Callable[[np.random.Generator, int, int], Array], length: int) -> Sampler:
    r"""Dependent trials through blocks: one draw is the mean of `length` trials of an independent run.

    Parameters
    ----------
    sampler
        Function of (rng, size, length) that returns `size` independent runs of `length` dependent trials, shape
        (size, length, ...); bounds of a trial hold for the means.
    length
        At least 1.

    Examples
    --------
    >>> def walk(rng, size, length):
    ...     return np.tanh(np.cumsum(rng.standard_normal((size, length)), axis=1))
    >>> trial_blocks(walk, 50)(np.random.default_rng(1), 3).shape
    (3,)
    """
    return lambda rng, size: sampler(rng, size, length).mean(axis=1)


def covariance_draws(sampler: Sampler) -> Sampler:
    r"""Draws of ½ (X − X′)(X − X′)ᵀ from independent pairs: their mean is exactly the covariance matrix of X.

    Parameters
    ----------
    sampler
        Of X, shape (size, d); the products have shape (size, d, d).

    Examples
    --------
    >>> covariance_draws(lambda rng, size: rng.standard_normal((size, 3)))(np.random.default_rng(1), 5).shape
    (5, 3, 3)
    """
    return partial(_half_outer, sampler)


def _half_outer(sampler: Sampler, rng: np.random.Generator, size: int) -> Array:
    x = np.asarray(sampler(rng, 2 * size), dtype=float)
    gap: Array = x[:size] - x[size:]
    products: Array = 0.5 * gap[:, :, None] * gap[:, None, :]
    return products


def _difference(first: Sampler, second: Sampler, rng: np.random.Generator, size: int) -> Array:
    seed = rng.integers(0, 2**63, size=4).tolist()
    one, two = (np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))) for _ in range(2))
    gap: Array = np.asarray(first(one, size), dtype=float) - np.asarray(second(two, size), dtype=float)
    return gap
