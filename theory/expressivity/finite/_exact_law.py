r"""Finite shift laws in exact rational numbers: which two tokens a sample consists of, and how often."""

from dataclasses import dataclass
from fractions import Fraction

from theory.model import FiniteShift, Interval, ParameterError

__all__ = ["ExactLaw", "Sample", "Vector", "exact", "exact_law"]

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Sample:
    r"""One value of (δ, y): its probability and its two tokens in the coordinates of (q_*, w_*).

    Parameters
    ----------
    shift, label
        δ = (δq, δw, δy) and y = ±1.
    weight
        P(δ) P(y).
    relevant
        u = (1, y).
    irrelevant
        v = (−δq, −δw − δy y).
    """

    shift: Vector
    label: int
    weight: Fraction
    relevant: Vector
    irrelevant: Vector


@dataclass(frozen=True)
class ExactLaw:
    r"""The share ζ of relevant tokens and the samples of a noiseless model; two for each point of the shift."""

    zeta: Fraction
    samples: tuple[Sample, ...]

    def weight(self, which: frozenset[int] | set[int]) -> Fraction:
        r"""The probability of a set of samples, given by their places."""
        return sum((self.samples[i].weight for i in which), Fraction(0))


def exact_law(*, n_tokens: int, n_relevant: int, shift: FiniteShift, label_prior: float = 0.5) -> ExactLaw:
    r"""The samples of a finite shift law, every number exact.

    A float stands for the decimal number that prints it: 0.1 is 1/10. `Fraction` entries are taken as they are.
    Probabilities are divided by their sum, so three times 0.3333333333333333 is three times 1/3.

    Parameters
    ----------
    n_tokens, n_relevant
        T and m, 1 <= m < T. Without irrelevant tokens there is nothing to decide.
    shift
        Law of δ with finitely many points.
    label_prior
        π = P(y = 1) in (0, 1).

    Returns
    -------
    ExactLaw

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain, or the shift is not a finite law.

    Examples
    --------
    >>> law = exact_law(n_tokens=10, n_relevant=3, shift=FiniteShift(((0.1, 2, 0),), (1.0,)))
    >>> law.zeta, law.samples[1].irrelevant
    (Fraction(3, 10), (Fraction(-1, 10), Fraction(-2, 1)))
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    Interval(0, 1, open_lower=True, open_upper=True).member("label_prior", label_prior)
    if not isinstance(shift, FiniteShift):
        raise ParameterError("shift", "a FiniteShift", shift)
    prior = exact(label_prior)
    probabilities = [exact(p) for p in shift.probabilities]
    total = sum(probabilities)
    samples = []
    for point, probability in zip(shift.points, probabilities, strict=True):
        dq, dw, dy = (exact(entry) for entry in point)
        for y in (1, -1):
            weight = probability / total * (prior if y == 1 else 1 - prior)
            samples.append(Sample((dq, dw, dy), y, weight, (Fraction(1), Fraction(y)), (-dq, -dw - dy * y)))
    return ExactLaw(Fraction(n_relevant, n_tokens), tuple(samples))


def exact(number: object) -> Fraction:
    r"""The decimal number that prints a float; a fraction or an integer as it is.

    >>> exact(0.1), exact(Fraction(1, 3))
    (Fraction(1, 10), Fraction(1, 3))
    """
    return Fraction(str(number))
