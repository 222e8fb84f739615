r"""The best accuracy of an architecture on a finite shift law: attained by a witness, not exceeded by proof."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.expressivity.checker import Problem
from theory.expressivity.finite._exact_law import ExactLaw, exact_law
from theory.expressivity.finite._line_accuracy import line_bound, token_line
from theory.expressivity.finite._sample_search import Found
from theory.model import FiniteShift, Interval, offered

__all__ = ["BestAccuracy", "best_accuracy"]


@dataclass(frozen=True)
class BestAccuracy:
    r"""The supremum of the accuracy over all parameters of an architecture, enclosed.

    Parameters
    ----------
    architecture
        A name of `theory.model.ARCHITECTURES`.
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
            return bool(offered(self.architecture, "attained")(problem, self.architecture, self.witness) == self.value)
        proof, upper = self.certificate["proof"], Fraction(self.certificate["upper"])
        offered(self.architecture, "checked_proof")(problem, self.architecture, proof, upper)
        return bool(offered(self.architecture, "attained")(problem, self.architecture, self.witness) == self.value)

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
        A name of `theory.model.ARCHITECTURES`, with a search on finite laws and a checker of its own.
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
        Linear systems that the search of one arc of heads may solve; of the four only self-attention may need more.

    Returns
    -------
    BestAccuracy
        Witness and proof are verified before it is returned.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-best` of docs/expressivity.md; answers contribution 1 of :cite:t:`oymak2023role`.

    Examples
    --------
    >>> from theory.model import ARCHITECTURES
    >>> law = FiniteShift(((2, 2, 0), (2, -2, 0)), (0.5, 0.5))
    >>> [str(best_accuracy(name, n_tokens=2, n_relevant=1, shift=law).value) for name in ARCHITECTURES]
    ['3/4', '3/4', '3/4', '1']
    """
    search, attained = (offered(architecture, part) for part in ("search", "attained"))
    Interval(-1, 1).member("correlation", correlation)
    Interval(0).member("signal_norm", signal_norm)
    Interval(0).member("context_norm", context_norm)
    Interval(1, integer=True).member("budget", budget)
    law = exact_law(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    line = token_line(signal_norm, context_norm, correlation)
    if line is not None:
        return _on_a_line(law, architecture, line)
    found: Found = search(law, budget)
    problem = _statement(law)
    value = attained(Problem.stated(problem), architecture, found.witness)
    upper = max(value, found.upper)
    certificate = {"upper": str(upper), "proof": found.proof}
    result = BestAccuracy(architecture, value, upper, found.witness, problem, certificate)
    result.verified()
    return result


def _statement(law: ExactLaw) -> dict[str, Any]:
    return {"zeta": str(law.zeta), "samples": [[[*map(str, s.shift)], s.label, str(s.weight)] for s in law.samples]}


def _on_a_line(law: ExactLaw, architecture: str, line: tuple[Fraction, Fraction]) -> BestAccuracy:
    r"""All tokens on one line: there is no label, no context, or both point the same way."""
    problem = _statement(law)
    bound = line_bound(law, Problem.stated(problem), architecture, line)
    certificate = {"upper": str(bound.upper), "line": [*map(str, line)], "method": "intervals of the one parameter of a line"}
    return BestAccuracy(architecture, bound.value, bound.upper, bound.witness, problem, certificate)
