r"""Draws of a claim: one block from its own stream, checked before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions import Assumption, Bounded, Probability
from simulations.agreement.intervals import Array
from simulations.engine import stream

__all__ = ["Sampler", "check_sampler", "checked_draws"]

Sampler = Callable[[np.random.Generator, int], "Array"]
"""Function of (rng, size) that returns `size` iid draws, shape (size, *shape of the prediction)."""


def checked_draws(
    sampler: Sampler, rng: np.random.Generator, size: int, *, shape: tuple[int, ...], assumption: Assumption
) -> Array:
    r"""`size` draws of a sampler, with the stated shape, finite and within the stated bounds.

    Raises
    ------
    AgreementError
        If they are not; the message names the first draw that is wrong.
    """
    draws = np.asarray(sampler(rng, size))
    if draws.shape != (size, *shape):
        raise AgreementError(f"sampler must return shape {(size, *shape)}, got {draws.shape}")
    if not (np.issubdtype(draws.dtype, np.floating) or np.issubdtype(draws.dtype, np.integer) or draws.dtype == bool):
        raise AgreementError(f"sampler must return real numbers, got {draws.dtype}")
    draws = draws.astype(float)
    _reject(~np.isfinite(draws), draws, "finite")
    if isinstance(assumption, Bounded):
        outside = (draws < assumption.lower) | (draws > assumption.upper)
        _reject(outside, draws, f"within the stated bounds [{assumption.lower:g}, {assumption.upper:g}]")
    if isinstance(assumption, Probability):
        _reject((draws != 0.0) & (draws != 1.0), draws, "0 or 1")
    return draws


def check_sampler(sampler: Sampler, root_seed: int, *key: str | int) -> None:
    r"""Refuse a sampler that does not draw from, and only from, the generator that it is handed.

    A few draws are made twice from equal streams: they must be equal bit for bit, and the generator must
    have moved. This catches generators of a sampler's own, shared between claims or hidden in a global.

    Raises
    ------
    AgreementError
    """
    size = 4
    first, second = (stream(root_seed, *key, "probe") for _ in range(2))
    untouched = str(first.bit_generator.state)
    one, two = np.asarray(sampler(first, size)), np.asarray(sampler(second, size))
    if str(first.bit_generator.state) == untouched:
        raise AgreementError("sampler does not use the generator it is given (rng): its draws come from elsewhere")
    if one.shape != two.shape or not np.array_equal(one, two, equal_nan=one.dtype.kind == "f"):
        raise AgreementError("sampler is not reproducible: it draws from a shared or global generator, not rng alone")


def _reject(wrong: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], draws: Array, domain: str) -> None:
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise AgreementError(f"draws must be {domain}, got {draws[where]} in draw {where[0]} of {len(draws)}")
