r"""Laws of the image tasks: what a sample shows, that nothing leaks between parts, that a stream makes the split."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from simulations.real import PARTS, ImageTask, RealBatch, RealSplit, image_task
from simulations.real.sources import squares
from simulations.real.tasks import (
    SHARES,
    SOURCES,
    centring,
    companions,
    dealt,
    embedded,
    learnt_strokes,
    same_label_groups,
    shuffled_columns,
    whitened_components,
)
from tests.real.available import or_skip
from theory.model import ParameterError

TASKS = {
    "tiles": {"source": "digits", "n_tiles": 5, "relevant": 2, "dim": 20},
    "partial": {"source": "mnist", "n_tiles": 6, "relevant": 3, "layout": "partial", "dim": 30},
    "embedded": {"source": "digits", "n_tiles": 16, "relevant": 4, "layout": "embedded", "dim": 9},
    "contrast": {"source": "digits", "n_tiles": 4, "encoding": "contrast", "dim": 12},
    "raw": {"source": "digits", "n_tiles": 3, "encoding": "raw"},
    "learnt": {"source": "digits", "n_tiles": 3, "encoding": "learnt", "dim": 15},
}


@pytest.fixture(scope="module", params=TASKS)
def made(request: pytest.FixtureRequest) -> tuple[ImageTask, RealSplit, dict[str, np.ndarray]]:
    task = or_skip(lambda: image_task(**TASKS[request.param]))
    return task, *or_skip(lambda: task.pictured_split(70, rng=np.random.default_rng(5)))


def test_parts_have_the_promised_shapes(made) -> None:
    task, split, seen = made
    assert split.train.size == 70
    for part in PARTS:
        batch: RealBatch = getattr(split, part)
        assert batch.tokens.shape == (batch.size, task.n_tokens, task.dim)
        assert batch.items.shape == batch.relevant.shape == seen[part].shape[:2] == batch.tokens.shape[:2]
        assert set(batch.relevant.sum(axis=1)) == {task.n_relevant}
        assert set(batch.labels) == {-1.0, 1.0}
    assert split.test.size > 100
    assert split.pool.size > split.test.size > split.development.size


def test_no_item_and_no_image_occurs_in_two_parts(made) -> None:
    task, split, seen = made
    whole = {"tiles": 1, "partial": 4, "embedded": 4}[task.layout]
    for one, other in combinations(PARTS, 2):
        assert not np.isin(getattr(split, one).items, getattr(split, other).items).any()
        if whole == 1:  # a quarter of an image may be all black
            pixels = [{tile.tobytes() for tile in seen[part][getattr(split, part).relevant]} for part in (one, other)]
            assert not pixels[0] & pixels[1]


def test_no_two_samples_of_a_part_show_the_same_image(made) -> None:
    task, split, _ = made
    count = task.n_relevant if task.layout == "tiles" else 1
    for part in PARTS:
        batch = getattr(split, part)
        assert len(np.unique(batch.items[batch.relevant])) == batch.size * count


def test_label_is_that_of_every_image_shown(made) -> None:
    task, split, _ = made
    images = SOURCES[task.source]().of_classes(*task.classes)
    for part in PARTS:
        batch = getattr(split, part)
        classes = images.classes[np.where(batch.relevant, batch.items, 0)]
        labels = np.where(np.isin(classes, task.classes[1]), 1.0, -1.0)
        assert_array_equal(labels[batch.relevant], np.repeat(batch.labels, task.n_relevant))
        assert batch.items[~batch.relevant].min() >= len(images.classes)


def test_relevant_patches_show_the_image_and_others_a_background(made) -> None:
    task, split, seen = made
    images = SOURCES[task.source]().of_classes(*task.classes).pixels
    batch, patches = split.test, seen["test"]
    side = patches.shape[-1]
    for sample in range(0, batch.size, 17):
        pictures = images[batch.items[sample][batch.relevant[sample]]]
        shown = patches[sample][batch.relevant[sample]]
        if task.layout == "tiles":
            assert_array_equal(shown, pictures)
        elif task.layout == "partial":
            quarters = {pictures[0][r : r + side, c : c + side].tobytes() for r in (0, side) for c in (0, side)}
            assert {quarter.tobytes() for quarter in shown} <= quarters
        else:
            picture = shown.reshape(2, 2, side, side).swapaxes(1, 2).reshape(2 * side, 2 * side)
            assert (picture >= pictures[0] - 1e-6).all()
    backgrounds = squares(task._background_side)[0]
    if task.layout != "embedded":
        item = batch.items[3][~batch.relevant[3]][0] - len(images)
        square = patches[3][~batch.relevant[3]][0]
        turned = [np.rot90(backgrounds[item], k)[:, ::step] for k in range(4) for step in (1, -1)]
        assert any(np.array_equal(square, way) for way in turned)


def test_encoder_is_fitted_on_the_pool_alone(made) -> None:
    task, split, seen = made

    def raw(part: str) -> np.ndarray:
        if task.encoding == "learnt":
            return learnt_strokes(seen["pool"])(seen[part])
        flat = seen[part].reshape(*seen[part].shape[:2], -1)
        if task.encoding != "contrast":
            return flat
        centred = flat - flat.mean(axis=-1, keepdims=True)
        return centred / (centred.std(axis=-1, keepdims=True) + 0.02)

    relevant = split.pool.relevant
    encoder = centring(raw("pool"), relevant) if task.encoding == "raw" else whitened_components(raw("pool"), relevant, task.dim)
    for part in PARTS:
        assert_allclose(np.abs(getattr(split, part).tokens), np.abs(encoder(raw(part))), rtol=0, atol=2e-3)


def test_pool_is_white_and_its_irrelevant_tokens_are_centred(made) -> None:
    task, split, _ = made
    tokens = split.pool.tokens
    assert_allclose(tokens[~split.pool.relevant].mean(axis=0), 0, atol=1e-4)
    if task.encoding != "raw":
        assert_allclose(np.cov(tokens.reshape(-1, task.dim).T), np.eye(task.dim), atol=1e-3)


def test_stream_makes_the_split(made) -> None:
    task, split, _ = made
    again = task.split(70, rng=np.random.default_rng(5))
    fewer = task.split(30, rng=np.random.default_rng(5))
    other = task.split(70, rng=np.random.default_rng(6))
    for part in PARTS:
        assert_array_equal(getattr(split, part).tokens, getattr(again, part).tokens)
        if part != "train":
            assert_array_equal(getattr(split, part).tokens, getattr(fewer, part).tokens)
    assert not np.array_equal(split.test.items, other.test.items)


def test_split_with_a_common_item_is_refused() -> None:
    def batch(items: list[list[int]]) -> RealBatch:
        return RealBatch(np.zeros((1, 2, 3)), np.ones(1), np.array([[True, False]]), np.array(items))

    RealSplit(batch([[1, 2]]), batch([[3, 4]]), batch([[5, 6]]), batch([[7, 8]]))
    with pytest.raises(ValueError, match="source item 4 occurs in both development and pool"):
        RealSplit(batch([[1, 2]]), batch([[3, 4]]), batch([[5, 6]]), batch([[4, 8]]))


def test_smaller_training_sets_are_the_first_samples() -> None:
    batch = RealBatch(np.arange(24.0).reshape(4, 2, 3), np.ones(4), np.ones((4, 2), dtype=bool), np.arange(8).reshape(4, 2))
    assert_array_equal(batch.first(3).tokens, batch.tokens[:3])
    for size in (0, 5):
        with pytest.raises(ParameterError, match="size"):
            batch.first(size)


def test_dealing_uses_every_share_and_no_item_twice() -> None:
    for n_items in (10, 97, 1000):
        parts = dealt(n_items, rng=np.random.default_rng(7))
        together = np.concatenate(list(parts.values()))
        assert len(np.unique(together)) == len(together) > n_items - len(PARTS)
        assert all(abs(len(parts[part]) - SHARES[part] * n_items) < 1 for part in PARTS)


def test_groups_have_one_label_and_no_item_twice() -> None:
    labels = np.where(np.arange(50) % 7 < 3, 1, -1)
    groups = same_label_groups(labels, 4, rng=np.random.default_rng(7))
    assert len(np.unique(groups)) == groups.size == 4 * sum((labels == label).sum() // 4 for label in (-1, 1))
    assert (labels[groups] == labels[groups[:, :1]]).all()


def test_companions_of_a_sample_differ() -> None:
    drawn = companions(np.arange(100, 107), 400, 6, rng=np.random.default_rng(7))
    assert all(len(set(row)) == 6 for row in drawn.tolist())
    assert set(drawn.ravel()) == set(range(100, 107))
    with pytest.raises(ParameterError, match="count"):
        companions(np.arange(3), 5, 4, rng=np.random.default_rng(7))


def test_every_position_is_equally_likely() -> None:
    order = shuffled_columns(6000, 5, rng=np.random.default_rng(7))
    seen = np.stack([(order == column).sum(axis=0) for column in range(5)])
    assert np.abs(seen - 1200).max() < 7 * np.sqrt(6000 * 0.2 * 0.8)  # false alarm below 25 · 3e-12


def test_embedding_leaves_the_photograph_where_the_image_is_dark() -> None:
    rng = np.random.default_rng(7)
    photographs = rng.random((400, 1, 24, 24), dtype=np.float32)
    dark = embedded(np.zeros((400, 1, 12, 12), dtype=np.float32), photographs, rng=rng)
    whole = dark.patches.reshape(400, 4, 4, 6, 6).swapaxes(2, 3).reshape(400, 24, 24)
    assert_array_equal(whole, photographs[:, 0])
    corners = {tuple(np.argwhere(seen.reshape(4, 4))[0]) for seen in dark.relevant}
    assert len(corners) == 9  # one is missing with probability below 9 · (8/9)^400
    bright = embedded(np.ones((400, 1, 12, 12), dtype=np.float32), photographs, rng=rng)
    assert (bright.patches[bright.relevant] == 1).all()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"source": "cats"}, "source must be one of mnist, digits, fashion"),
        ({"layout": "mosaic"}, "layout"),
        ({"encoding": "fourier"}, "encoding"),
        ({"n_tiles": 1}, "n_tiles"),
        ({"relevant": 8}, r"relevant must be an integer in \[1, 7\], got 8"),
        ({"layout": "partial", "relevant": 5}, r"relevant must be an integer in \[1, 4\]"),
        ({"layout": "embedded"}, "n_tiles must be the square"),
        ({"layout": "embedded", "n_tiles": 9}, "relevant must be 4"),
        ({"dim": 65}, r"dim must be an integer in \[1, 64\]"),
        ({"classes": ((1,), (1, 2))}, "classes must be two disjoint groups"),
        ({"classes": ((1,), (10,))}, "classes"),
    ],
)
def test_bad_parameters_are_named(change: dict, names: str) -> None:
    with pytest.raises(ParameterError, match=names):
        or_skip(lambda: image_task(**{"source": "digits", **change}))


def test_more_training_samples_than_images_are_refused() -> None:
    task = or_skip(lambda: image_task("digits", n_tiles=5, relevant=2, dim=20))
    assert or_skip(lambda: task.split(task.largest_train, rng=np.random.default_rng(7))).train.size == task.largest_train
    with pytest.raises(ParameterError, match="n_train"):
        task.split(task.largest_train + 1, rng=np.random.default_rng(7))
