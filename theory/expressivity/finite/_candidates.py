r"""Good parameters of the attention classes by plain optimisation: a start for the search, never a proof."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp, ndtri, softmax
from scipy.stats import qmc

from theory.expressivity.finite._attention_region import AttentionRegion
from theory.expressivity.finite._exact_law import ExactLaw

__all__ = ["candidates", "pursued"]

Array = NDArray[np.float64]

_POINTS = 1 << 12  # parameters that are looked at
_POLISHED = 6  # the best of them, which are improved
_PURSUED, _STARTS, _ENOUGH = 8, 16, 0.5  # sets of samples, starts for each, and the log-odds by which all samples are to be right
_FARTHEST = 600.0  # of a log-odds: e^-600 is still a double


class _Scores:
    r"""Signed scores y f / size of all samples, for arrays of parameters (head angle, scores)."""

    def __init__(self, law: ExactLaw, region: AttentionRegion) -> None:
        samples = law.samples
        self.zeta = float(law.zeta)
        self.relevant_rows = float(region.relevant_rows)
        self.weights = np.array([float(s.weight) for s in samples])
        self.u = np.array([[s.label * float(x) for x in s.relevant] for s in samples])
        self.v = np.array([[s.label * float(x) for x in s.irrelevant] for s in samples])
        forms = [region.forms(s) for s in samples]
        self.k_u, self.k_v = (np.array([[float(x) for x in pair[j]] for pair in forms]) for j in (0, 1))

    def __call__(self, angle: Array, scores: Array) -> Array:
        head = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        bias = np.log(self.zeta / (1 - self.zeta))
        k_u, k_v = scores @ self.k_u.T + bias, scores @ self.k_v.T + bias
        share = self.relevant_rows
        relevant = (share * expit(k_u) + (1 - share) * expit(k_v)) * (head @ self.u.T)
        irrelevant = (share * expit(-k_u) + (1 - share) * expit(-k_v)) * (head @ self.v.T)
        size = np.abs(relevant) + np.abs(irrelevant)
        margin: Array = np.divide(relevant + irrelevant, size, out=np.full_like(size, -1.0), where=size > 0)
        return margin


def candidates(law: ExactLaw, region: AttentionRegion) -> Iterator[dict[str, Any]]:
    r"""Parameters in rationals, from a grid of Sobol points and the best of them after smooth optimisation.

    Parameters
    ----------
    law, region
        The samples, and how attention depends on the scores; heads are not confined to its arc.
    """
    margins = _Scores(law, region)
    size = margins.k_u.shape[1]
    points = qmc.Sobol(size + 2, scramble=False).random(_POINTS)
    angles = 2 * np.pi * points[:, 0]
    largest = np.sqrt(np.mean(margins.k_u**2 + margins.k_v**2)) + 1e-300
    scale = np.exp(np.log(100.0) * (2 * points[:, 1] - 0.7)) / largest  # scores of sizes between 1/25 and 400
    scores = scale[:, None] * (4 * points[:, 2:] - 2)
    found = margins(angles, scores)
    values = (found > 1e-6) @ margins.weights + 1e-3 * np.tanh(found) @ margins.weights  # margins break ties
    for i in np.argsort(-values)[:_POLISHED]:
        yield _rational(angles[i], scores[i])
        for sharpness in (3.0, 30.0):

            def loss(x: Array, sharpness: float = sharpness) -> float:
                shown = np.asarray(margins(x[:1], x[None, 1:]))[0]
                return float(margins.weights @ np.logaddexp(0.0, sharpness * (0.05 - shown)))

            best = minimize(loss, np.r_[angles[i], scores[i]], method="BFGS", options={"maxiter": 60}).x
            if np.isfinite(best).all() and np.abs(best).max() < 1e6:
                yield _rational(best[0], best[1:])


def pursued(law: ExactLaw, region: AttentionRegion, *, above: Callable[[], Fraction], most: Fraction) -> Iterator[dict[str, Any]]:
    r"""Parameters with heads on an arc that get right a given set of samples, or nearly: the likeliest sets, one after another.

    For each set the smallest margin over the set is maximised from several starts, the margin of a sample being the distance of
    the log-odds of P from those that are asked. It may grow without limit as scores do, or as the head nears an end of the arc.

    Parameters
    ----------
    law, region
        The samples, and an arc that is not cut.
    above, most
        Sets of a probability above the one, which may grow, and not above the other.
    """
    margins = _ArcMargins(law, region)
    points = ndtri(qmc.Sobol(margins.forms.shape[-1] + 2, scramble=False).random(2 * _POINTS)[1:])
    largest = np.sqrt(np.mean(margins.forms**2)) + 1e-300
    starts = np.c_[3 * points[:, 0], (np.exp(1.5 * points[:, 1]) / largest)[:, None] * points[:, 2:]]
    found = margins(starts)
    for wanted in islice(_likely_sets(law, above(), among=region.hopeful), _PURSUED):
        asked = [i for i in wanted if region.demands[i] != "any"]
        if not above() < law.weight(frozenset(wanted)) <= most:
            continue
        for start in starts[np.argsort(-found[:, asked].min(axis=1))[:_STARTS]]:
            place = start
            for sharpness in (10.0, 100.0):
                place = minimize(margins.loss, place, args=(asked, sharpness), jac=True, method="BFGS", options={"maxiter": 80}).x
            if np.abs(place).max() < _FARTHEST:
                yield margins.rational(place)


class _ArcMargins:
    r"""Distances of the log-odds of P from those that samples ask, for arrays of parameters (log-odds of the place, scores)."""

    def __init__(self, law: ExactLaw, region: AttentionRegion) -> None:
        self.arc = region.arc
        self.share = float(region.relevant_rows)
        self.bias = float(np.log(float(law.zeta / (1 - law.zeta))))
        pairs = [region.forms(s) for s in law.samples]
        self.forms = np.array([[[float(x) for x in pair[j]] for pair in pairs] for j in (0, 1)])
        self.signs = np.array([1.0 if region.demands[i] == "more" else -1.0 for i in range(len(law.samples))])
        ends = [[[abs(float(x)) for x in self.arc.signed(s, end)] for s in law.samples] for end in (self.arc.start, self.arc.end)]
        self.ends = np.array(ends)  # end, sample, token

    def __call__(self, x: Array) -> Array:
        r"""One row for each row of parameters, one column for each sample."""
        return self._parts(x)[0]

    def loss(self, x: Array, asked: list[int], sharpness: float) -> tuple[float, Array]:
        r"""A smooth bound on minus the smallest margin, one that is enough among them, and its gradient."""
        values, by_place, by_a, by_b = (part[0, asked] for part in self._parts(x[None]))
        values = np.r_[values, _ENOUGH]
        weights = softmax(-sharpness * values)[:-1]
        by_scores = (weights * by_a) @ self.forms[0, asked] + (weights * by_b) @ self.forms[1, asked]
        return float(logsumexp(-sharpness * values) / sharpness), -np.r_[weights @ by_place, by_scores]

    def rational(self, x: Array) -> dict[str, Any]:
        r"""The parameters in rationals, the place on the arc exact near both ends."""
        near = Fraction(float(expit(-abs(x[0]))))
        scores = tuple(Fraction(float(y)).limit_denominator(10**5) for y in x[1:])
        return {"head": self.arc.head(near if x[0] < 0 else 1 - near), "scores": scores}

    def _parts(self, x: Array) -> tuple[Array, Array, Array, Array]:
        r"""Margins and their derivatives by the log-odds of the place, of A and of B."""
        k_u, k_v = (x[:, 1:] @ form.T + self.bias for form in self.forms)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts, ends = np.log([self.share, 1 - self.share]), np.log(self.ends)
            near, far = log_expit(-x[:, :1]), log_expit(x[:, :1])
            sides = [np.logaddexp(near + ends[0, :, j], far + ends[1, :, j]) for j in (0, 1)]
            by_u, by_v = (np.exp(np.minimum(far + ends[1, :, j] - sides[j], 0.0)) for j in (0, 1))
        inside = np.logaddexp(parts[0] + log_expit(k_u), parts[1] + log_expit(k_v))
        outside = np.logaddexp(parts[0] + log_expit(-k_u), parts[1] + log_expit(-k_v))
        by_a, by_b = (np.exp(p + log_expit(k) + log_expit(-k) - inside - outside) for p, k in zip(parts, (k_u, k_v), strict=True))
        margins = inside - outside - sides[1] + sides[0]
        return self.signs * margins, self.signs * (by_u - by_v), self.signs * by_a, self.signs * by_b


def _likely_sets(law: ExactLaw, above: Fraction, among: frozenset[int]) -> Iterator[list[int]]:
    r"""Sets of some samples more probable than `above`, likeliest first among those that leave out as few."""
    for left_out in range(len(among)):
        sets = (among - set(dropped) for dropped in islice(combinations(sorted(among), left_out), 4096))
        yield from (sorted(s) for s in sorted(sets, key=law.weight, reverse=True) if law.weight(s) > above)


def _rational(angle: float, scores: Array) -> dict[str, Any]:
    head = (Fraction(float(np.cos(angle))), Fraction(float(np.sin(angle))))
    rounded = [tuple(x.limit_denominator(10**5) for x in values) for values in (head, map(Fraction, map(float, scores)))]
    return {"head": rounded[0], "scores": rounded[1]}
