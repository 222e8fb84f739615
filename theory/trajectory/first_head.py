r"""The head after one step: exactly Gaussian given the labels, hence its alignment and its test error in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, hyp1f1

from theory.model import ContextualModel, Interval, ParameterError
from theory.negative_product import negative_product
from theory.prediction import Prediction
from theory.trajectory.quadratures import label_mean_rule

__all__ = ["FirstHead", "first_alignment", "first_error", "first_head", "mean_cosine"]

Floats = NDArray[np.float64]

_LABEL_NODES = 24


@dataclass(frozen=True)
class FirstHead:
    r"""w₁ given the label mean ȳ is N(signal + ȳ · context, spread² I_d), in the basis (q̂_*, ŵ_⊥, rest); core model.

    Parameters
    ----------
    signal
        ηζ w_*, its two coordinates.
    context
        ηζ q_*.
    spread
        ην/√n with ν² = (1-ζ)σ²/T.
    """

    signal: Floats
    context: Floats
    spread: float


def first_head(model: ContextualModel, *, eta: float, n_samples: float) -> FirstHead:
    r"""The law of w₁ = η mean(yᵢ x̄ᵢ) given the labels, exact at every (n, T, d).

    .. math:: w_1 \mid y_1, \dots, y_n \sim N\Bigl(\eta\zeta (w_* + \bar y q_*),\; \eta^2 \frac{(1-\zeta)\sigma^2}{nT} I_d\Bigr)

    For the logistic loss put η/2 for η.

    Raises
    ------
    ParameterError
        If the model has a shift, η is not positive, or n is not at least 1.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> round(first_head(model, eta=2.0, n_samples=7).spread, 6)
    0.2
    """
    if not model.is_core:
        raise ParameterError("shift", "zero for the exact law of the first head", model.shift)
    eta = float(Interval(0, open_lower=True).member("eta", eta))
    n = float(Interval(1, integer=True, closed_at_infinity=True).member("n_samples", n_samples))
    zeta, rho = model.relevant_fraction, model.correlation
    signal = eta * zeta * model.signal_norm * np.array([rho, np.sqrt(1 - rho**2)])
    context = eta * zeta * model.context_norm * np.array([1.0, 0.0])
    return FirstHead(signal, context, float(eta * _pooled_noise(model) / np.sqrt(n)))


def mean_cosine(length: float, dim: int) -> float:
    r"""E cos∠(X, μ) for X ~ N(μ, I_p), |μ| = `length`.

    .. math:: \frac{|\mu|}{\sqrt 2}\, \frac{\Gamma(\frac{p+1}{2})}{\Gamma(\frac p2 + 1)}\;
              {}_1F_1\bigl(\tfrac12; \tfrac p2 + 1; -\tfrac{|\mu|^2}{2}\bigr)

    E X/|X| is this times μ/|μ|.

    >>> round(mean_cosine(1.3, 3), 6), round(mean_cosine(1e3, 5), 6)
    (0.592884, 0.999998)
    """
    if np.isinf(length):
        return 1.0
    half = length**2 / 2
    if half > 1e4:  # the asymptotic series; its next term is below 1e-15 (p/|μ|²)³
        return _large_mean_cosine(length, dim)
    ratio = np.exp(gammaln((dim + 1) / 2) - gammaln(dim / 2 + 1))
    return float(length / np.sqrt(2) * ratio * hyp1f1(0.5, dim / 2 + 1, -half))


def first_alignment(model: ContextualModel, *, n_samples: float, debias: bool = False) -> Prediction:
    r"""E cos(w₁, w_*): `mean_cosine` averaged over the binomial label mean.

    With `debias`, of the head without its coordinate along q_*, with the part of w_* orthogonal to q_*.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print(f"{first_alignment(model, n_samples=500).value:.5f} {first_alignment(model, n_samples=500, debias=True).value:.5f}")
    0.85303 0.86271
    """
    head = first_head(model, eta=1.0, n_samples=n_samples)
    target = head.signal * [0.0, 1.0] if debias else head.signal
    if not target.any():
        raise ParameterError("signal_norm", "such that w_* has a part to align with", model.signal_norm)
    dim = model.dim - debias
    total = 0.0
    for label_mean, weight in zip(*label_mean_rule(n_samples, model.label_prior, _LABEL_NODES), strict=True):
        mean = target if debias else head.signal + label_mean * head.context
        length = float(np.linalg.norm(mean))
        if length == 0:
            continue
        cosine = float(mean @ target) / (length * float(np.linalg.norm(target)))
        total += weight * cosine * (mean_cosine(length / head.spread, dim) if head.spread > 0 else 1.0)
    return Prediction(total, 1e-9, "exact", "core model, every n, T and d")


def first_error(model: ContextualModel, *, n_samples: float, debias: bool = False) -> Prediction:
    r"""Expected error of sign w₁ᵀx̄ on mean-pooled features: P(X₁ᵀX₂ < 0), averaged over the labels.

    .. math:: X_1 \sim N\Bigl(\frac{\sqrt n\,\zeta}{\nu} (w_* + \bar y q_*), I_d\Bigr), \qquad
              X_2 \sim N\Bigl(\frac{\zeta}{\nu} (w_* + y q_*), I_d\Bigr), \qquad \nu^2 = \frac{(1-\zeta)\sigma^2}{T}

    With `debias` the coordinate along q_* is dropped: then both means are along w_* and p = d - 1.

    Raises
    ------
    ParameterError
        If the model has a shift, or no noise (σ = 0 or m = T).

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print(f"{first_error(model, n_samples=30).value:.5f} {first_error(model, n_samples=30, debias=True).value:.5f}")
    0.43564 0.42853
    """
    head = first_head(model, eta=1.0, n_samples=n_samples)
    noise = _pooled_noise(model)
    if noise == 0:
        raise ParameterError("noise_std", "positive, with n_relevant < n_tokens", model.noise_std)
    if np.isinf(n_samples):
        raise ParameterError("n_samples", "finite here", n_samples)
    kept = np.array([0.0, 1.0]) if debias else np.ones(2)
    signal, context = kept * head.signal / noise, kept * head.context / noise
    total = 0.0
    for label_mean, weight in zip(*label_mean_rule(n_samples, model.label_prior, _LABEL_NODES), strict=True):
        trained = np.sqrt(n_samples) * (signal + label_mean * context)
        for y, prior in ((1.0, model.label_prior), (-1.0, 1 - model.label_prior)):
            tested = signal + y * context
            energy = float(trained @ trained + tested @ tested) / 2
            total += weight * prior * negative_product(float(trained @ tested), energy, model.dim - debias)
    return Prediction(total, 1e-9, "exact", "core model, every n, T and d")


def _pooled_noise(model: ContextualModel) -> float:
    r"""ν = σ √((1-ζ)/T): the standard deviation of every coordinate of the average token."""
    return model.noise_std * float(np.sqrt((1 - model.relevant_fraction) / model.n_tokens))


def _large_mean_cosine(length: float, dim: int) -> float:
    r"""1F1 at large argument: E cos = 1 - (p-1)/(2μ²) - (p-1)(p-3)·(-1)/(8μ⁴)…, by the terminating ratio of Gamma functions."""
    total, term, half = 1.0, 1.0, length**2 / 2
    for k in range(12):
        term *= (0.5 + k) * (0.5 + k - dim / 2) / ((k + 1) * half)
        total += term
    return total
