r"""Laws of the text tasks: what a sample holds, that nothing leaks between parts, that a stream makes the split."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from simulations.real import PARTS, RealSplit, SentenceTask, movie_task, sentence_task
from simulations.real.sources import rated_sentences
from simulations.real.study import joined_and_own
from simulations.real.tasks import NEUTRAL, attended, word_batch, words
from tests.real.available import or_skip
from theory.model import ParameterError

LARGEST = 100  # what is encoded once: two chunks of sentences, a few seconds


@pytest.fixture(scope="module", params=[0, 1, 3])
def made(request: pytest.FixtureRequest) -> tuple[SentenceTask, RealSplit]:
    task = sentence_task("movie", "editorial", n_distractors=request.param, dim=20, largest=LARGEST)
    return task, or_skip(lambda: task.split(25, rng=np.random.default_rng(5)))


def test_parts_have_the_promised_shapes(made: tuple[SentenceTask, RealSplit]) -> None:
    task, split = made
    assert [getattr(split, part).size for part in PARTS] == [25, 10, 20, 40]
    for part in PARTS:
        batch = getattr(split, part)
        assert batch.tokens.shape == (batch.size, task.n_tokens, task.dim)
        assert set(batch.relevant.sum(axis=1)) == {1} == {task.n_relevant}


def test_no_item_and_no_text_occurs_in_two_parts(made: tuple[SentenceTask, RealSplit]) -> None:
    task, split = made
    for one, other in combinations(PARTS, 2):
        assert not np.isin(getattr(split, one).items, getattr(split, other).items).any()
        texts = [set(task.texts(getattr(split, part).items.ravel())) for part in (one, other)]
        assert not texts[0] & texts[1]


def test_label_is_the_sign_of_the_rating_of_the_relevant_sentence(made: tuple[SentenceTask, RealSplit]) -> None:
    task, split = made
    movies, editorials = rated_sentences("movie"), rated_sentences("editorial")
    ratings = dict(zip(movies.texts, movies.ratings, strict=True))
    assert all(set(getattr(split, part).labels) == {-1.0, 1.0} for part in PARTS)
    for part in PARTS:
        batch = getattr(split, part)
        for items, relevant, label in zip(batch.items, batch.relevant, batch.labels, strict=True):
            texts = np.array(task.texts(items))
            assert abs(ratings[texts[relevant][0]]) >= NEUTRAL
            assert label == np.sign(ratings[texts[relevant][0]])
            assert set(texts[~relevant]) <= set(editorials.texts)
            assert len(set(texts)) == task.n_tokens


def test_tokens_are_the_encoded_sentences_whitened_by_the_pool(made: tuple[SentenceTask, RealSplit]) -> None:
    task, split = made
    again, whitening = task.whitened_split(25, rng=np.random.default_rng(5))
    for part in PARTS:
        batch = getattr(split, part)
        assert_array_equal(batch.tokens, getattr(again, part).tokens)
        assert_allclose(batch.tokens, whitening(task.vectors()[batch.items]), rtol=0, atol=1e-9)
    assert_allclose(np.cov(split.pool.tokens.reshape(-1, task.dim).T), np.eye(task.dim), atol=1e-3)
    irrelevant = split.pool.tokens[~split.pool.relevant] if task.n_distractors else split.pool.tokens[:, 0]
    assert_allclose(irrelevant.mean(axis=0), 0, atol=1e-4)


def test_stream_makes_the_split(made: tuple[SentenceTask, RealSplit]) -> None:
    task, split = made
    fewer, other = (task.split(n, rng=np.random.default_rng(seed)) for n, seed in ((9, 5), (25, 6)))
    for part in PARTS[1:]:
        assert_array_equal(getattr(split, part).tokens, getattr(fewer, part).tokens)
    assert not np.array_equal(split.test.items, other.test.items)


def test_words_of_a_sample_share_the_attention(made: tuple[SentenceTask, RealSplit]) -> None:
    from simulations.real.sources import sentence_encoder

    task, split = made
    _, whitening = task.whitened_split(25, rng=np.random.default_rng(5))
    items, relevant = split.test.items[0], split.test.relevant[0]
    parts = [words(text, sentence_encoder(), whitening) for text in task.texts(items)]
    batch = word_batch(parts, relevant)
    weights = np.arange(1.0, batch.tokens.shape[1] + 1)
    shown = attended(parts, weights, relevant)
    assert sum(text.weights.sum() for text in shown) == pytest.approx(weights.sum())
    assert_allclose([text.weights.sum() for text in shown if text.relevant], weights[batch.relevant[0]].sum(), rtol=1e-12)
    assert [" ".join(text.words) for text in shown] == [" ".join(text.split()) for text in task.texts(items)]
    assert [text.relevant for text in shown] == relevant.tolist()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"labelled": "novel"}, "labelled must be one of"),
        ({"distractors": "novel"}, "distractors"),
        ({"distractors": "movie"}, "distractors must be another kind"),
        ({"n_distractors": -1}, "n_distractors"),
        ({"n_distractors": 1.5}, "n_distractors"),
        ({"dim": 385}, r"dim must be an integer in \[1, 384\]"),
        ({"largest": 9}, "largest"),
    ],
)
def test_bad_parameters_are_named(change: dict, names: str) -> None:
    with pytest.raises(ParameterError, match=names):
        sentence_task(**{"labelled": "movie", "distractors": "editorial", "n_distractors": 2, **change})


def test_joint_encoding_is_compared_on_the_same_samples() -> None:
    task = sentence_task("movie", "editorial", n_distractors=1, dim=8, largest=LARGEST)
    found = or_skip(lambda: joined_and_own(task, 12, 8, rng=np.random.default_rng(5)))
    assert found["own"].keys() == found["joined"].keys() == {"relevant", "unrelated", "mean", "place"}
    assert all(round(8 * value) == pytest.approx(8 * value) for kind in found.values() for value in kind.values())
    assert found["own"] != found["joined"]
    alone = sentence_task("movie", "editorial", n_distractors=0, dim=8, largest=LARGEST)
    with pytest.raises(ParameterError, match="a task with distractors"):
        joined_and_own(alone, 12, 8, rng=np.random.default_rng(5))


def test_more_samples_than_sentences_are_refused() -> None:
    task = sentence_task("movie", "editorial", n_distractors=1, dim=20, largest=LARGEST)
    with pytest.raises(ParameterError, match=r"n_train must be an integer in \[1, 30\], got 31"):
        or_skip(lambda: task.split(31, rng=np.random.default_rng(5)))
    assert movie_task().name == "movie among editorial k=3 d=64"
