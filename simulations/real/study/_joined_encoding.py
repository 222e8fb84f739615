r"""What joint encoding does: sentences that are joined before they are encoded mix, and every token knows its neighbours."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulations.engine import stream
from simulations.real.sources import SentenceEncoder, sentence_encoder
from simulations.real.tasks import RealBatch, SentenceTask, encoded, movie_task, whitened_components
from theory.model import ParameterError

__all__ = ["joined_and_own", "joined_study", "joined_vectors", "readout_accuracy"]

Array = NDArray[np.float64]
Vectors = NDArray[np.float32]


def joined_vectors(texts: Sequence[str], encoder: SentenceEncoder) -> Vectors:
    r"""A vector for each text when all are joined and encoded at once: the mean state over its own tokens, scaled to length 1.

    Parameters
    ----------
    texts
        The texts of one sample.
    encoder
        The transformer.

    Returns
    -------
    array
        Shape (texts, 384). A text that the model does not read, after 512 tokens, gets zeros.
    """
    found = encoder.token_states(" ".join(texts))
    ends = np.cumsum([len(text) + 1 for text in texts])
    owner = np.where(found.is_mark, -1, np.searchsorted(ends, found.spans[:, 0], side="right"))
    vectors = np.zeros((len(texts), found.states.shape[1]), dtype=np.float32)
    for index in np.unique(owner[owner >= 0]):
        mean = found.states[owner == index].mean(axis=0)
        vectors[index] = mean / np.linalg.norm(mean)
    return vectors


def joined_and_own(task: SentenceTask, n_train: int, n_test: int, *, rng: np.random.Generator) -> dict[str, Mapping[str, float]]:
    r"""How well a linear readout tells the label from the relevant sentence, from an unrelated one, and from the mean of all;
    and in how many samples the sentence that looks most relevant to it is the relevant one (``place``).

    Each of them is read once where sentences are encoded on their own and once where they are joined. On its own an unrelated
    sentence says nothing of the label: its accuracy is that of guessing.

    Parameters
    ----------
    task
        A text task with at least one distractor.
    n_train, n_test
        Samples to fit the readout, and to judge it.
    rng
        Random generator.

    Returns
    -------
    dict
        For ``own`` and ``joined``: accuracy from ``relevant``, ``unrelated`` and ``mean``, and ``place``.
    """
    if task.n_tokens < 2:
        raise ParameterError("task", "a task with distractors", task.name)
    split = task.split(n_train, rng=rng)
    train, test = split.train, split.test.first(n_test)
    own = {name: task.vectors()[batch.items] for name, batch in (("train", train), ("test", test))}
    joined = {name: _joined(task, batch) for name, batch in (("train", train), ("test", test))}
    return {
        name: _accuracies(vectors["train"], train, vectors["test"], test, task.dim)
        for name, vectors in (("own", own), ("joined", joined))
    }


def joined_study(*, n_distractors: int, n_train: int, n_test: int, n_splits: int, root_seed: int) -> pd.DataFrame:
    r"""Accuracy of each readout over independent splits: mean, standard error, and the paired difference joined less own.

    Encoded samples are kept on disk: a run that is killed goes on where it stopped.

    Parameters
    ----------
    n_distractors
        k.
    n_train, n_test, n_splits
        Samples of each split, and how many splits.
    root_seed
        Seed of the streams.

    Returns
    -------
    DataFrame
        A row for each readout: ``relevant``, ``unrelated``, ``mean``, ``place``.
    """
    task, rows = movie_task(n_distractors), []
    for index in range(n_splits):
        found = joined_and_own(task, n_train, n_test, rng=stream(root_seed, "real joined", task.name, index))
        rows += [{"readout": name, **{kind: found[kind][name] for kind in found}} for name in found["own"]]
    table = pd.DataFrame(rows)
    table["difference"] = table["joined"] - table["own"]
    by_readout = table.groupby("readout", sort=False)
    mean, error = by_readout.mean(), by_readout.sem()
    answer = pd.concat({"mean": mean, "standard error": error}, axis=1).swaplevel(axis=1)[["own", "joined", "difference"]]
    answer.columns = [name if kind == "mean" else f"{name} {kind}" for name, kind in answer.columns]
    return answer.reset_index()


def readout_accuracy(features: Array, labels: Array, test_features: Array, test_labels: Array, *, ridge: float = 1.0) -> float:
    r"""Accuracy of the ridge regression of labels on features, with an intercept.

    .. math:: \hat w = \arg\min_w \sum_i (y_i - w^\T x_i - b)^2 + \lambda\, n\, |w|^2

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> labels = rng.choice([-1.0, 1.0], 400)
    >>> features = labels[:, None] * [3.0, 0.0] + rng.normal(size=(400, 2))
    >>> readout_accuracy(features[:200], labels[:200], features[200:], labels[200:]) > 0.98
    True
    """
    said = np.where(_scores(features, labels, test_features, ridge) > 0, 1.0, -1.0)
    return float((said == test_labels).mean())


def _scores(features: Array, labels: Array, test_features: Array, ridge: float) -> Array:
    center, middle = features.mean(axis=0), labels.mean()
    centred = features - center
    gram = centred.T @ centred + ridge * len(labels) * np.eye(features.shape[1])
    scores: Array = (test_features - center) @ np.linalg.solve(gram, centred.T @ (labels - middle)) + middle
    return scores


def _accuracies(vectors: Vectors, train: RealBatch, held_out: Vectors, test: RealBatch, dim: int) -> dict[str, float]:
    r"""Accuracies from what is read of each sample, in whitened components of the training vectors."""
    whitening = whitened_components(vectors, train.relevant, dim)
    tokens, test_tokens = whitening(vectors), whitening(held_out)
    fitted, judged = _read(tokens, train), _read(test_tokens, test)
    found = {name: readout_accuracy(fitted[name], train.labels, judged[name], test.labels) for name in fitted}
    return {**found, "place": _place(tokens, train, test_tokens, test)}


def _place(tokens: Array, train: RealBatch, test_tokens: Array, test: RealBatch, ridge: float = 1.0) -> float:
    r"""How often the token with the highest score for being relevant is the relevant one."""
    relevance = np.where(train.relevant, 1.0, -1.0).ravel()
    scores = _scores(tokens.reshape(len(relevance), -1), relevance, test_tokens.reshape(test.relevant.size, -1), ridge)
    best = scores.reshape(test.relevant.shape).argmax(axis=1)
    return float(test.relevant[np.arange(test.size), best].mean())


def _read(tokens: Array, batch: RealBatch) -> dict[str, Array]:
    r"""The relevant token, the first unrelated one, and the mean."""
    sample = np.arange(batch.size)
    return {
        "relevant": tokens[sample, batch.relevant.argmax(axis=1)],
        "unrelated": tokens[sample, (~batch.relevant).argmax(axis=1)],
        "mean": tokens.mean(axis=1),
    }


def _joined(task: SentenceTask, batch: RealBatch) -> Vectors:
    r"""The joined vectors of all samples, kept on disk like those of single sentences."""
    encoder = sentence_encoder()

    def vectors(samples: Sequence[str]) -> Vectors:
        return np.stack([joined_vectors(json.loads(sample), encoder) for sample in samples])

    return encoded([json.dumps(task.texts(items)) for items in batch.items], vectors, f"{encoder.key} joined")
