r"""Claims on a characteristic function: its real and imaginary part are the mean of a cosine and of a sine."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from simulations.agreement.intervals import Array
from simulations.agreement.samplers import Sampler

__all__ = ["characteristic_draws", "characteristic_values"]


def characteristic_draws(sampler: Sampler, frequencies: NDArray[np.float64]) -> Sampler:
    r"""Draws of (cos ωX, sin ωX), bounded by 1, whose mean is the characteristic function of X at ω.

    Draws have shape (size, 2, k); `judge` takes them with bounds (−1, 1), `characteristic_values` and an Absolute margin.

    Parameters
    ----------
    sampler
        Of X: a function of (rng, size) that returns shape (size,).
    frequencies
        ω, shape (k,).

    Examples
    --------
    >>> draws = characteristic_draws(lambda rng, size: rng.random(size), np.array([0.5, 2.0]))
    >>> draws(np.random.default_rng(1), 7).shape
    (7, 2, 2)
    """
    return partial(_waves, sampler, np.asarray(frequencies, dtype=float))


def characteristic_values(values: NDArray[np.complex128]) -> Array:
    r"""Predicted characteristic function at k frequencies as an array of shape (2, k): real and imaginary part.

    Parameters
    ----------
    values
        Complex, shape (k,).

    Examples
    --------
    >>> characteristic_values(np.array([0.3 + 0.1j]))
    array([[0.3],
           [0.1]])
    """
    return np.stack([np.real(values), np.imag(values)])


def _waves(sampler: Sampler, frequencies: Array, rng: np.random.Generator, size: int) -> Array:
    phase = np.multiply.outer(np.asarray(sampler(rng, size), dtype=float), frequencies)
    return np.stack([np.cos(phase), np.sin(phase)], axis=1)
