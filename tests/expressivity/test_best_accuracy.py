r"""Best accuracies: witnesses on random laws, brute force never above, proofs that break when touched, two routes."""

import copy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from theory.expressivity import FAMILIES, best_accuracy, closed_accuracy, family_law, thresholds
from theory.expressivity.checker import Bounds, Problem, checked_proof, row
from theory.expressivity.finite import exact_law
from theory.model import ARCHITECTURES, FiniteShift, ParameterError

Array = NDArray[np.float64]
LINEAR = [name for name, declared in ARCHITECTURES.items() if declared.checked_box is not None]
LAWS = {"quick": (1, 12), "paper": (8, 125), "deep": (8, 125)}  # parts, which several processes share, and laws in each


def drawn_law(rng: np.random.Generator) -> dict[str, Any]:
    r"""A random finite law, in decimals; half of them on a lattice, where ties are common."""
    points = int(rng.integers(1, 4))
    lattice = rng.random() < 0.5
    entries = rng.integers(-2, 4, size=(points, 3)) if lattice else rng.integers(-20, 31, size=(points, 3)) / 10
    weights = rng.integers(1, 6, size=points)
    n_tokens = int(rng.integers(3, 12))
    shift = FiniteShift(tuple((float(a), float(b), float(c)) for a, b, c in entries), tuple(weights / weights.sum()))
    return {"n_tokens": n_tokens, "n_relevant": int(rng.integers(1, n_tokens)), "shift": shift}


def two_tokens(shift: FiniteShift) -> tuple[Array, Array, Array, Array]:
    r"""Labels, weights and the two tokens of every sample, by the definition of the model."""
    atoms = zip(shift.points, shift.probabilities, strict=True)
    rows = [(y, p / 2, (1.0, y), (-dq, -(dw + dy * y))) for (dq, dw, dy), p in atoms for y in (1.0, -1.0)]
    labels, weights, u, v = zip(*rows, strict=True)
    return np.array(labels), np.array(weights), np.array(u), np.array(v)


def brute_force(architecture: str, law: dict[str, Any], rng: np.random.Generator, size: int = 20000) -> float:
    r"""The best accuracy among random parameters, the tokens counted one by one."""
    y, weights, u, v = two_tokens(law["shift"])
    share = law["n_relevant"] / law["n_tokens"]
    head = rng.normal(size=(size, 2))
    at_u, at_v = head @ u.T, head @ v.T
    scale = np.exp(rng.uniform(-3, 3, size=size))
    if architecture == "mean-pooling":
        f = share * at_u + (1 - share) * at_v
    elif architecture == "linear-prompt":
        prompt = rng.normal(size=(size, 2))
        f = share * at_u * (prompt @ u.T) + (1 - share) * at_v * (prompt @ v.T)
    else:
        if architecture == "softmax-prompt":
            queries = [(scale[:, None] * rng.normal(size=(size, 2)))[:, None, :].repeat(len(y), axis=1)] * 2
        else:
            assert architecture == "self-attention"
            matrix = scale[:, None, None] * rng.normal(size=(size, 2, 2))
            queries = [np.einsum("ni,sij->snj", token, matrix) for token in (u, v)]
        f = np.zeros((size, len(y)))
        for part, query in zip((share, 1 - share), queries, strict=True):
            gap = np.clip(np.einsum("snj,nj->sn", query, u - v), -300, 300)
            mass = share / (share + (1 - share) * np.exp(-gap))
            f += part * (mass * at_u + (1 - mass) * at_v)
    scale_of_f = np.abs(at_u) + np.abs(at_v)
    return float(((y * f > 1e-9 * scale_of_f) @ weights).max())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "part" in metafunc.fixturenames:
        metafunc.parametrize("part", range(LAWS[metafunc.config.getoption("--effort")][0]))


def test_certified_value_is_never_below_brute_force(request: pytest.FixtureRequest, part: int) -> None:
    rng, laws = np.random.default_rng([41, part]), LAWS[request.config.getoption("--effort")][1]
    reached = 0
    for _ in range(laws):
        law = drawn_law(rng)
        for architecture in ARCHITECTURES:
            best = best_accuracy(architecture, **law, budget=400)
            found = brute_force(architecture, law, rng)
            assert best.verified()
            assert found <= float(best.value) + 1e-12, (architecture, law)
            assert best.is_exact, (architecture, law)
            reached += found >= float(best.value) - 1e-12
    assert reached >= 0.8 * len(ARCHITECTURES) * laws  # the best cell may be too narrow for random parameters to hit


