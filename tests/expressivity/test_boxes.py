r"""Uniform laws on boxes: closed forms, brute force never above the bound, witnesses on tokens, the box on the command line."""

import json
import shlex
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

import theory.__main__
from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import is_right, right_answers, token_parameters
from simulations.tokens import tokens
from theory.expressivity import BoxAccuracy, best_accuracy, best_box_accuracy
from theory.expressivity.box import attained_share, box_law
from theory.model import ARCHITECTURES, BoxShift, ContextualModel, FiniteShift, offered

Array = NDArray[np.float64]

MODEL = ContextualModel(
    n_tokens=10,
    n_relevant=3,
    dim=3,
    signal_norm=0.8,
    context_norm=1.2,
    correlation=-0.35,
    noise_std=0.0,
    label_prior=0.45,
    shift=BoxShift((-1.7, -1.3, -0.4), (1.6, 1.1, 1.9)),
)


def setting(model: ContextualModel) -> dict[str, object]:
    names = ("n_tokens", "n_relevant", "shift", "label_prior")
    return {name: getattr(model, name) for name in names}


@cache
def best_of_model(architecture: str) -> BoxAccuracy:
    return best_box_accuracy(architecture, **setting(MODEL), budget=30_000)


@pytest.mark.parametrize("half_width", [0.7, 3.1])
def test_mean_pooling_on_a_segment_is_the_distance_of_two_uniform_laws(half_width: float) -> None:
    shift = BoxShift((0.9, -half_width, 0.0), (0.9, half_width, 0.0))
    best = best_box_accuracy("mean-pooling", n_tokens=10, n_relevant=3, shift=shift)
    assert best.value - 1e-12 <= 0.5 + 3 / 7 / (2 * half_width) <= best.upper
    assert best.upper - best.value < 2e-3


def test_box_without_width_is_a_point() -> None:
    point = (0.4, 1.7, 0.9)
    finite = FiniteShift((point,), (1.0,))
    for name in ARCHITECTURES:
        box = best_box_accuracy(name, n_tokens=10, n_relevant=3, shift=BoxShift(point, point), budget=20000)
        exact = best_accuracy(name, n_tokens=10, n_relevant=3, shift=finite)
        assert box.value <= float(exact.upper)
        assert float(exact.value) <= box.upper


def test_prompt_is_perfect_where_the_context_never_points_backwards() -> None:
    best = best_box_accuracy("softmax-prompt", n_tokens=10, n_relevant=3, shift=BoxShift((-0.9, -4, -2), (3, 4, 5)))
    assert best.value == best.upper == 1.0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_accuracy_of_parameters_lies_in_its_enclosure_and_below_the_bound(architecture: str) -> None:
    best = best_of_model(architecture)
    scores = offered(architecture, "box")(box_law(**setting(MODEL)))
    low, _ = scores.faces()
    rng = stream(7, "boxes", architecture)
    batch = tokens(MODEL, rng=rng, size=3000)
    for _ in range(8):
        values = rng.uniform(-1, 1, size=low.shape[1])
        values[:2] /= np.abs(values[:2]).max()
        if architecture == "linear-prompt":
            values = np.array([values[0] * values[2], (values[0] + values[1] * values[2]) / 2, values[1]])
            values /= np.abs(values).max()
        elif architecture != "mean-pooling":
            values[2:-1] /= np.abs(values[2:-1]).max()
            values[-1] = abs(values[-1])
        least, most = attained_share(scores, values, resolution=1e-2)
        share = float(np.mean(right_by_hand(architecture, batch.labels, batch.shifts, values)))
        assert least <= most <= best.upper + 1e-2
        assert least - 0.04 < share < most + 0.04  # five standard errors


def right_by_hand(architecture: str, y: Array, shifts: Array, p: Array) -> Array:
    r"""Whether y f > 0 from the shifts, by the definition of the architectures in the basis (q_*, w_*)."""
    zeta = MODEL.relevant_fraction
    u, v = np.stack([np.ones_like(y), y], 1), -np.stack([shifts[:, 0], shifts[:, 1] + shifts[:, 2] * y], 1)
    if architecture == "mean-pooling":
        return y * ((zeta * u + (1 - zeta) * v) @ p) > 0
    if architecture == "linear-prompt":
        form = np.array([[p[0], p[1]], [p[1], p[2]]])
        return y * (zeta * np.einsum("ni,ij,nj->n", u, form, u) + (1 - zeta) * np.einsum("ni,ij,nj->n", v, form, v)) > 0
    assert architecture in ("softmax-prompt", "self-attention")
    size = p[-1] / (1 - p[-1])
    queries = [p[2:4] * np.ones_like(u)] if architecture == "softmax-prompt" else [t @ p[2:6].reshape(2, 2) for t in (u, v)]
    odds = [zeta / (1 - zeta) * np.exp(np.clip(size * np.sum(query * (u - v), axis=1), -700, 700)) for query in queries]
    shares = [x / (1 + x) for x in odds]
    mass = shares[0] if len(shares) == 1 else zeta * shares[0] + (1 - zeta) * shares[1]
    return y * (mass * (u @ p[:2]) + (1 - mass) * (v @ p[:2])) > 0


@pytest.mark.parametrize("architecture", ["linear-prompt", "self-attention"])
def test_witness_of_a_box_on_random_tokens(agree: Agree, architecture: str) -> None:
    best = best_of_model(architecture)
    agree(
        "box-accuracy",
        setting={"architecture": architecture, "T": 10, "m": 3, "ρ": -0.35, "π": 0.45},
        predicted=best.value,
        sampler=lambda rng, size: right_answers(MODEL, architecture, best.witness, rng=rng, size=size),
        bounds=Probability(),
        margin=0.02,
        wrong_variants={"right on everything": 1.0},
    )


def test_front_door_takes_a_box(capsys: pytest.CaptureFixture[str]) -> None:
    line = "best-accuracy --architecture mean-pooling --n-tokens 10 --n-relevant 3 --json --shift"
    assert theory.__main__.door.run(shlex.split(f"{line} 'box: 2, -3..3, 0'")) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["setting"]["shift"] == "box: 2..2, -3..3, 0..0"
    assert {"value", "upper", "witness", "certificate", "abs_error"} <= printed.keys()
    assert_allclose(printed["upper"] - printed["value"], printed["abs_error"], rtol=1e-12)


@pytest.mark.parametrize("text", ["box: 1..2, 3", "box: 2..1, 0, 0", "box: a, 0, 0", "box: 0..1..2, 0, 0", "box: inf, 0, 0"])
def test_front_door_names_a_bad_box(capsys: pytest.CaptureFixture[str], text: str) -> None:
    line = f"best-accuracy --architecture mean-pooling --n-tokens 10 --n-relevant 3 --shift '{text}'"
    assert theory.__main__.door.run(shlex.split(line)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--shift must be" in error


def test_witness_has_the_accuracy_of_its_tokens() -> None:
    best = best_of_model("linear-prompt")
    head, prompt = (np.array([float(x) for x in best.witness[name]]) for name in ("head", "prompt"))
    batch = tokens(MODEL, rng=stream(7, "forms"), size=500)
    form = (np.outer(head, prompt) + np.outer(prompt, head)) / 2
    by_hand = right_by_hand("linear-prompt", batch.labels, batch.shifts, np.array([form[0, 0], form[0, 1], form[1, 1]]))
    assert np.array_equal(is_right("linear-prompt", batch, token_parameters(MODEL, best.witness))[0], by_hand)
