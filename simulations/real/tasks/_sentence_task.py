r"""Text tasks: a rated sentence among unrelated ones, each encoded on its own; a token is a sentence."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources import KINDS, STATE_DIM, rated_sentences, sentence_encoder
from simulations.real.tasks._dealing import LARGEST, companions, dealt, part_size
from simulations.real.tasks._encoded import CHUNK, are_encoded, encoded
from simulations.real.tasks._layouts import shuffled_columns
from simulations.real.tasks._task import PARTS, RealBatch, RealSplit
from simulations.real.tasks._whitening import Encoder, whitened_components
from theory.model import Choice, Interval, ParameterError

__all__ = ["NEUTRAL", "SentenceTask", "movie_task", "sentence_task"]

NEUTRAL = 0.5
r"""Sentences with a mean rating between −NEUTRAL and NEUTRAL get no label, on a scale from −4 to 4."""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class SentenceTask:
    r"""Tell whether people rate the labelled sentence of a sample positive or negative. See `sentence_task`."""

    labelled: str
    distractors: str
    n_distractors: int
    dim: int
    largest: int | None = None

    @property
    def name(self) -> str:
        r"""Kinds of sentences, k and d."""
        some = "" if self.largest is None else f" of {self.largest}"
        return f"{self.labelled} among {self.distractors}{some} k={self.n_distractors} d={self.dim}"

    @property
    def n_tokens(self) -> int:
        r"""T = k + 1."""
        return self.n_distractors + 1

    @property
    def n_relevant(self) -> int:
        r"""m = 1."""
        return 1

    @property
    def largest_train(self) -> int:
        r"""The largest n_train."""
        return part_size("train", len(_chosen(self.labelled, self.distractors, self.largest)[0]))

    def split(self, n_train: int, *, rng: np.random.Generator) -> RealSplit:
        r"""A fresh split; see `Task`."""
        return self.whitened_split(n_train, rng=rng)[0]

    def whitened_split(self, n_train: int, *, rng: np.random.Generator) -> tuple[RealSplit, Encoder]:
        r"""The split that `split` makes of the same stream, and the encoder that takes sentence vectors to its tokens."""
        Interval(1, self.largest_train, integer=True).member("n_train", n_train)
        sentences, others = _chosen(self.labelled, self.distractors, self.largest)
        ratings = rated_sentences(self.labelled).ratings[sentences]
        own, theirs = dealt(len(sentences), rng=rng), dealt(len(others), rng=rng)
        items, relevant = {}, {}
        for part in reversed(PARTS):  # train last: all else is the same for every n_train
            chosen = own[part][: n_train if part == "train" else LARGEST[part]]
            around = len(sentences) + companions(theirs[part], len(chosen), self.n_distractors, rng=rng)
            order = shuffled_columns(len(chosen), self.n_tokens, rng=rng)
            items[part] = np.take_along_axis(np.concatenate([chosen[:, None], around], axis=1), order, axis=1)
            relevant[part] = order == 0
        vectors = self.vectors()
        whitening = whitened_components(vectors[items["pool"]], relevant["pool"], self.dim)
        whitened = whitening(vectors)
        labels = {part: np.sign(ratings[items[part][relevant[part]]]) for part in PARTS}
        batches = {part: RealBatch(whitened[items[part]], labels[part], relevant[part], items[part]) for part in PARTS}
        return RealSplit(**batches), whitening

    @property
    def is_encoded(self) -> bool:
        r"""Whether its sentences were encoded before; if not, the first split of all sentences takes minutes."""
        own, others = _chosen(self.labelled, self.distractors, self.largest)
        kinds = ((self.labelled, own), (self.distractors, others))
        return all(are_encoded(_read(kind, int(chosen.max()) + 1), sentence_encoder().key) for kind, chosen in kinds)

    def vectors(self) -> NDArray[np.float32]:
        r"""The encoded sentences of all items, shape (items, 384)."""
        own, others = _chosen(self.labelled, self.distractors, self.largest)
        kinds = ((self.labelled, own), (self.distractors, others))
        return np.concatenate([_vectors(kind, int(chosen.max()) + 1)[chosen] for kind, chosen in kinds])

    def texts(self, items: Indices) -> list[str]:
        r"""The sentences of some items, such as a row of ``batch.items``."""
        own, others = _chosen(self.labelled, self.distractors, self.largest)
        known = [(self.labelled, index) for index in own] + [(self.distractors, index) for index in others]
        return [rated_sentences(kind).texts[index] for kind, index in (known[item] for item in items)]


def movie_task(n_distractors: int = 3, dim: int = 64) -> SentenceTask:
    r"""A sentence of a movie review among k sentences of newspaper editorials; see `sentence_task`."""
    return sentence_task("movie", "editorial", n_distractors=n_distractors, dim=dim)


def sentence_task(
    labelled: str, distractors: str, *, n_distractors: int, dim: int = 64, largest: int | None = None
) -> SentenceTask:
    r"""A task whose samples are k + 1 sentences in random order, one of them rated; the label is the sign of its mean rating.

    Sentences whose mean rating is nearer to 0 than `NEUTRAL` are dropped. Each sentence is encoded on its own by the frozen
    transformer of `sentence_encoder`; its vector is reduced to the leading principal components of the pool, whitened.

    Parameters
    ----------
    labelled
        Kind of the rated sentence: ``movie``, ``product``, ``editorial`` or ``message``.
    distractors
        Kind of the others, another one.
    n_distractors
        k, 0 or more. With k = 0 nothing is irrelevant.
    dim
        d, up to 384.
    largest
        Use only the first sentences of each kind, for a quick look; without it all.

    Raises
    ------
    ParameterError
        If a parameter is outside its domain.
    """
    Choice(tuple(KINDS)).member("labelled", labelled)
    Choice(tuple(KINDS)).member("distractors", distractors)
    if labelled == distractors:
        raise ParameterError("distractors", f"another kind than labelled, {labelled}", distractors)
    Interval(0, integer=True).member("n_distractors", n_distractors)
    Interval(1, STATE_DIM, integer=True).member("dim", dim)
    if largest is not None:
        Interval(10, integer=True).member("largest", largest)
    return SentenceTask(labelled, distractors, n_distractors, dim, largest)


@cache
def _chosen(labelled: str, distractors: str, largest: int | None) -> tuple[Indices, Indices]:
    r"""Which sentences of both kinds are used: rated ones that are not neutral; others that are of their kind only."""
    rated, others = rated_sentences(labelled), rated_sentences(distractors)
    known = set(rated.texts)
    own = np.flatnonzero(np.abs(rated.ratings) >= NEUTRAL)[:largest]
    return own, np.array([index for index, text in enumerate(others.texts) if text not in known][:largest])


@cache
def _vectors(kind: str, count: int) -> NDArray[np.float32]:
    encoder = sentence_encoder()
    return encoded(_read(kind, count), encoder.vectors, encoder.key)


def _read(kind: str, count: int) -> tuple[str, ...]:
    r"""At least the first sentences of a kind: whole chunks, so that a quick look and a full run share what is encoded."""
    return rated_sentences(kind).texts[: -(-count // CHUNK) * CHUNK]
