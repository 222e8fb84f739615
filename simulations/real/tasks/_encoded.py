r"""Encoded texts, kept on disk: a run that is killed goes on where it stopped, and a second run encodes nothing."""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources import cache_folder, written

__all__ = ["CHUNK", "are_encoded", "encoded"]

CHUNK = 128
r"""Texts of a file: what a kill can cost is a few seconds."""

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


def encoded(texts: Sequence[str], vectors: Encode, key: str, *, folder: Path | None = None) -> Vectors:
    r"""The vectors of texts, from the cache folder where they are there.

    Parameters
    ----------
    texts
        The texts.
    vectors
        The encoder: each vector depends on its text alone.
    key
        What the vectors depend on besides the text: the checksum of the model.
    folder
        Where they are kept; without it in the cache folder.

    Returns
    -------
    array
        Shape (size, …).

    Examples
    --------
    >>> import tempfile
    >>> calls = []
    >>> def lengths(texts):
    ...     calls.append(len(texts))
    ...     return np.array([[len(text)] for text in texts], dtype=np.float32)
    >>> for _ in range(2):
    ...     result = encoded(["a", "abc"] * 200, lengths, "length", folder=Path(tempfile.gettempdir()) / "encoded-example")
    >>> result.shape, sum(calls) <= 400
    ((400, 1), True)
    """
    home = cache_folder() / "encoded" if folder is None else folder
    return np.concatenate([_chunk(chunk, vectors, key, home) for chunk in _chunks(texts)])


def are_encoded(texts: Sequence[str], key: str, *, folder: Path | None = None) -> bool:
    r"""Whether `encoded` would find all vectors in the cache folder."""
    home = cache_folder() / "encoded" if folder is None else folder
    return all(_path(chunk, key, home).is_file() for chunk in _chunks(texts))


def _chunks(texts: Sequence[str]) -> list[list[str]]:
    return [list(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]


def _path(chunk: Sequence[str], key: str, home: Path) -> Path:
    return home / f"{hashlib.sha256(json.dumps([key, *chunk]).encode()).hexdigest()}.bin"


def _chunk(texts: Sequence[str], vectors: Encode, key: str, home: Path) -> Vectors:
    path = _path(texts, key, home)
    kept = _kept(path, len(texts))
    if kept is not None:
        return kept
    fresh = np.asarray(vectors(texts), dtype=np.float32)
    buffer = io.BytesIO()
    np.save(buffer, fresh, allow_pickle=False)
    written(path, hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue())
    return fresh


def _kept(path: Path, size: int) -> Vectors | None:
    r"""The vectors of a file; `None` if it is not there or not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, data = content[:32], content[32:]
    if hashlib.sha256(data).digest() != checksum:
        return None
    vectors: Vectors = np.load(io.BytesIO(data), allow_pickle=False)
    return vectors if len(vectors) == size else None
