r"""The error under an endless prompt: the noise token with the largest score decides, or none does."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import log_ndtr, ndtr

from theory.context.population._labelled_attention import prompt_geometry
from theory.model import ContextualModel, ParameterError, Prompt, refuse_beyond

__all__ = ["endless_error"]

_NODES = 400  # Gauss–Legendre; half of them are off by 5e-13
_HIGHEST = 12.0  # a score that no token exceeds
_LEVEL = 1e-14  # slant against spread below which a right angle is meant


def endless_error(model: ContextualModel, direction: Prompt) -> float:
    r"""Error, as τ → ∞, of the head along e2, the part of w_* orthogonal to q_*.

    .. math:: \mathcal E(\infty) = \sum_{y = \pm1} P(y) \int_{R_y}^\infty Q\Bigl(
              \frac{y\, e_2^Tv\, g}{\sqrt{e_2^T\Sigma^\perp e_2}}\Bigr)\, d\,\Phi(g)^{m'}, \qquad
              R_y = \frac{u^T(q_* + y w_*)}{\sqrt{u^T\Sigma u}},

    since a sample is lost to its noise token of largest score g if `g > R_y`, and certain otherwise.

    Parameters
    ----------
    model
        Without shift, σ > 0, ϱ = 0.
    direction
        θ and φ of the prompt; its strength is not looked at.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        With a shift or with noise on relevant tokens, or if the prompt meets no noise.

    Notes
    -----
    Equation :eq:`eq-context-endless-prompt` of docs/context.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> print(f"{endless_error(model, Prompt(0.0)):.6f} {endless_error(model, Prompt(0.0, 0.5)):.6f}")
    0.374308 0.455774
    """
    refuse_beyond(model, "the endless prompt", {"correlation", "label_prior", "context_noise", "signal_noise"})
    geometry = prompt_geometry(model, replace(direction, strength=1.0))
    if geometry.signal[1] == 0.0:
        return 0.5
    if geometry.score_std == 0.0:
        raise ParameterError("model", "such that an endless prompt meets noise", model)
    slant, spread = float(geometry.along[1]), math.sqrt(max(float(geometry.across[1, 1]), 0.0))
    total = 0.0
    for label, weight in ((-1.0, 1.0 - model.label_prior), (1.0, model.label_prior)):
        level = (geometry.context_score + label * geometry.label_score) / geometry.score_std
        total += weight * _lost_and_wrong(level, model.n_irrelevant, label * slant, spread)
    return total


def _lost_and_wrong(level: float, n_irrelevant: int, slant: float, spread: float) -> float:
    """`∫_R^∞ Q(α g/β) d Φ(g)^{m'}`."""
    if abs(slant) < _LEVEL * spread:
        return -0.5 * math.expm1(n_irrelevant * float(log_ndtr(level)))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    low = max(level, -_HIGHEST)
    half = 0.5 * (max(low, 0.0) + _HIGHEST - low)
    g = low + half * (1.0 + nodes)
    log_density = (n_irrelevant - 1) * log_ndtr(g) - 0.5 * g * g + math.log(n_irrelevant / math.sqrt(2.0 * math.pi))
    return half * float(weights @ (np.exp(log_density) * ndtr(-slant * g / spread)))