HARD = {  # T, m, points, weights, value
    # v = −3u where ζ/(1−ζ) = 3: P ≤ P̄ with equality at score 0
    "a tie with a curve": (4, 3, ((3, 3, 0), (0, 3, 1), (-2, 0, -1)), (3, 5, 2), "9/10"),
    # ζ = 1/2 and two samples of opposite labels with the same tokens, u and v exchanged
    "a tie of two samples": (6, 3, ((-1, -1, 0), (-1, 0, 1)), (5, 3), "13/16"),
    # near the end of an arc both P̄ vanish, one that P must exceed, and a smaller one that P must not
    "two samples at the end of an arc": (10, 3, ((3, -2, 1), (1, 1, -2), (0, -2, -1)), (4, 1, 3), "13/16"),
    # the best parameters are far out: the nearer the head to the end of its arc, the larger the scores
    "a witness at the end of an arc": (10, 4, ((1, 2, 2), (0, -1, 3), (-2, 0, 0)), (3, 2, 5), "1"),
}


@pytest.mark.parametrize("name", HARD)
def test_joint_conflicts_and_far_witnesses_are_decided(name: str) -> None:
    n_tokens, n_relevant, points, weights, value = HARD[name]
    shift = FiniteShift(points, tuple(Fraction(w, sum(weights)) for w in weights))
    best = best_accuracy("self-attention", n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, budget=400)
    assert best.value == best.upper == Fraction(value)


def test_rows_of_curves_and_sums_that_do_not_hold_are_refused() -> None:
    law = exact_law(n_tokens=4, n_relevant=3, shift=FiniteShift(((3, 3, 0), (2, 1, 0.5)), (0.5, 0.5)))
    problem = Problem(
        law.zeta,
        *zip(*((s.weight, s.label, s.relevant, s.irrelevant) for s in law.samples), strict=True),  # type: ignore[arg-type]
    )
    # heads between q_* + w_* and w_*: sample 0 asks for P > 3/4
    whole = Bounds(problem, "self-attention", Fraction(1, 2), [Fraction(1), Fraction(1)], [Fraction(0), Fraction(1)])
    upper = replace(whole, boxes={0: (Fraction(3, 4), Fraction(1))})
    assert row(upper, 0, "B 3") == ([Fraction(0)] * 4, [(1, 1), (3, 1)])  # k_v = −3 k_u, and log-odds that are those of ζ
    for slope in ("2", "5/2", "0", "-3"):  # less steep than the curve at A = 3/4: it falls below the line
        with pytest.raises(ValueError, match="the proof is wrong"):
            row(upper, 0, f"B {slope}")
    with pytest.raises(ValueError, match="the proof is wrong"):
        row(replace(whole, boxes={0: (Fraction(3, 5), Fraction(1))}), 0, "B 3")  # the box crosses the point of contact
    with pytest.raises(ValueError, match="has been shown"):
        row(whole, 0, "AA 2")
    assert {whole.asks(0), whole.asks(2)} == {"more"}
    assert len(whole.sum_halves(0, 2, "AA")) == 2
    with pytest.raises(ValueError, match="not opposed"):
        whole.sum_halves(0, 2, "AB")  # crosswise only where ζ = 1/2
    with pytest.raises(ValueError, match="not opposed"):
        whole.sum_halves(0, 0, "AA")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_search_and_closed_form_agree_on_either_side_of_every_threshold(architecture: str, family: str) -> None:
    n_tokens, n_relevant = 7, 2
    sizes = sorted(round(value * factor, 3) for value in thresholds(2 / 7).values() for factor in (0.93, 1.07))
    for size in sizes:
        law = family_law(family, size)
        best = best_accuracy(architecture, n_tokens=n_tokens, n_relevant=n_relevant, shift=law)
        assert best.is_exact
        assert best.value == closed_accuracy(architecture, family, zeta=Fraction(2, 7), size=size)


