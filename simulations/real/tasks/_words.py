r"""Words as tokens: the states inside a sentence, put where the sentence is the mean of its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources import SentenceEncoder
from simulations.real.tasks._task import RealBatch
from simulations.real.tasks._whitening import Encoder

__all__ = ["AttendedText", "Words", "attended", "word_batch", "words"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Words:
    r"""One text as word tokens.

    Parameters
    ----------
    text
        The text.
    tokens
        One row for each part of a word, shape (parts, d).
    spans
        Where in the text each part stands, shape (parts, 2).
    """

    text: str
    tokens: Array
    spans: NDArray[np.int64]


@dataclass(frozen=True)
class AttendedText:
    r"""A text with the attention that each of its words gets.

    Parameters
    ----------
    words
        The words, as white space separates them.
    weights
        Attention on each word: the sum over its parts, shape (words,).
    relevant
        Whether the text is the relevant one of its sample.
    """

    words: tuple[str, ...]
    weights: Array
    relevant: bool


def words(text: str, encoder: SentenceEncoder, whitening: Encoder) -> Words:
    r"""The word tokens of a text.

    .. math::

        x_l = (h_l / |\bar h| - c)\, B, \qquad \frac1L \sum_l x_l = x

    with h the last hidden states, h̄ their mean, and x = (h̄/|h̄| − c) B the token of the whole text: the score of a text under a
    prompt is the mean score of its words and of the two marks around it. The marks are left out here.

    Parameters
    ----------
    text
        The text.
    encoder
        The transformer.
    whitening
        c and B, fitted on the pool.
    """
    found = encoder.token_states(text)
    tokens = whitening(found.states / np.linalg.norm(found.states.mean(axis=0)))
    return Words(text, tokens[~found.is_mark], found.spans[~found.is_mark])


def word_batch(texts: Sequence[Words], relevant: NDArray[np.bool_]) -> RealBatch:
    r"""All words of the texts of one sample as the tokens of one sample; whoever learned from sentences can attend to them.

    Parameters
    ----------
    texts
        The texts of the sample.
    relevant
        Which text is relevant, shape (texts,).
    """
    counts = [len(text.tokens) for text in texts]
    tokens = np.concatenate([text.tokens for text in texts])
    return RealBatch(tokens[None], np.ones(1), np.repeat(relevant, counts)[None], np.repeat(np.arange(len(texts)), counts)[None])


def attended(texts: Sequence[Words], weights: Array, relevant: NDArray[np.bool_]) -> list[AttendedText]:
    r"""The texts of a sample with the attention on their words.

    Parameters
    ----------
    texts
        The texts of the sample.
    weights
        Attention on each part of a word, in the order of `word_batch`, shape (parts,).
    relevant
        Which text is relevant, shape (texts,).

    Examples
    --------
    >>> text = Words("so dull", np.zeros((3, 2)), np.array([[0, 2], [3, 5], [5, 7]]))
    >>> attended([text], np.array([0.25, 0.5, 0.25]), np.array([True]))[0].weights
    array([0.25, 0.75])
    """
    ends = np.cumsum([len(text.tokens) for text in texts])[:-1]
    parts = np.split(weights, ends)
    return [_by_word(text, part, bool(flag)) for text, part, flag in zip(texts, parts, relevant, strict=True)]


def _by_word(text: Words, weights: Array, relevant: bool) -> AttendedText:
    found = list(re.finditer(r"\S+", text.text))
    starts = np.array([match.start() for match in found])
    word = np.searchsorted(starts, text.spans[:, 0], side="right") - 1
    summed = np.zeros(len(found))
    np.add.at(summed, word, weights)
    return AttendedText(tuple(match.group() for match in found), summed, relevant)
