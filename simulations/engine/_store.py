r"""Finished blocks on disk: a run that was killed goes on where it stopped, with the same digits."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulations.engine._blocks import Block

__all__ = ["Store", "StoredBlocks", "code_fingerprint"]


def code_fingerprint(*roots: Path) -> str:
    r"""Digest of what can change a draw: Python files below some folders, Python, installed packages.

    Stored blocks are used only under the fingerprint that made them: an edited simulation never meets
    the results of its earlier self. (Packages count by name and version: after editing an installed
    package in place, start a new store.)

    Parameters
    ----------
    *roots
        Folders of the project; hidden folders and folders named build, dist or node_modules are left out.
    """
    digest = hashlib.sha256(sys.version.encode())
    for name in sorted({f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions()}):
        digest.update(name.encode())
    for root in roots:
        for path in sorted(_python_files(root)):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Store:
    r"""Folder of finished blocks: a folder for each fingerprint, in it a file for each row.

    Parameters
    ----------
    directory
        Is made when the first block is kept.
    fingerprint
        What the blocks depend on besides their key, usually `code_fingerprint`.
    """

    def __init__(self, directory: Path, fingerprint: str = "") -> None:
        self.directory, self.fingerprint = directory, fingerprint

    def row(self, *key: str | int) -> StoredBlocks:
        r"""Memory of one row; the key names everything that its blocks depend on."""
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:40]
        return StoredBlocks(self.home / f"{name}.jsonl")

    @property
    def home(self) -> Path:
        r"""Folder of this fingerprint's rows."""
        return self.directory / hashlib.sha256(self.fingerprint.encode()).hexdigest()[:16]

    def prune(self, keep: int = 3) -> None:
        r"""Delete the rows of all but this fingerprint and the `keep` − 1 that were used last."""
        homes = [path for path in self.directory.glob("[0-9a-f]" * 16) if path.is_dir() and path != self.home]
        for old in sorted(homes, key=lambda path: path.stat().st_mtime, reverse=True)[keep - 1 :]:
            for row in old.glob("*.jsonl"):
                row.unlink(missing_ok=True)
            if not any(old.iterdir()):
                old.rmdir()


class StoredBlocks:
    r"""Finished blocks of one row: one line for each, with a checksum.

    A line that a kill cut short, and whatever follows it, is dropped: those blocks are made again.

    Parameters
    ----------
    path
        Of the row's file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "row.jsonl"
    >>> StoredBlocks(path).keep((0, 128), np.array([0.1, 0.2]))
    >>> StoredBlocks(path).recall((0, 128))
    array([0.1, 0.2])
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._blocks, whole = _read(path)
        if whole is not None:
            with path.open("r+b") as file:
                file.truncate(whole)

    def __len__(self) -> int:
        return len(self._blocks)

    def recall(self, block: Block) -> NDArray[np.float64] | None:
        r"""Result of a finished block, or None."""
        return self._blocks.get(block)

    def keep(self, block: Block, result: NDArray[np.float64]) -> None:
        r"""Append a block; the line reaches the operating system before this returns."""
        data = np.ascontiguousarray(result, dtype="<f8").tobytes()
        text = base64.b64encode(data).decode()
        record = {"block": block, "shape": result.shape, "crc": binascii.crc32(data), "data": text}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(json.dumps(record).encode() + b"\n")
        self._blocks[block] = result


def _read(path: Path) -> tuple[dict[Block, NDArray[np.float64]], int | None]:
    r"""Blocks of a file, and its length in whole lines if it ends in a broken one."""
    blocks: dict[Block, NDArray[np.float64]] = {}
    if not path.exists():
        return blocks, None
    whole = 0
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
                data = base64.b64decode(record["data"])
                if not line.endswith(b"\n") or binascii.crc32(data) != record["crc"]:
                    return blocks, whole
                index, size = record["block"]
                blocks[(index, size)] = np.frombuffer(data, dtype="<f8").reshape(record["shape"]).astype(float)
            except (ValueError, KeyError):
                return blocks, whole
            whole += len(line)
    return blocks, None


def _python_files(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.name.startswith(".") or path.name in ("build", "dist", "node_modules", "__pycache__"):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _python_files(path)
        elif path.suffix == ".py":
            yield path
