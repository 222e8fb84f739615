r"""Words as tokens: the states inside a sentence, put where the sentence is the mean of its words."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources.minilm import SentenceEncoder
from simulations.real.whitening import Encoder

__all__ = ["AttendedText", "Words", "attended", "words"]

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


def attended(texts: list[Words], prompt: Array, relevant: NDArray[np.bool_]) -> list[AttendedText]:
    r"""Softmax attention of a prompt over all words of all texts of a sample.

    Parameters
    ----------
    texts
        The texts of the sample.
    prompt
        q, shape (d,).
    relevant
        Which text is relevant, shape (texts,).

    Examples
    --------
    >>> text = Words("so dull", np.array([[0.0], [np.log(3.0)]]), np.array([[0, 2], [3, 7]]))
    >>> attended([text], np.array([1.0]), np.array([True]))[0].weights
    array([0.25, 0.75])
    """
    scores = np.concatenate([text.tokens @ prompt for text in texts])
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    ends = np.cumsum([len(text.tokens) for text in texts])[:-1]
    return [
        _by_word(text, part, bool(flag)) for text, part, flag in zip(texts, np.split(weights, ends), relevant, strict=True)
    ]


def _by_word(text: Words, weights: Array, relevant: bool) -> AttendedText:
    found = list(re.finditer(r"\S+", text.text))
    starts = np.array([match.start() for match in found])
    word = np.searchsorted(starts, text.spans[:, 0], side="right") - 1
    summed = np.zeros(len(found))
    np.add.at(summed, word, weights)
    return AttendedText(tuple(match.group() for match in found), summed, relevant)
