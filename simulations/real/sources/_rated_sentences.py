r"""Sentences with mean human ratings, by Hutto and Gilbert (2014): inside the source distribution of vaderSentiment."""

import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources._errors import CorruptSourceError
from simulations.real.sources._fetched import RATED_SENTENCES, SETUP
from theory.model import Choice

__all__ = ["KINDS", "RatedSentences", "rated_sentences", "rated_sentences_from"]

KINDS: Mapping[str, str] = {
    "movie": "movieReviewSnippets_GroundTruth.txt",
    "product": "amazonReviewSnippets_GroundTruth.txt",
    "editorial": "nytEditorialSnippets_GroundTruth.txt",
    "message": "tweets_GroundTruth.txt",
}
r"""Sentences of movie reviews, product reviews, newspaper editorials and short messages, by their file."""


@dataclass(frozen=True)
class RatedSentences:
    r"""Sentences of one kind.

    Parameters
    ----------
    kind
        One of `KINDS`.
    texts
        The sentences.
    ratings
        Mean rating by at least fifteen people, from −4 (extremely negative) to 4 (extremely positive).
    """

    kind: str
    texts: tuple[str, ...]
    ratings: NDArray[np.float64]


@cache
def rated_sentences(kind: str) -> RatedSentences:
    r"""The sentences of a kind, from the fetched archive.

    Raises
    ------
    ParameterError
        If there is no such kind.
    MissingSourceError
        If the archive was not fetched.
    CorruptSourceError
        If it is not what it should be.
    """
    Choice(tuple(KINDS)).member("kind", kind)
    return rated_sentences_from(RATED_SENTENCES.content(), kind)


def rated_sentences_from(archive: bytes, kind: str) -> RatedSentences:
    r"""The sentences of a kind in a tar archive: lines of identifier, mean rating and text, separated by tabs.

    Of lines with the same text the first is taken. The files are nearly sorted by rating; here sentences stand in the order of
    their checksums, so that the first of them are like all.

    Raises
    ------
    CorruptSourceError
        If the archive does not hold such a file.
    """
    name = f"hutto_ICWSM_2014/{KINDS[kind]}"
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            file = tar.extractfile(name)
            lines = file.read().decode("utf-8-sig").split("\n") if file else []
        fields = [line.split("\t", 2) for line in lines if line.strip()]
        rated: dict[str, float] = {}
        for _, rating, text in fields:
            rated.setdefault(text.strip(), float(rating))
    except (KeyError, ValueError, OSError, EOFError, tarfile.TarError, zlib.error) as error:
        remedy = f"delete it and fetch it again: {SETUP}"
        raise CorruptSourceError(RATED_SENTENCES.path, f"does not hold {name} ({error})", remedy) from None
    texts = tuple(sorted(rated, key=lambda text: sha256(text.encode()).digest()))
    return RatedSentences(kind, texts, np.array([rated[text] for text in texts]))
