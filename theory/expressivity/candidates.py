r"""Good parameters of the attention classes by plain optimisation: a start for the search, never a proof."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, ndtri
from scipy.stats import qmc

from theory.expressivity.attention import prompt_score, self_scores
from theory.expressivity.law import ExactLaw

__all__ = ["candidates", "pursued"]

Array = NDArray[np.float64]

_POINTS = 1 << 12
_POLISHED = 6
_PURSUED = 24


class _Scores:
    r"""Signed scores y f / size of all samples, for arrays of parameters (head angle, scores)."""

    def __init__(self, law: ExactLaw, architecture: str) -> None:
        samples = law.samples
        self.zeta = float(law.zeta)
        self.is_self = architecture == "self-attention"
        self.weights = np.array([float(s.weight) for s in samples])
        self.u = np.array([[s.label * float(x) for x in s.relevant] for s in samples])
        self.v = np.array([[s.label * float(x) for x in s.irrelevant] for s in samples])
        forms = [self_scores(s) if self.is_self else (prompt_score(s),) * 2 for s in samples]
        self.k_u, self.k_v = (np.array([[float(x) for x in pair[j]] for pair in forms]) for j in (0, 1))

    def __call__(self, angle: Array, scores: Array) -> Array:
        head = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        bias = np.log(self.zeta / (1 - self.zeta))
        k_u, k_v = scores @ self.k_u.T + bias, scores @ self.k_v.T + bias
        share = self.zeta if self.is_self else 1.0
        relevant = (share * expit(k_u) + (1 - share) * expit(k_v)) * (head @ self.u.T)
        irrelevant = (share * expit(-k_u) + (1 - share) * expit(-k_v)) * (head @ self.v.T)
        size = np.abs(relevant) + np.abs(irrelevant)
        margin: Array = np.divide(relevant + irrelevant, size, out=np.full_like(size, -1.0), where=size > 0)
        return margin


def candidates(law: ExactLaw, architecture: str) -> Iterator[dict[str, Any]]:
    r"""Parameters in rationals, from a grid of Sobol points and the best of them after smooth optimisation.

    Parameters
    ----------
    law
        The samples.
    architecture
        "softmax-prompt" or "self-attention".
    """
    margins = _Scores(law, architecture)
    size = margins.k_u.shape[1]
    points = qmc.Sobol(size + 2, scramble=False).random(_POINTS)
    angles = 2 * np.pi * points[:, 0]
    largest = np.sqrt(np.mean(margins.k_u**2 + margins.k_v**2)) + 1e-300
    scale = np.exp(np.log(100.0) * (2 * points[:, 1] - 0.7)) / largest
    scores = scale[:, None] * (4 * points[:, 2:] - 2)
    found = margins(angles, scores)
    values = (found > 1e-6) @ margins.weights + 1e-3 * np.tanh(found) @ margins.weights
    for i in np.argsort(-values)[: _POLISHED]:
        yield _rational(angles[i], scores[i])
        for sharpness in (3.0, 30.0):
            def loss(x: Array, sharpness: float = sharpness) -> float:
                shown = np.asarray(margins(x[:1], x[None, 1:]))[0]
                return float(margins.weights @ np.logaddexp(0.0, sharpness * (0.05 - shown)))

            best = minimize(loss, np.r_[angles[i], scores[i]], method="BFGS", options={"maxiter": 60}).x
            if np.isfinite(best).all() and np.abs(best).max() < 1e6:
                yield _rational(best[0], best[1:])


def pursued(law: ExactLaw, architecture: str, above: Callable[[], Fraction]) -> Iterator[dict[str, Any]]:
    r"""Parameters that get right a given set of samples, or nearly: the likeliest sets above a probability, one after another.

    For each set, the smallest margin over the set is maximised from the Gaussian parameters, at sizes over three decades, at
    which it is largest.

    Parameters
    ----------
    law, architecture
        As in `candidates`.
    above
        Sets of this probability or less are left out; it may grow.
    """
    margins = _Scores(law, architecture)
    points = qmc.Sobol(margins.k_u.shape[1] + 2, scramble=False).random(8 * _POINTS)[1:]
    angles = 2 * np.pi * points[:, 0]
    largest = np.sqrt(np.mean(margins.k_u**2 + margins.k_v**2)) + 1e-300
    scores = (np.exp(np.log(3000.0) * points[:, 1] - 3.5) / largest)[:, None] * ndtri(points[:, 2:])
    found = margins(angles, scores)
    for wanted in islice(_likely_sets(law, above()), _PURSUED):
        if law.weight(frozenset(wanted)) <= above():
            continue
        for i in np.argsort(-found[:, wanted].min(axis=1))[:_POLISHED]:
            place = np.r_[angles[i], scores[i]]
            for sharpness in (5.0, 50.0, 500.0):
                def loss(x: Array, sharpness: float = sharpness, wanted: list[int] = wanted) -> float:
                    return float(logsumexp(-sharpness * margins(x[:1], x[None, 1:])[0][wanted]) / sharpness)

                place = minimize(loss, place, method="BFGS", options={"maxiter": 80}).x
            if np.isfinite(place).all() and np.abs(place).max() < 1e9:
                yield _rational(place[0], place[1:])


def _likely_sets(law: ExactLaw, above: Fraction) -> Iterator[list[int]]:
    r"""Sets of samples more probable than `above`, likeliest first among those that leave out as few."""
    everything = frozenset(range(len(law.samples)))
    for left_out in range(len(law.samples)):
        sets = (everything - set(dropped) for dropped in islice(combinations(sorted(everything), left_out), 4096))
        yield from (sorted(s) for s in sorted(sets, key=law.weight, reverse=True) if law.weight(s) > above)


def _rational(angle: float, scores: Array) -> dict[str, Any]:
    head = (Fraction(float(np.cos(angle))), Fraction(float(np.sin(angle))))
    rounded = [tuple(x.limit_denominator(10**5) for x in values) for values in (head, map(Fraction, map(float, scores)))]
    return {"head": rounded[0], "scores": rounded[1]}
