r"""An architecture from outside: max pooling, declared here with all its parts, runs through every door; no file knows of it."""

import json
import shlex
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

import simulations.__main__
import theory.__main__
from simulations.agreement import Probability
from simulations.agreement.pytest_plugin import Agree
from simulations.engine import stream
from simulations.expressivity import gradients, is_right, right_answers, scores, support, trained_accuracy
from tests.expressivity.test_architectures_on_tokens import MODEL
from theory.expressivity import (
    FAMILIES,
    best_accuracy,
    best_box_accuracy,
    best_noisy_accuracy,
    closed_accuracy,
    family_law,
    thresholds,
)
from theory.expressivity.checker import Problem
from theory.expressivity.finite import ExactLaw, Found, head_arcs
from theory.model import ARCHITECTURES, Architecture, BoxShift, ContextualModel, FiniteShift, ParameterError, offered

Array = NDArray[np.float64]
Pair = tuple[Fraction, Fraction]

NAME = "max-pooling"
UNEVEN = "0.4,1.7,0:0.1; 2.1,-2.6,1.3:0.2; 0.5,-1.2,0.9:0.3; -0.3,0.6,-0.2:0.4"
LINE = f"best-accuracy --architecture {NAME} --n-tokens 7 --n-relevant 2 --label-prior 0.35 --shift '{UNEVEN}'"
SETTING: dict[str, Any] = {"n_tokens": 7, "n_relevant": 2, "label_prior": 0.35, "shift": FiniteShift.parsed(UNEVEN)}
NUMBERS = st.fractions(-3, 3, max_denominator=4)


def search(law: ExactLaw, budget: int) -> Found:
    r"""On an arc of heads between the lines orthogonal to tokens nothing changes: the best arc, and all arcs as the proof."""
    arcs = head_arcs(law)
    weights = [sum((s.weight for s in law.samples if answers(s.label, a.head(a.middle), s)), Fraction(0)) for a in arcs]
    best = max(range(len(arcs)), key=weights.__getitem__)
    head = [*map(str, arcs[best].head(arcs[best].middle))]
    return Found({"head": head}, weights[best], [[*map(str, arc.start)] for arc in arcs])


def answers(label: int, head: Any, sample: Any) -> bool:
    at = [sum(a * b for a, b in zip(head, token, strict=True)) for token in (sample.relevant, sample.irrelevant)]
    return bool(label * max(at) > 0)


def attained(problem: Any, name: str, witness: dict[str, Any]) -> Fraction:
    r"""The checker's own count of what a head gets right."""
    head = [Fraction(x) for x in witness["head"]]
    rows = zip(problem.weights, problem.labels, problem.u, problem.v, strict=True)
    return sum((p for p, y, u, v in rows if y * max(dot(head, u), dot(head, v)) > 0), Fraction(0))


def checked_proof(problem: Any, name: str, proof: Any, bound: Fraction) -> None:
    r"""Heads in the order of their angles: between two of them no product with a token changes its sign."""
    rays: list[Pair] = [(Fraction(a), Fraction(b)) for a, b in proof]
    turns = 0
    for start, end in pairwise([*rays, rays[0]]):
        if start[0] * end[1] <= start[1] * end[0]:
            raise ValueError("the proof is wrong: heads must go round the circle")
        if any(dot(start, token) * dot(end, token) < 0 for token in (*problem.u, *problem.v)):
            raise ValueError("the proof is wrong: a sign changes between two heads")
        middle = [str(a + b) for a, b in zip(start, end, strict=True)]
        if attained(problem, name, {"head": middle}) > bound:
            raise ValueError("the proof is wrong: more is right")
        turns += start[1] < 0 <= end[1]
    if turns != 1:
        raise ValueError("the proof is wrong: heads must go round the circle once")


def dot(x: Any, y: Any) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def on_family(family: str, zeta: float, size: float) -> Fraction:
    r"""A positive label is right once ⟨w, u₊⟩ > 0; of both negative samples one is lost, or both where v = −Δu₋ or v = 0."""
    return {"label-carrying": Fraction(1, 2)}.get(family, Fraction(3, 4))


def forward(X: Array, p: Any) -> tuple[Array, Array, dict[str, Array]]:
    r"""f = max_t ⟨w, x_t⟩; its gradient is the token that attains it."""
    values, sizes = np.einsum("ntd,sd->snt", X, p["head"]), np.einsum("ntd,sd->snt", np.abs(X), np.abs(p["head"]))
    slope = X[np.arange(len(X)), values.argmax(axis=-1)]
    return values.max(axis=-1), sizes.max(axis=-1), {"head": slope}


def declare() -> None:
    r"""All that an outsider writes. A worker process starts without it."""
    if NAME not in ARCHITECTURES:
        ARCHITECTURES.declare(
            NAME,
            Architecture(
                NAME,
                "the largest product with a head, max_t ⟨w, x_t⟩",
                {"head": 1},
                search=search,
                attained=attained,
                checked_proof=checked_proof,
                closed_form=on_family,
                forward=forward,
                on_tokens="simulations.expressivity:token_parameters",
            ),
        )


@pytest.fixture(autouse=True)
def _declared() -> Iterator[None]:
    declare()
    yield
    ARCHITECTURES.withdraw(NAME)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [0.4, 2.5, 9.0])
def test_search_and_closed_form_agree(family: str, size: float) -> None:
    best = best_accuracy(NAME, n_tokens=7, n_relevant=2, shift=family_law(family, size))
    assert best.verified()
    assert best.value == best.upper == closed_accuracy(NAME, family, zeta=2 / 7, size=size)
    assert NAME not in thresholds(2 / 7)


