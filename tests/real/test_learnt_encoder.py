r"""The encoder that is learnt from the pool: strokes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from simulations.real import image_task
from simulations.real.tasks import Strokes, learnt_strokes
from tests.real.available import or_skip
from theory.model import ParameterError

Pixels = NDArray[np.float32]


def stripes(size: int, rng: np.random.Generator) -> tuple[Pixels, NDArray[np.bool_]]:
    r"""Patches of 14 by 14 pixels with rising or falling stripes, at random phases, brightness and contrast."""
    x, y = np.mgrid[:14, :14]
    rising = rng.random((size, 2)) < 0.5
    phase, level, contrast = rng.uniform(0, 7, (size, 2)), rng.uniform(0.3, 0.6, (size, 2)), rng.uniform(0.1, 0.3, (size, 2))
    along = np.where(rising[..., None, None], x + y, x - y) + phase[..., None, None]
    wave = np.sin(2 * np.pi * along / 5)
    return (level[..., None, None] + contrast[..., None, None] * wave).astype(np.float32), rising


@pytest.fixture(scope="module")
def encoder() -> Strokes:
    return learnt_strokes(stripes(300, np.random.default_rng(31))[0])


def test_activations_agree_with_their_definition(encoder: Strokes) -> None:
    patch = stripes(1, np.random.default_rng(32))[0][:, :1]
    total = np.zeros((2, 2, len(encoder.strokes)))
    for row in range(5):
        for column in range(5):
            window = patch[0, 0, 2 * row : 2 * row + 6, 2 * column : 2 * column + 6].astype(float).ravel()
            evened = (window - window.mean()) / np.sqrt(window.var() + 0.01)
            z = np.linalg.norm((evened - encoder.center) @ encoder.whitening - encoder.strokes, axis=1)
            total[int(row >= 2), int(column >= 2)] += np.maximum(0, z.mean() - z)
    assert_allclose(encoder(patch)[0, 0], total.ravel(), rtol=1e-3, atol=1e-3)


def test_a_code_depends_on_its_patch_alone(encoder: Strokes) -> None:
    patches = stripes(5, np.random.default_rng(33))[0]
    assert_allclose(encoder(patches)[3:4], encoder(patches[3:4]), rtol=1e-4, atol=1e-4)


def test_same_patches_teach_the_same_strokes(encoder: Strokes) -> None:
    again = learnt_strokes(stripes(300, np.random.default_rng(31))[0])
    assert (again.strokes == encoder.strokes).all()


def test_strokes_tell_stripes_that_pixels_do_not(encoder: Strokes) -> None:
    r"""Stripes at random phases have no mean that a linear readout of pixels could use."""
    (patches, rising), (others, others_rising) = (stripes(400, np.random.default_rng(seed)) for seed in (34, 35))

    def accuracy(first: NDArray, second: NDArray) -> float:
        x, y = first.reshape(800, -1), np.where(rising.ravel(), 1.0, -1.0)
        centred = x - x.mean(axis=0)
        slope = np.linalg.solve(centred.T @ centred / 800 + 0.01 * np.eye(x.shape[1]), centred.T @ y / 800)
        scores = (second.reshape(800, -1) - x.mean(axis=0)) @ slope
        return float(((scores > 0) == others_rising.ravel()).mean())

    assert accuracy(encoder(patches), encoder(others)) > 0.95
    assert accuracy(patches, others) < 0.65


def test_patches_must_be_wide_enough() -> None:
    make = lambda: image_task("digits", layout="partial", n_tiles=4, relevant=2, encoding="learnt", dim=4)  # noqa: E731
    with pytest.raises(ParameterError, match="encoding must be not learnt where patches are less than 8"):
        or_skip(make)
