r"""Independent random streams that depend on names only, never on the order of work."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

import numpy as np

__all__ = ["Setting", "canonical", "stream"]


Setting = Mapping[str, object]
r"""A row's setting: names and plain values (numbers, strings, booleans)."""

_WORDS_PER_KEY = 4  # of 32 bits: the first 128 of the hash


def stream(root_seed: int, *key: str | int) -> np.random.Generator:
    r"""Random generator that belongs to a key, such as (claim, setting, block).

    .. math:: \text{stream}(s, k_1, \dots, k_r) = \mathrm{PCG64}\bigl(\mathrm{SeedSequence}(s,\
        \text{spawn key} = (h(k_1), \dots, h(k_r)))\bigr)

    with h the first 128 bits of SHA-256. Equal keys give equal streams on every machine and in every
    order of work; different keys give streams that are independent for every practical purpose.

    Parameters
    ----------
    root_seed
        Seed >= 0 of the whole run.
    *key
        Names of the stream: strings and integers; ``1`` and ``"1"`` are different names.

    Raises
    ------
    TypeError
        If a part of the key is neither a string nor an integer.
    ValueError
        If the root seed is negative.

    Examples
    --------
    >>> a = stream(7, "head-error", "n=30", 0).random(2)
    >>> b = stream(7, "head-error", "n=30", 0).random(2)
    >>> bool((a == b).all()), bool(stream(7, "head-error", "n=30", 1).random() == a[0])
    (True, False)
    """
    if root_seed < 0:
        raise ValueError(f"root_seed must be an integer >= 0, got {root_seed}")
    words = tuple(word for part in key for word in _words(part))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(root_seed, spawn_key=words)))


def canonical(setting: Setting) -> str:
    r"""One string for a setting, whatever the order of its keys and whichever NumPy scalars it holds.

    Parameters
    ----------
    setting
        Names and plain values: numbers, strings, bools, None.

    Returns
    -------
    str
        JSON with sorted keys; floats by their shortest exact decimal form, infinities as strings.

    Raises
    ------
    TypeError
        If a value is not a plain number, string, bool or None.
    ValueError
        If a value is NaN.

    Examples
    --------
    >>> canonical({"T": 64, "tau": np.float64(0.5)}) == canonical({"tau": 0.5, "T": np.int64(64)})
    True
    """
    return json.dumps({str(name): _plain(str(name), setting[name]) for name in sorted(setting)}, allow_nan=False)


def _words(part: object) -> tuple[int, ...]:
    if isinstance(part, bool) or not isinstance(part, (str, int, np.integer)):
        raise TypeError(f"a stream key holds strings and integers only, got {part!r}")
    label = f"s:{part}" if isinstance(part, str) else f"i:{int(part)}"
    digest = hashlib.sha256(label.encode()).digest()
    return tuple(int.from_bytes(digest[4 * i : 4 * i + 4], "little") for i in range(_WORDS_PER_KEY))


def _plain(name: str, value: object) -> str | int | float | bool | None:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError(f"setting {name} must be a number, got nan")
        return str(value) if math.isinf(value) else value
    raise TypeError(f"setting {name} must be a plain number, string or bool, got {value!r}")