@given(st.tuples(NUMBERS, NUMBERS))
def test_no_head_is_better_and_the_number_of_relevant_tokens_is_the_same_to_it(head: Pair) -> None:
    declare()
    best = best_accuracy(NAME, **SETTING)
    assert Fraction(65, 100) < best.value < 1
    found = Fraction(0)
    for (dq, dw, dy), p in zip(SETTING["shift"].points, SETTING["shift"].probabilities, strict=True):
        for y, prior in ((1, Fraction(35, 100)), (-1, Fraction(65, 100))):
            a, b = Fraction(str(dq)), Fraction(str(dw)) + y * Fraction(str(dy))
            products = (head[0] + y * head[1], -a * head[0] - b * head[1])
            found += Fraction(str(p)) * prior * (y * max(products) > 0)
    assert found <= best.value
    assert best_accuracy(NAME, **{**SETTING, "n_relevant": 5}).value == best.value


def test_proof_that_is_touched_fails() -> None:
    best = best_accuracy(NAME, **SETTING)
    problem, proof = Problem.stated(best.problem), best.certificate["proof"]
    for touched, bound, message in (
        (proof, best.value - Fraction(1, 1000), "more is right"),
        (proof[::2], best.value, "a sign changes|go round"),
        ([*proof, *proof], best.value, "round the circle once"),
    ):
        with pytest.raises(ValueError, match=message):
            checked_proof(problem, NAME, touched, bound)


def test_gradient_is_that_of_finite_differences() -> None:
    rng = stream(7, "differences", NAME)
    X, head, direction = rng.normal(size=(3, 5, 4)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    slope = gradients(NAME, X, {"head": head})[2]["head"]
    ends = [scores(NAME, X, {"head": head + h * direction})[0] for h in (1e-6, -1e-6)]
    assert_allclose((ends[0] - ends[1]) / 2e-6, np.einsum("snd,sd->sn", np.broadcast_to(slope, (2, 3, 4)), direction), rtol=1e-6)


def test_training_reaches_the_bound_and_never_exceeds_it() -> None:
    model = ContextualModel(dim=4, signal_norm=0.8, context_norm=1.2, correlation=-0.35, noise_std=0.0, **SETTING)
    best = best_accuracy(NAME, **SETTING)
    trained = trained_accuracy(model, NAME, rng=stream(7, "train", NAME), starts=40, steps=300)
    assert_allclose(trained.best.max(), float(best.value), rtol=1e-12)
    batch, weights = support(model, rng=stream(7, "support", NAME))
    witness = offered(NAME, "on_tokens")(model, best.witness)
    assert_allclose(weights @ is_right(NAME, batch, witness)[0], float(best.value), rtol=1e-12)


def test_best_accuracy_on_random_tokens(agree: Agree) -> None:
    model = ContextualModel(dim=4, signal_norm=0.8, context_norm=1.2, correlation=-0.35, noise_std=0.0, **SETTING)
    best, mean = best_accuracy(NAME, **SETTING), best_accuracy("mean-pooling", **SETTING)

    def sampler(rng: np.random.Generator, size: int) -> Array:
        declare()
        return right_answers(model, NAME, best.witness, rng=rng, size=size)

    agree(
        "another-architecture",
        setting={"architecture": NAME, "T": 7, "m": 2, "ρ": -0.35, "π": 0.35},
        predicted=float(best.value),
        sampler=sampler,
        bounds=Probability(),
        margin=0.02,
        wrong_variants={
            "the labels exchanged": float(best_accuracy(NAME, **{**SETTING, "label_prior": 0.65}).value),
            "mean pooling": float(mean.value),
        },
    )


def test_both_doors_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert theory.__main__.door.run([*shlex.split(LINE), "--json"]) == 0
    predicted = json.loads(capsys.readouterr().out)
    assert predicted["value"] == predicted["upper"] == float(best_accuracy(NAME, **SETTING).value)
    assert simulations.__main__.door.run([*shlex.split(LINE), "--budget", "4000", "--json"]) == 0
    low, high = json.loads(capsys.readouterr().out)["interval"]
    assert low < predicted["value"] < high


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ("--noise-std 0.3", "a best accuracy under token noise"),
        ("--shift 'box: 0..1, 2, 0'", "a best accuracy over a box of shifts"),
    ],
)
def test_what_it_lacks_is_refused_in_one_line(capsys: pytest.CaptureFixture[str], change: str, lacks: str) -> None:
    assert theory.__main__.door.run(shlex.split(f"{LINE} {change}")) == 2
    assert capsys.readouterr().err == f"error: --architecture must be one with {lacks}, got {NAME}\n"


def test_every_part_is_refused_by_name_where_it_is_missing() -> None:
    for call in (
        lambda: best_noisy_accuracy(NAME, MODEL),
        lambda: best_box_accuracy(NAME, n_tokens=7, n_relevant=2, shift=BoxShift((0, 0, 0), (1, 1, 1))),
        lambda: offered(NAME, "threshold"),
    ):
        with pytest.raises(ParameterError, match=rf"architecture must be one with a .*, got {NAME}"):
            call()


def test_a_name_that_is_withdrawn_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    ARCHITECTURES.withdraw(NAME)
    for door in (theory.__main__.door, simulations.__main__.door):
        assert door.run(shlex.split(LINE)) == 2
        known = ", ".join(ARCHITECTURES)
        assert capsys.readouterr().err == f"error: --architecture must be one of {known}, got {NAME}\n"
    declare()
