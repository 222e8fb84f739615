r"""Good parameters of the attention classes by plain optimisation: a start for the search, never a proof."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import qmc

from theory.expressivity.attention import prompt_score, self_scores
from theory.expressivity.law import ExactLaw

__all__ = ["candidates"]

Array = NDArray[np.float64]

_POINTS = 1 << 12
_POLISHED = 6


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


def _rational(angle: float, scores: Array) -> dict[str, Any]:
    head = (Fraction(float(np.cos(angle))), Fraction(float(np.sin(angle))))
    rounded = [tuple(x.limit_denominator(10**5) for x in values) for values in (head, map(Fraction, map(float, scores)))]
    return {"head": rounded[0], "scores": rounded[1]}
