r"""Bounds over boxes in whole numbers: never below closed forms or random parameters, near the finer search, and they break."""

from typing import Any

import numpy as np
import pytest

from simulations.engine import stream
from theory.expressivity import best_box_accuracy, box_proof
from theory.expressivity.box import attained_share, box_law
from theory.expressivity.checker import checked_box
from theory.model import ARCHITECTURES, BoxShift, ParameterError, offered

LINEAR = [name for name, declared in ARCHITECTURES.items() if declared.checked_box is not None]
BOX = BoxShift((-1.7, -1.3, -0.4), (1.6, 1.1, 1.9))
SETTING: dict[str, Any] = {"n_tokens": 10, "n_relevant": 3, "label_prior": 0.45}
SMALL = {"boxes": 400, "cells": 800}


@pytest.mark.parametrize("half_width", [0.7, 3.1])
def test_bound_is_above_the_closed_form_of_a_segment_by_less_than_its_cells(half_width: float) -> None:
    shift = BoxShift((0.9, -half_width, 0.0), (0.9, half_width, 0.0))
    bound = box_proof("mean-pooling", n_tokens=10, n_relevant=3, shift=shift, **SMALL)
    assert 0 < bound.upper - (0.5 + 3 / 7 / (2 * half_width)) < 3 / 400


@pytest.mark.parametrize("architecture", LINEAR)
def test_bound_is_above_every_parameter_and_near_the_finer_search(architecture: str) -> None:
    bound = box_proof(architecture, shift=BOX, **SETTING, **SMALL)
    best = best_box_accuracy(architecture, shift=BOX, **SETTING, budget=10_000)
    assert best.value < bound.upper < best.value + 0.1
    scores, rng = offered(architecture, "box")(box_law(shift=BOX, **SETTING)), stream(7, "box proofs", architecture)
    for _ in range(6):
        form = rng.uniform(-1, 1, size=scores.groups)
        assert attained_share(scores, form / np.abs(form).max(), resolution=3e-2)[0] <= bound.upper


@pytest.mark.parametrize("architecture", LINEAR)
def test_proof_that_is_touched_fails(architecture: str) -> None:
    found = box_proof(architecture, shift=BOX, **SETTING, **SMALL)
    faces = found.proof["faces"]
    for change, message in (
        ({"upper": str(found.upper - 1e-4)}, "improbable enough"),
        ({"faces": [".", *faces[1:]]}, "improbable enough"),
        ({"faces": [faces[0][:-1], *faces[1:]]}, "cut up to its end"),
        ({"faces": [faces[0] + ".", *faces[1:]]}, "nothing follows"),
        ({"faces": ["0..", *faces[1:]]}, "halves a side"),  # the first face has no width along its own coordinate
        ({"faces": ["7..", *faces[1:]]}, "cut up to its end"),
    ):
        with pytest.raises(ValueError, match=message):
            checked_box(found.problem, architecture, {**found.proof, **change})
    with pytest.raises(ValueError, match="is shorter"):
        checked_box(found.problem, architecture, {**found.proof, "faces": faces[:-1]})
    for change in ({"zeta": "1/2"}, {"upper": ["1.6", "0.0", "0.0"]}):
        with pytest.raises(ValueError, match="the proof is wrong"):
            checked_box({**found.problem, **change}, architecture, found.proof)


def test_front_door_form_carries_the_verified_bound() -> None:
    best = best_box_accuracy("mean-pooling", shift=BoxShift((0.9, -3.1, 0.0), (0.9, 3.1, 0.0)), prove=True, **SETTING)
    certificate = best.as_dict()["certificate"]
    assert best.value < certificate["verified_upper"] < best.upper + 0.01
    checked_box(best.problem, "mean-pooling", certificate["proof"])


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name not in LINEAR])
def test_class_without_a_checked_proof_is_named(architecture: str) -> None:
    with pytest.raises(ParameterError, match=f"one with a checked proof over a box of shifts, got {architecture}"):
        box_proof(architecture, shift=BOX, **SETTING, **SMALL)
