r"""What the pictures show: the first test samples of a split, and where a trained learner attends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners import LEARNERS, Classifier, LabelledPool, Lesson, accuracy, tuned
from simulations.real.pictures._text_page import AttendedSample
from simulations.real.pictures._tile_figure import AttendedTiles
from simulations.real.sources import sentence_encoder
from simulations.real.tasks import ImageTask, RealBatch, RealSplit, SentenceTask, attended, word_batch, words
from theory.model import ParameterError

__all__ = ["WordGallery", "image_gallery", "word_gallery"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WordGallery:
    r"""Samples with attention over their words, and what a learner of sentences does with words.

    Parameters
    ----------
    samples
        The first test samples.
    accuracy
        Of the learner on test samples, its tokens being sentences.
    sentence_mass
        Attention on the relevant sentence, mean over the same samples as `word_mass`.
    word_mass
        Attention on the words of the relevant sentence where all words of a sample are its tokens, shape (samples,).
    word_share
        Share of the words that are in the relevant sentence, shape (samples,).
    """

    samples: list[AttendedSample]
    accuracy: float
    sentence_mass: Array
    word_mass: Array
    word_share: Array


def word_gallery(
    task: SentenceTask, n_train: int, *, shown: int, measured: int, learner: str = "prompt-attention", rng: np.random.Generator
) -> WordGallery:
    r"""A learner is trained with sentences as tokens, and then attends to words.

    Parameters
    ----------
    task
        A text task.
    n_train
        Training samples.
    shown, measured
        The first so many test samples are shown, and measured.
    learner
        One of `LEARNERS` that attends.
    rng
        Random generator.
    """
    split, whitening = task.whitened_split(n_train, rng=rng)
    classifier, encoder = _trained(learner, split), sentence_encoder()
    test = split.test.first(measured)
    by_sentence, scores = _attention(classifier, test), classifier.scores(test)
    samples, masses, shares = [], [], []
    for row in range(measured):
        texts = [words(text, encoder, whitening) for text in task.texts(test.items[row])]
        batch = word_batch(texts, test.relevant[row])
        weights = _attention(classifier, batch)
        masses.append((weights * batch.relevant).sum())
        shares.append(batch.relevant.mean())
        if row < shown:
            said = f"rated {_sign(test.labels[row])}, predicted {_sign(scores[row])}"
            samples.append(AttendedSample(attended(texts, weights[0], test.relevant[row]), said))
    mass = (by_sentence * test.relevant).sum(axis=1)
    return WordGallery(samples, accuracy(classifier, split.test), mass, np.array(masses), np.array(shares))


def image_gallery(
    task: ImageTask, n_train: int, *, shown: int, learner: str = "prompt-attention", rng: np.random.Generator
) -> list[AttendedTiles]:
    r"""The first test samples with attention before training, when the prompt is zero, and after.

    Parameters
    ----------
    task
        An image task.
    n_train
        Training samples.
    shown
        How many samples.
    learner
        One of `LEARNERS` that attends.
    rng
        Random generator.
    """
    split, patches = task.pictured_split(n_train, rng=rng)
    classifier = _trained(learner, split)
    test = split.test.first(shown)
    after, scores = _attention(classifier, test), classifier.scores(test)
    before = np.full(task.n_tokens, 1 / task.n_tokens)
    said = [f"label {_sign(label)}, said {_sign(score)}" for label, score in zip(test.labels, scores, strict=True)]
    return [AttendedTiles(patches["test"][row], test.relevant[row], before, after[row], said[row]) for row in range(shown)]


def _trained(learner: str, split: RealSplit) -> Classifier:
    return tuned(LEARNERS[learner], Lesson(split.train, LabelledPool(split.pool)), split.development)[0]


def _attention(classifier: Classifier, batch: RealBatch) -> Array:
    weights = classifier.attention(batch)
    if weights is None:
        raise ParameterError("learner", "one that attends", classifier)
    return weights


def _sign(value: float) -> str:
    return "+1" if value > 0 else "−1"