@pytest.mark.parametrize("architecture", LINEAR)
def test_thresholds_themselves_belong_to_the_drop(architecture: str) -> None:
    n_tokens, n_relevant = 5, 4  # ζ/(1−ζ) = 4: both thresholds, 4 and 2, are whole numbers
    for size in (2, 4):
        best = best_accuracy(architecture, n_tokens=n_tokens, n_relevant=n_relevant, shift=family_law("opposite", size))
        assert best.value == closed_accuracy(architecture, "opposite", zeta=Fraction(4, 5), size=size)


def test_any_certificate_that_is_touched_fails() -> None:
    law = {"n_tokens": 7, "n_relevant": 2, "shift": family_law("opposite", 6.5)}
    for architecture in thresholds(2 / 7):  # a bound of 1 needs no proof
        best = best_accuracy(architecture, **law)
        assert best.value == Fraction(3, 4)
        problem = Problem.stated(best.problem)
        with pytest.raises(ValueError, match="improbable"):
            checked_proof(problem, architecture, best.certificate["proof"], Fraction(7, 10))
        touched = copy.deepcopy(best.certificate["proof"])
        leaf = next(leaves(touched))
        leaf[0][2] = str(Fraction(leaf[0][2]) + Fraction(1, 7))
        with pytest.raises(ValueError, match="rows cancel"):
            checked_proof(problem, architecture, touched, Fraction(3, 4))


def test_rows_of_another_architecture_are_refused() -> None:
    for architecture, sample, kind in (("self-attention", 0, "P"), ("self-attention", -1, "s<"), ("softmax-prompt", 0, "B")):
        best = best_accuracy(architecture, n_tokens=7, n_relevant=2, shift=family_law("opposite", 6.5))
        proof = [{**arc, "tree": {"conflict": [[sample, kind, "1"]], "without": []}} for arc in best.certificate["proof"]]
        with pytest.raises(ValueError, match="has no row"):
            checked_proof(Problem.stated(best.problem), architecture, proof, Fraction(1, 2))
    linear = best_accuracy("mean-pooling", n_tokens=7, n_relevant=2, shift=family_law("opposite", 6.5))
    wrong = {"conflict": [[-1, "score", "1"]], "without": []}
    with pytest.raises(ValueError, match="has no row"):
        checked_proof(Problem.stated(linear.problem), "mean-pooling", wrong, Fraction(0))


def leaves(node: Any) -> Any:
    r"""The contradictions of a proof that have at least two rows."""
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list):
        if len(node) > 1 and all(isinstance(row, list) and len(row) == 3 and isinstance(row[2], str) for row in node):
            yield node
        else:
            for value in node:
                yield from leaves(value)


def test_proof_for_another_law_fails() -> None:
    law = {"n_tokens": 7, "n_relevant": 2}
    best = best_accuracy("self-attention", **law, shift=family_law("label-free", 6.5))
    other = best_accuracy("self-attention", **law, shift=family_law("label-free", 1.5))
    assert other.value == 1
    with pytest.raises(ValueError, match="the proof is wrong"):
        checked_proof(Problem.stated(other.problem), "self-attention", best.certificate["proof"], Fraction(3, 4))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_accuracy_depends_on_tokens_through_their_share_alone(architecture: str) -> None:
    shift = FiniteShift(((0.4, 1.7, 0.0), (2.1, -0.6, 1.3)), (0.3, 0.7))
    once = best_accuracy(architecture, n_tokens=7, n_relevant=2, shift=shift, label_prior=0.35)
    twice = best_accuracy(architecture, n_tokens=14, n_relevant=4, shift=shift, label_prior=0.35, correlation=0.6)
    assert once.value == twice.value
    assert once.value >= Fraction(65, 100)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_relevant": 7}, "n_relevant must be an integer in .1, 6."),
        ({"correlation": 1.0}, "correlation must be a real number in .-1, 1."),
        ({"architecture": "mlp"}, "architecture must be one of mean-pooling"),
    ],
)
def test_parameters_outside_their_domain_are_named(change: dict[str, Any], message: str) -> None:
    setting = {"architecture": "mean-pooling", "n_tokens": 7, "n_relevant": 2, "shift": family_law("opposite", 2.0), **change}
    with pytest.raises(ParameterError, match=message):
        best_accuracy(setting.pop("architecture"), **setting)
