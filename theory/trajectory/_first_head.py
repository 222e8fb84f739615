r"""The head after one step: exactly Gaussian given the labels, hence its alignment and its test error in closed form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, hyp1f1, ndtr

from theory.model import ContextualModel, Interval, ParameterError, Prediction
from theory.numerics import label_mean_rule, negative_inner_product, negative_products, normal_rule
from theory.trajectory._batch_mean import batch_means
from theory.trajectory._sample_atoms import sample_atoms

__all__ = [
    "FirstHead",
    "first_alignment",
    "first_error",
    "first_head",
    "first_outcomes",
    "mean_cosine",
    "settled_count",
]

Floats = NDArray[np.float64]

_LABEL_NODES = 24
r"""Of the mean over the label mean, which is exact for n < 24; where fewer nodes differ all counts are summed."""
_SHIFT_NODES = 10  # of each axis of the mean shift; the change from 8 of them is part of the stated error
_ABS_ERROR = 1e-9  # stated error of what is exact but for quadrature and special functions
_LARGE = float(np.sqrt(2e4))  # length from which the asymptotic series of the mean cosine is taken
_SETTLED = 1.1  # 2π² times it is 21.7: e^-21.7 is below 1e-9
_MOST_POINTS = 400_000  # of a batch's mean that are summed at once
_CORE = "core model, every n, T and d"
_COUNTED = "finite shift, every n, T and d: all counts of labels and shifts"


@dataclass(frozen=True)
class FirstHead:
    r"""w₁ given the label mean ȳ: N(signal + ȳ context, spread² I_d + even + ȳ odd), in the basis (q̂_*, ŵ_⊥, rest).

    Exactly so for the core model, where the two last parts vanish. Under a shift they are the exact covariance of the mean of n
    shifts, whose law is taken as Gaussian.

    Parameters
    ----------
    signal
        Half the difference of the means for y = 1 and y = -1; ηζ w_* for the core model. Shape (2,).
    context
        Half their sum; ηζ q_* for the core model.
    spread
        ην/√n with ν² = (1-ζ)σ²/T.
    even, odd
        Covariance of the part of w₁ that the shifts move, shape (2, 2).
    """

    signal: Floats
    context: Floats
    spread: float
    even: Floats
    odd: Floats

    def drift(self, label_mean: ArrayLike) -> Floats:
        r"""Mean given ȳ, shape (..., 2)."""
        result: Floats = self.signal + np.asarray(label_mean)[..., None] * self.context
        return result

    def scatter(self, label_mean: ArrayLike) -> Floats:
        r"""Covariance that comes from the shifts given ȳ, shape (..., 2, 2)."""
        result: Floats = self.even + np.asarray(label_mean)[..., None, None] * self.odd
        return result


def first_head(model: ContextualModel, *, eta: float, n_samples: float) -> FirstHead:
    r"""The law of w₁ = η mean(yᵢ x̄ᵢ) given the labels, exact at every (n, T, d) for the core model.

    .. math:: w_1 \mid y_1, \dots, y_n \sim N\Bigl(\eta\zeta (w_* + \bar y q_*),\; \eta^2 \frac{(1-\zeta)\sigma^2}{nT} I_d\Bigr)

    Under a shift y x̄ is such a Gaussian around a mean that depends on δ. For the logistic loss put η/2 for η.

    Raises
    ------
    ParameterError
        If η is not positive, or n is not at least 1.

    Notes
    -----
    Equation :eq:`eq-trajectory-first-law` of docs/trajectory.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> round(first_head(model, eta=2.0, n_samples=7).spread, 6)
    0.2
    """
    eta = float(Interval(0, open_lower=True).member("eta", eta))
    n = float(Interval(1, integer=True, closed_at_infinity=True).member("n_samples", n_samples))
    (plus, plus_scatter), (minus, minus_scatter) = (_pooled_mean(model, label) for label in (1.0, -1.0))
    return FirstHead(
        signal=eta * (plus - minus) / 2,
        context=eta * (plus + minus) / 2,
        spread=float(eta * _pooled_noise(model) / np.sqrt(n)),
        even=eta**2 / n * (plus_scatter + minus_scatter) / 2,
        odd=eta**2 / n * (plus_scatter - minus_scatter) / 2,
    )


def mean_cosine(length: float, dim: int) -> float:
    r"""E cos∠(X, μ) for X ~ N(μ, I_p), |μ| = `length`.

    .. math:: \frac{|\mu|}{\sqrt 2}\, \frac{\Gamma(\frac{p+1}{2})}{\Gamma(\frac p2 + 1)}\;
              {}_1F_1\bigl(\tfrac12; \tfrac p2 + 1; -\tfrac{|\mu|^2}{2}\bigr)

    E X/|X| is this times μ/|μ|.

    Notes
    -----
    Equation :eq:`eq-trajectory-first-cosine` of docs/trajectory.md, second line.

    Examples
    --------
    >>> round(mean_cosine(1.3, 3), 6), round(mean_cosine(1e3, 5), 6)
    (0.592884, 0.999998)
    """
    return float(_mean_cosines(np.array([length]), dim)[0])


def first_alignment(model: ContextualModel, *, n_samples: float, debias: bool = False) -> Prediction:
    r"""E cos(w₁, w_*): `mean_cosine` averaged over the binomial label mean and the mean shift.

    With `debias`, of the head without its coordinate along q_*, with the part of w_* orthogonal to q_*.

    Notes
    -----
    Equation :eq:`eq-trajectory-first-cosine` of docs/trajectory.md, at any ρ and under any shift.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print(f"{first_alignment(model, n_samples=500).value:.5f} {first_alignment(model, n_samples=500, debias=True).value:.5f}")
    0.85303 0.86271
    """
    law, kept = first_head(model, eta=1.0, n_samples=n_samples), np.array([float(not debias), 1.0])
    cosines = _cosine_of(model, debias)
    exact = _mixture(model, n_samples, kept, cosines)
    if exact is not None:
        return exact
    total = {}
    for order in (_SHIFT_NODES, _SHIFT_NODES - 2):
        total[order] = 0.0
        for label_mean, weight in zip(*label_mean_rule(n_samples, model.label_prior, _LABEL_NODES), strict=True):
            points, weights = _plane_rule(law.drift(label_mean), law.scatter(label_mean), order)
            total[order] += weight * float(weights @ cosines(points * kept, np.sqrt(n_samples)))
    return _matched(total[_SHIFT_NODES], abs(total[_SHIFT_NODES] - total[_SHIFT_NODES - 2]) + _ABS_ERROR)


def first_error(model: ContextualModel, *, n_samples: float, debias: bool = False) -> Prediction:
    r"""Expected error of sign w₁ᵀx̄ on mean-pooled features: P(X₁ᵀX₂ < 0), averaged over labels and shifts.

    .. math:: X_1 \sim N\Bigl(\frac{\sqrt n\,\zeta}{\nu} (w_* + \bar y q_*), I_d\Bigr), \qquad
              X_2 \sim N\Bigl(\frac{\zeta}{\nu} (w_* + y q_*), I_d\Bigr), \qquad \nu^2 = \frac{(1-\zeta)\sigma^2}{T}

    for the core model. With `debias` the coordinate along q_* is dropped: then both means are along w_* and p = d - 1.

    Raises
    ------
    ParameterError
        If the model has no noise (σ = 0 or m = T).

    Notes
    -----
    Equation :eq:`eq-trajectory-first-error` of docs/trajectory.md; under a shift :eq:`eq-trajectory-anisotropic`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print(f"{first_error(model, n_samples=30).value:.5f} {first_error(model, n_samples=30, debias=True).value:.5f}")
    0.43564 0.42853
    """
    law, kept = first_head(model, eta=1.0, n_samples=n_samples), np.array([float(not debias), 1.0])
    noise = _pooled_noise(model)
    if noise == 0:
        raise ParameterError("noise_std", "positive, with n_relevant < n_tokens", model.noise_std)
    atoms, total = sample_atoms(model), 0.0
    tested = kept * atoms.label[:, None] * atoms.pooled / noise
    if np.isinf(n_samples):
        head = kept * law.drift(2 * model.label_prior - 1)
        tails = ndtr(-tested @ head / np.linalg.norm(head)) if head.any() else np.full(len(tested), 0.5)
        return Prediction(float(atoms.probability @ tails), 1e-9, "exact", "infinite batch", model_error=0.0)
    exact = _mixture(model, n_samples, kept, _error_of(model, debias))
    if exact is not None:
        return exact
    for label_mean, weight in zip(*label_mean_rule(n_samples, model.label_prior, _LABEL_NODES), strict=True):
        trained = kept * law.drift(label_mean) / law.spread
        scatter = kept[:, None] * kept * law.scatter(label_mean) / law.spread**2
        for prior, mean in zip(atoms.probability, tested, strict=True):
            total += weight * prior * negative_inner_product(trained, scatter, mean, model.dim - debias)
    return _matched(total, _ABS_ERROR)


def settled_count(model: ContextualModel, *, debias: bool) -> float:
    r"""n from which the lattice of label counts no longer shows in what is expected of w₁.

    Two kinds of samples move the mean of the batch by |a - a'|/n, the noise of w₁ blurs it by ν/√n: by Poisson's summation
    formula what is left of the lattice is of order exp(-2π² nν²/|a - a'|²), below 1e-9 from here on.
    """
    atoms, kept = sample_atoms(model), np.array([float(not debias), 1.0])
    vectors = kept * atoms.label[:, None] * atoms.pooled
    widest = float(np.linalg.norm(vectors[:, None] - vectors[None], axis=2).max())
    noise = _pooled_noise(model)
    return float(np.ceil(_SETTLED * (widest / noise) ** 2)) if noise > 0 else np.inf


def first_outcomes(model: ContextualModel, goal: str, largest: int, *, debias: bool) -> tuple[NDArray[np.int64], Floats]:
    r"""(n, outcome) for n = 1, …, at most `largest`: "error" or "alignment_w" after the first step, all from one table.

    Fewer counts if there are too many kinds of samples for all of them.
    """
    of, points, weights, counts, total = _FIRST[goal](model, debias), [], [], [], 0
    kept = np.array([float(not debias), 1.0])
    for n in range(1, largest + 1):
        law = batch_means(model, n, kept)
        total += _MOST_POINTS if law is None or law.copies > 1 else len(law.weights)
        if total > _MOST_POINTS or law is None:
            break
        counts.append(n)
        points.append(law.points)
        weights.append(law.weights)
    sizes = [len(part) for part in weights]
    values = of(np.concatenate(points), np.repeat(np.sqrt(counts), sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.array(counts), np.add.reduceat(np.concatenate(weights) * values, starts)


_Outcome = Callable[[Floats, ArrayLike], Floats]
r"""What is expected of w₁ given the mean of the batch in the plane, shape (N, 2), and √n."""


def _mixture(model: ContextualModel, n: float, kept: Floats, outcome: _Outcome) -> Prediction | None:
    r"""E of an outcome over the exact law of the mean of the batch; None where that is not known.

    In the core model only ȳ is random: a Gauss rule for the binomial law will do unless a smaller one differs from it.
    """
    if model.is_core:
        drift, totals = first_head(model, eta=1.0, n_samples=n).drift, []
        for order in (_LABEL_NODES, _LABEL_NODES - 4):
            nodes, weights = label_mean_rule(n, model.label_prior, order)
            totals.append(float(weights @ outcome(kept * drift(nodes), np.sqrt(n))))
        if abs(totals[0] - totals[1]) < _ABS_ERROR or n < _LABEL_NODES:
            return Prediction(totals[0], _ABS_ERROR, "exact", _CORE, model_error=0.0)
    law = batch_means(model, n, kept)
    if law is None:
        return None
    value, error = law.expectation(outcome(law.points, np.sqrt(n)))
    return Prediction(value, error + _ABS_ERROR, "exact", _CORE if model.is_core else _COUNTED, model_error=0.0)


def _error_of(model: ContextualModel, debias: bool) -> _Outcome:
    atoms, noise = sample_atoms(model), _pooled_noise(model)
    tested = np.array([float(not debias), 1.0]) * atoms.label[:, None] * atoms.pooled / noise

    def errors(points: Floats, root: ArrayLike) -> Floats:
        trained = points * np.reshape(root, (-1, 1)) / noise
        energy = ((trained**2).sum(axis=1)[:, None] + (tested**2).sum(axis=1)) / 2
        tails: Floats = negative_products(trained @ tested.T, energy, model.dim - debias) @ atoms.probability
        return tails

    return errors


def _cosine_of(model: ContextualModel, debias: bool) -> _Outcome:
    rho, noise = model.correlation, _pooled_noise(model)
    target = model.signal_norm * np.array([rho * (not debias), np.sqrt(1 - rho**2)])
    if not target.any():
        raise ParameterError("signal_norm", "such that w_* has a part to align with", model.signal_norm)

    def cosines(points: Floats, root: ArrayLike) -> Floats:
        lengths = np.linalg.norm(points, axis=1)
        both = lengths * float(np.linalg.norm(target))
        cosine: Floats = np.divide(points @ target, both, out=np.zeros(len(points)), where=both > 0)
        return cosine if noise == 0 else cosine * _mean_cosines(lengths * root / noise, model.dim - debias)

    return cosines


_FIRST: Mapping[str, Callable[[ContextualModel, bool], _Outcome]] = {"error": _error_of, "alignment_w": _cosine_of}


def _matched(value: float, abs_error: float) -> Prediction:
    return Prediction(float(value), float(abs_error), "matched-moments", "mean of the n shifts taken as Gaussian: O(1/n²) off")


def _plane_rule(mean: Floats, covariance: Floats, order: int) -> tuple[Floats, Floats]:
    r"""Points (K, 2) and weights of a Gauss rule for N(mean, covariance), one node along a direction of no spread."""
    variances, axes = np.linalg.eigh(covariance)
    flat = variances <= 1e-14 * max(float(np.trace(covariance)), 1e-300)  # rounding of a variance that is 0
    rules = [(np.zeros(1), np.ones(1)) if none else normal_rule(order) for none in flat]
    first, second = np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij")
    weights = np.outer(rules[0][1], rules[1][1]).ravel()
    steps = np.stack([first.ravel(), second.ravel()], axis=1) * np.sqrt(np.maximum(variances, 0.0))
    return mean + steps @ axes.T, weights


def _pooled_mean(model: ContextualModel, label: float) -> tuple[Floats, Floats]:
    r"""Mean and covariance over the shift of the noiseless average token given the label."""
    atoms = sample_atoms(model)
    chosen = atoms.label == label
    p, pooled = atoms.probability[chosen] / atoms.probability[chosen].sum(), atoms.pooled[chosen]
    mean: Floats = p @ pooled
    scatter: Floats = (pooled - mean).T @ (p[:, None] * (pooled - mean))
    return mean, scatter


def _pooled_noise(model: ContextualModel) -> float:
    r"""ν = σ √((1-ζ)/T): the standard deviation of every coordinate of the average token."""
    return model.noise_std * float(np.sqrt((1 - model.relevant_fraction) / model.n_tokens))


def _mean_cosines(lengths: Floats, dim: int) -> Floats:
    r"""`mean_cosine` of many lengths; beyond 10⁴ = |μ|²/2 by the asymptotic series, whose next term is below 1e-15 (p/|μ|²)³."""
    half = np.minimum(lengths, _LARGE) ** 2 / 2
    ratio = np.exp(gammaln((dim + 1) / 2) - gammaln(dim / 2 + 1))
    near: Floats = np.minimum(lengths, _LARGE) / np.sqrt(2) * ratio * hyp1f1(0.5, dim / 2 + 1, -half)
    return np.where(lengths < _LARGE, near, _large_mean_cosines(np.maximum(lengths, _LARGE), dim))


def _large_mean_cosines(lengths: Floats, dim: int) -> Floats:
    r"""1F1 at large argument: E cos = 1 - (p-1)/(2μ²) - (p-1)(p-3)·(-1)/(8μ⁴)…, by the terminating ratio of Gamma functions."""
    total, term, half = np.ones_like(lengths), np.ones_like(lengths), lengths**2 / 2
    for k in range(12):
        term = term * (0.5 + k) * (0.5 + k - dim / 2) / ((k + 1) * half)
        total = total + term
    return total
