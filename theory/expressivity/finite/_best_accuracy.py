r"""The best accuracy of an architecture on a finite shift law: attained by a witness, not exceeded by proof."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.expressivity.checker import Problem, attained, checked_proof
from theory.expressivity.finite._arcs import head_arcs
from theory.expressivity.finite._attention_region import AttentionRegion
from theory.expressivity.finite._candidates import candidates, pursued
from theory.expressivity.finite._exact_law import ExactLaw, exact_law
from theory.expressivity.finite._linear_region import LinearRegion, rank_one
from theory.expressivity.finite._sample_search import Search, Tree
from theory.expressivity.finite._line_accuracy import line_bound, token_line
from theory.model import Choice, FiniteShift, Interval

__all__ = ["ARCHITECTURES", "BestAccuracy", "best_accuracy"]

ARCHITECTURES = ("mean-pooling", "linear-prompt", "self-attention", "softmax-prompt")
r"""The names of the four architectures."""

_WIDTHS = (3, 6, 12, 24)
r"""Searches stop splitting at these powers of one half, coarse ones first: they find witnesses for the fine ones."""

_THOROUGH = 12
r"""Before this width a witness is pursued set by set: what is open by then more often lacks a witness than a proof."""


@dataclass(frozen=True)
class BestAccuracy:
    r"""The supremum of the accuracy over all parameters of an architecture, enclosed.

    Parameters
    ----------
    architecture
        One of `ARCHITECTURES`.
    value
        The accuracy of the witness: attained, exact.
    upper
        An accuracy that no parameters exceed. Equal to `value` unless the search ran out of its budget.
    witness
        The values that the parameters take on (q_*, w_*), as exact fractions: `head` (⟨w, q_*⟩, ⟨w, w_*⟩), `prompt` likewise,
        `attention` the matrix of x_*ᵀ M y_*.
    problem, certificate
        What `verified` needs, as plain lists, dictionaries and texts.
    """

    architecture: str
    value: Fraction
    upper: Fraction
    witness: dict[str, Any]
    problem: dict[str, Any]
    certificate: dict[str, Any]

    @property
    def is_exact(self) -> bool:
        r"""Whether the witness and the proof meet."""
        return self.value == self.upper

    def verified(self) -> bool:
        r"""Check witness and proof again, with code that had no part in finding them; ValueError if the proof is wrong."""
        problem = Problem.stated(self.problem)
        if "line" in self.certificate:  # its bound is interval arithmetic, which has no proof to check
            return attained(problem, self.architecture, self.witness) == self.value
        checked_proof(problem, self.architecture, self.certificate["proof"], Fraction(self.certificate["upper"]))
        return attained(problem, self.architecture, self.witness) == self.value

    def as_dict(self) -> dict[str, Any]:
        r"""For JSON: `value`, `upper`, `exact`, `witness`, `certificate` and `problem`."""
        return {
            "architecture": self.architecture,
            "value": float(self.value),
            "upper": float(self.upper),
            "exact": str(self.value) if self.is_exact else None,
            "witness": self.witness,
            "certificate": self.certificate,
            "problem": self.problem,
        }


def best_accuracy(
    architecture: str,
    *,
    n_tokens: int,
    n_relevant: int,
    shift: FiniteShift,
    correlation: float = 0.0,
    label_prior: float = 0.5,
    signal_norm: float = 1.0,
    context_norm: float = 1.0,
    budget: int = 6000,
) -> BestAccuracy:
    r"""The best accuracy of an architecture over all its parameters, for noiseless tokens.

    It depends on T and m through ζ = m/T alone, and on q_* and w_* not at all, as long as they are linearly independent. Where
    they are not, all tokens lie on a line, and there are fewer parameters.

    Parameters
    ----------
    architecture
        "mean-pooling", "linear-prompt" (any number of prompts or heads), "self-attention" (any matrix M, one head for all
        positions) or "softmax-prompt".
    n_tokens, n_relevant
        T and m, 1 <= m < T.
    shift
        Finite law of δ.
    correlation
        ρ in [-1, 1].
    label_prior
        π in (0, 1).
    signal_norm, context_norm
        W and Q, non-negative.
    budget
        Linear systems that the search of one arc of heads may solve; only self-attention may need more.

    Returns
    -------
    BestAccuracy
        Witness and proof are verified before it is returned.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Reference
    ---------
    Derived in docs/expressivity.md; answers contribution 1 of oymak2023role.

    Examples
    --------
    >>> law = FiniteShift(((2, 2, 0), (2, -2, 0)), (0.5, 0.5))
    >>> [str(best_accuracy(name, n_tokens=2, n_relevant=1, shift=law).value) for name in ARCHITECTURES]
    ['3/4', '3/4', '3/4', '1']
    """
    Choice(ARCHITECTURES).member("architecture", architecture)
    Interval(-1, 1).member("correlation", correlation)
    Interval(0).member("signal_norm", signal_norm)
    Interval(0).member("context_norm", context_norm)
    Interval(1, integer=True).member("budget", budget)
    law = exact_law(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    line = token_line(signal_norm, context_norm, correlation)
    if line is not None:
        return _on_a_line(law, architecture, line)
    search, proof = _linear(law, architecture) if architecture in ARCHITECTURES[:2] else _attention(law, architecture, budget)
    problem = _statement(law)
    witness = dict(_named(architecture, search.witness, law))
    value = attained(Problem.stated(problem), architecture, witness)
    upper = max(value, search.best, search.open_weight)
    result = BestAccuracy(architecture, value, upper, witness, problem, {"upper": str(upper), "proof": proof})
    result.verified()
    return result


def _statement(law: ExactLaw) -> dict[str, Any]:
    return {"zeta": str(law.zeta), "samples": [[[*map(str, s.shift)], s.label, str(s.weight)] for s in law.samples]}


def _on_a_line(law: ExactLaw, architecture: str, line: tuple[Fraction, Fraction]) -> BestAccuracy:
    problem = _statement(law)
    bound = line_bound(law, Problem.stated(problem), architecture, line)
    certificate = {"upper": str(bound.upper), "line": [*map(str, line)], "method": "intervals of the one parameter of a line"}
    return BestAccuracy(architecture, bound.value, bound.upper, bound.witness, problem, certificate)


def _linear(law: ExactLaw, architecture: str) -> tuple[Search, Tree]:
    search = Search(law, budget=1 << 20)
    return search, search.proof(LinearRegion(law, architecture))


def _attention(law: ExactLaw, architecture: str, budget: int) -> tuple[Search, Tree]:
    regions = [AttentionRegion(law, architecture, arc) for arc in head_arcs(law)]
    search = Search(law, budget)
    _offered(search, regions[0], candidates(law, architecture))
    order = sorted(range(len(regions)), key=lambda j: -law.weight(regions[j].hopeful))
    trees: dict[int, Tree] = {}
    still_open = dict.fromkeys(order, Fraction(1))
    for width in _WIDTHS:
        if width == _THOROUGH:
            for j, most in sorted(still_open.items(), key=lambda item: -item[1]):
                _offered(search, regions[j], pursued(law, regions[j], above=lambda: search.best, most=most))
        search.smallest = Fraction(1, 1 << width)
        for j in still_open:  # a proof that is complete stays one when the witness improves
            search.budget, search.open_weight = min(budget, 100 << width), Fraction(0)
            trees[j] = search.proof(regions[j])
            still_open[j] = search.open_weight
        still_open = {j: weight for j, weight in still_open.items() if weight > search.best}
        search.open_weight = max(still_open.values(), default=Fraction(0))
        if not still_open:
            break
    arcs = [{"start": [*map(str, r.arc.start)], "end": [*map(str, r.arc.end)]} for r in regions]
    return search, [{**arc, "tree": trees[j]} for j, arc in enumerate(arcs)]


def _offered(search: Search, region: AttentionRegion, starts: Iterator[dict[str, Any]]) -> None:
    r"""Offer parameters to a search until one gets all that is open right."""
    everywhere = frozenset(range(len(search.law.samples)))
    for parameters in starts:
        search.offer(parameters, region.right(parameters, among=everywhere))
        if search.open_weight and search.best >= search.open_weight:
            break


def _named(architecture: str, witness: dict[str, Any], law: ExactLaw) -> Iterator[tuple[str, Any]]:
    r"""The witness of a search by the names of the parameters, fractions as text."""
    if architecture == "mean-pooling":
        yield "head", [*map(str, witness["parameters"])]
    elif architecture == "linear-prompt":
        for name, form in zip(("head", "prompt"), rank_one(LinearRegion(law, architecture), witness["parameters"]), strict=True):
            yield name, [*map(str, form)]
    else:
        scores = [*map(str, witness["scores"])]
        yield "head", [*map(str, witness["head"])]
        yield ("prompt", scores) if architecture == "softmax-prompt" else ("attention", [scores[:2], scores[2:]])
