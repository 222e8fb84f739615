r"""Draws of a claim: one block from its own stream, checked before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulations.agreement._errors import AgreementError
from simulations.agreement.assumptions import Assumption
from simulations.agreement.intervals import Array
from simulations.engine import stream

__all__ = ["Sampler", "check_sampler", "checked_draws"]

Sampler = Callable[[np.random.Generator, int], Array]
r"""Function of (rng, size) that returns `size` iid draws, shape (size, *shape of the prediction)."""

_PROBE = 4  # draws that are made twice


def checked_draws(
    sampler: Sampler, rng: np.random.Generator, size: int, *, shape: tuple[int, ...], assumption: Assumption
) -> Array:
    r"""Draws of a sampler, with the stated shape, finite and as the assumption demands.

    Parameters
    ----------
    sampler
        As a claim states it.
    rng
        The block's own stream.
    size
        Number of draws.
    shape
        Of one draw.
    assumption
        What is known about one draw.

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
    _reject(assumption.outside(draws), draws, assumption.domain)
    return draws


def check_sampler(sampler: Sampler, seed: int, *key: str | int) -> None:
    r"""Refuse a sampler that does not draw from, and only from, the generator that it is handed.

    A few draws are made twice from equal streams: they must be equal bit for bit, and the generator must
    have moved. This catches generators of a sampler's own, shared between claims or hidden in a global.

    Parameters
    ----------
    sampler
        As a claim states it.
    seed
        Of the run.
    *key
        Names of the claim's stream.

    Raises
    ------
    AgreementError
        If the draws come from elsewhere.
    """
    first, second = (stream(seed, *key, "probe") for _ in range(2))
    untouched = str(first.bit_generator.state)
    one, two = np.asarray(sampler(first, _PROBE)), np.asarray(sampler(second, _PROBE))
    if str(first.bit_generator.state) == untouched:
        raise AgreementError("sampler does not use the generator it is given (rng): its draws come from elsewhere")
    if one.shape != two.shape or not np.array_equal(one, two, equal_nan=one.dtype.kind == "f"):
        raise AgreementError("sampler is not reproducible: it draws from a shared or global generator, not rng alone")


def _reject(wrong: NDArray[np.bool_], draws: Array, domain: str) -> None:
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise AgreementError(f"draws must be {domain}, got {draws[where]} in draw {where[0]} of {len(draws)}")
