r"""Surrogates of real tokens keep what they promise, and no more."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from simulations.real import RealBatch
from simulations.real.estimates import directions_by_kurtosis
from simulations.real.study import Study
from simulations.real.tasks import Surrogates
from tests.benchmarks.real import explanations
from tests.real.synthetic import SHARING, GaussianTask, gaussian_batch
from theory.model import ParameterError

SIZE, ROOM = 6000, 0.12


@pytest.fixture(scope="module")
def pool() -> RealBatch:
    r"""Tokens with a cubic twist: not Gaussian, not symmetric; every item is one of three classes."""
    batch = gaussian_batch(SHARING, rng=np.random.default_rng(21), size=SIZE)
    return RealBatch(batch.tokens + 0.2 * batch.tokens**2, batch.labels, batch.relevant, batch.items)


def relevant(batch: RealBatch, label: int) -> NDArray[np.float64]:
    return batch.tokens[batch.relevant].reshape(batch.size, -1, SHARING.dim)[batch.labels == label]


def classes_within_labels(batch: RealBatch) -> NDArray[np.int64]:
    r"""Two classes of either label, at random."""
    classes = np.zeros(batch.items.max() + 1, dtype=np.int64)
    drawn = 2 * (batch.labels > 0) + np.random.default_rng(1).integers(2, size=batch.size)
    classes[batch.items[batch.relevant].reshape(batch.size, -1)] = drawn[:, None]
    return classes


@pytest.mark.parametrize("kind", ["gaussian", "places", "lengths", "classes", "mirrored"])
def test_surrogates_keep_means_and_covariances(pool: RealBatch, kind: str) -> None:
    surrogates = Surrogates(pool, classes=classes_within_labels(pool))
    made = surrogates.replaced(pool, kind, rng=np.random.default_rng(2))
    assert (made.tokens[~pool.relevant] == pool.tokens[~pool.relevant]).all()
    assert (made.tokens[pool.relevant] != pool.tokens[pool.relevant]).any()
    for label in (-1, 1):
        own, real = (relevant(batch, label).reshape(-1, SHARING.dim) for batch in (made, pool))
        scale = np.sqrt(np.diag(np.cov(real.T)))
        assert_allclose(own.mean(axis=0) / scale, real.mean(axis=0) / scale, atol=ROOM)
        assert_allclose(np.cov(own.T) / np.outer(scale, scale), np.cov(real.T) / np.outer(scale, scale), atol=ROOM)


def correlation(batch: RealBatch) -> float:
    r"""Between the first coordinates of two relevant tokens of a sample."""
    tokens = relevant(batch, 1)[:, :, 0]
    return float(np.corrcoef(tokens.T)[0, 1])


def test_surrogates_lose_what_they_do_not_keep(pool: RealBatch) -> None:
    surrogates, rng = Surrogates(pool), np.random.default_rng(3)
    made = {kind: surrogates.replaced(pool, kind, rng=rng) for kind in surrogates.kinds}
    real = correlation(pool)
    assert real > 0.2
    assert abs(correlation(made["gaussian"])) < ROOM / 2
    assert abs(correlation(made["lengths"])) < ROOM / 2
    assert_allclose([correlation(made[kind]) for kind in ("places", "mirrored")], real, atol=ROOM / 2)

    def skewness(kind: str) -> float:
        x = relevant(made[kind], 1)[..., 0].ravel()
        return float(((x - x.mean()) ** 3).mean() / x.std() ** 3)

    assert skewness("real") > 2
    assert max(abs(skewness(kind)) for kind in ("gaussian", "places", "lengths", "mirrored")) < 0.6


def test_class_means_are_drawn_together(pool: RealBatch) -> None:
    made = Surrogates(pool, shrinkage=0.5).replaced(pool, "gaussian", rng=np.random.default_rng(4))
    (low, high), (own_low, own_high) = ([relevant(batch, label).mean(axis=(0, 1)) for label in (-1, 1)] for batch in (pool, made))
    assert_allclose(own_high - own_low, (high - low) / 2, atol=ROOM)
    assert_allclose(own_high + own_low, high + low, atol=ROOM)


def test_surrogates_that_say_nothing_new_are_left_out(pool: RealBatch) -> None:
    assert "classes" not in Surrogates(pool).kinds
    with pytest.raises(ParameterError, match="kind must be one of"):
        Surrogates(pool).replaced(pool, "classes", rng=np.random.default_rng(5))


def test_rare_direction_has_the_largest_kurtosis() -> None:
    rng = np.random.default_rng(6)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    z = rng.standard_normal((8000, 5)) * [3.0, 1.0, 1.0, 2.0, 1.0]
    z[:, 1] = np.where(rng.random(8000) < 0.02, 4 * z[:, 1], 0.1 * z[:, 1])
    y = np.where(rng.random(8000) < 0.4, 1.0, -1.0)
    directions, kurtosis = directions_by_kurtosis((z + 2 * y[:, None]) @ turn, y)
    assert_allclose(abs(turn[1] @ directions[:, 0]), 1.0, atol=0.02)
    assert kurtosis[0] > 20 > 4 > kurtosis[1]


def test_every_surrogate_of_gaussian_tokens_is_predicted() -> None:
    r"""No property is taken away that was there."""
    found = explanations(Study(GaussianTask(SHARING), (60,), learners=("mean-pooling-ls",), splits=4))
    deviation = (found["features"] - found["measured"]).groupby(found["kind"]).mean()
    assert set(deviation.index) == {"real", "gaussian", "places", "lengths", "mirrored", "fewer", "as few"}
    assert deviation.abs().max() < 0.08, deviation  # four standard errors
    assert found["measured"].between(0.5, 0.95).all()
