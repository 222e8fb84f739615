r"""What "near-optimal" is measured against: Bayes under a uniform prior, and an information bound for every method."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.model import ContextualModel, Interval, refuse_beyond
from theory.numerics import log_integral
from theory.trajectory._sample_complexity import sample_complexity

__all__ = ["NearOptimality", "direction_information", "information_bound", "near_optimality"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NearOptimality:
    r"""Samples needed for an expected cosine, by the steps and by the best that pooled features allow.

    Parameters
    ----------
    head, head_debiased
        By w₁, raw and debiased, for cos with w_*.
    head_bayes
        By any procedure on average tokens, q_* known, the direction of w_* uniform: the posterior mean, which is w₁ debiased.
    head_information
        No procedure on average tokens needs fewer, by mutual information.
    prompt
        By q₁, for cos with q_*.
    prompt_bayes, prompt_information
        The same two bounds for q_*, w_* known. They bind methods that see average tokens only; the prompt's gradient also sees
        the scatter of the tokens, and may need fewer where ζ < 1/2 (equation :eq:`eq-trajectory-fewer` of docs/trajectory.md).
    """

    head: int
    head_debiased: int
    head_bayes: int
    head_information: float
    prompt: int
    prompt_bayes: int
    prompt_information: float


def near_optimality(model: ContextualModel, cosine: float, *, eta: float = 1e-3) -> NearOptimality:
    r"""The table row of one setting: how near near-optimal is.

    The average token is ζ(q_* + y w_*) + noise, symmetric in the roles of (y, w_*) and (1, q_*): the bounds for q_* are those
    for w_* with W and Q exchanged.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> row = near_optimality(model, 0.8)
    >>> row.head_debiased == row.head_bayes, row.head_information < row.head_bayes < row.head < row.prompt
    (True, True)
    """
    information = information_bound(model, cosine)
    swapped = replace(model, signal_norm=model.context_norm, context_norm=model.signal_norm)
    bayes = sample_complexity(model, cosine)
    return NearOptimality(
        head=sample_complexity(model, cosine, debias=False),
        head_debiased=sample_complexity(model, cosine, debias=True),
        head_bayes=bayes,
        head_information=information,
        prompt=sample_complexity(model, cosine, quantity="alignment_q", eta=eta),
        prompt_bayes=sample_complexity(swapped, cosine),
        prompt_information=information_bound(swapped, cosine),
    )


def information_bound(model: ContextualModel, cosine: float) -> float:
    r"""No method that sees the average tokens of fewer samples has expected cosine c with w_*, on average over its direction.

    .. math::

        n \ge \frac{p}{\kappa^2} \Bigl( e^{2 K_p(c)/p} - 1 \Bigr), \qquad p = d - 1, \quad
        \kappa^2 = \frac{\zeta^2W^2T}{(1-\zeta)\sigma^2},

    where K_p(c), `direction_information`, is the least information about a uniform direction that allows an expected cosine c,
    and ½p log(1 + nκ²/p) is the most that n samples carry.

    Notes
    -----
    Equation :eq:`eq-trajectory-information` of docs/trajectory.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print(f"{information_bound(model, 0.8):.1f}")
    303.8
    """
    refuse_beyond(model, "the bounds", {"correlation", "label_prior"})
    zeta, p = model.relevant_fraction, model.dim - 1
    kappa2 = zeta**2 * model.signal_norm**2 * model.n_tokens / ((1 - zeta) * model.noise_std**2)
    return float(p / kappa2 * np.expm1(2 * direction_information(cosine, p) / p))


def direction_information(cosine: float, dim: int) -> float:
    r"""K_p(c) = max_k [k c - log E e^{k t}], t the first coordinate of a uniform point of the sphere in R^p.

    The relative entropy of the von Mises-Fisher law of mean cosine c to the uniform law.

    >>> round(direction_information(0.6, 3), 6)
    0.61688
    """
    c = float(Interval(0, 1, open_lower=True, open_upper=True).member("cosine", cosine))

    def log_moment(k: float, power: float) -> float:
        def log_density(angle: Floats) -> Floats:
            value: Floats = k * (np.cos(angle) - 1) + power * np.log(np.sin(angle))
            return value

        return float(log_integral(log_density, 0.0, np.pi))

    def mean_cosine(k: float) -> float:
        return k / (dim - 1) * float(np.exp(log_moment(k, dim) - log_moment(k, dim - 2)))

    # at the upper end 1 - cos is about (p - 1)/(2k) < 1 - c
    k = float(brentq(lambda k: mean_cosine(k) - c, 1e-9, dim / (1 - c) + dim))
    return k * c - k - log_moment(k, dim - 2) + log_moment(0.0, dim - 2)
