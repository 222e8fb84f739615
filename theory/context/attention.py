r"""What a prompt does to one sample: attention on relevant tokens, noise gain, and the error of the population head."""

from __future__ import annotations

import math

from scipy.special import log_ndtr

from theory.context.attention_law import AttentionLaw, attention_law
from theory.model import PARAMETERS, ContextualModel, ParameterError
from theory.prediction import Prediction

__all__ = ["attention", "population_error"]

_FORMULA = "finite-context"
_REGIME = "core data, rho = 0, Gaussian noise; every T, tau"


def attention(model: ContextualModel, prompt_strength: float) -> dict[str, Prediction]:
    r"""Moments of attention and the n = ∞ error for the prompt `q = τ q_*/Q`, exactly at every T.

    .. math:: E A, \quad \sqrt{\mathrm{Var} A}, \quad E C^2, \quad E\,Q(A W / (\sigma C)).

    Parameters
    ----------
    model : core data, ρ = 0, σ > 0.
    prompt_strength : τ ≥ 0.

    Returns
    -------
    dict with keys `relevant_mass`, `relevant_mass_sd`, `noise_gain`, `error`

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain or the model is not core data with ρ = 0.

    Notes
    -----
    Derived in docs/context.md.

    Examples
    --------
    >>> model = ContextualModel(
    ...     n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> numbers = attention(model, 1.1)
    >>> print(f"{numbers['relevant_mass'].value:.6f} {numbers['noise_gain'].value:.7f}")
    0.440554 0.0170173
    """
    law = _law(model, prompt_strength)
    moments = law.moments
    spread = math.sqrt(moments.mass_variance)
    accuracy = moments.rel_error + 1e-13
    noise = min(moments.noise_mass, moments.mass)
    loss = max(1.0, min(noise**2 / spread**2, 10.0 if law.score_std <= 2.5 else math.inf)) if spread > 0.0 else 1.0
    spread_error = 10.0 * accuracy * loss * spread
    if law.score_std == 0.0 or law.n_irrelevant == 0:
        spread, spread_error = 0.0, 0.0
    return {
        "relevant_mass": Prediction(moments.mass, accuracy * moments.mass, _FORMULA, _REGIME),
        "relevant_mass_sd": Prediction(spread, spread_error, _FORMULA, _REGIME),
        "noise_gain": Prediction(moments.gain, accuracy * moments.gain, _FORMULA, _REGIME),
        "error": population_error(model, prompt_strength),
    }


def population_error(model: ContextualModel, prompt_strength: float) -> Prediction:
    r"""Error `E Q(AW/(σC))` of the best head orthogonal to q*, trained on the population; τ = ∞ is allowed.

    .. math:: \lim_{\tau\to\infty} E\,Q\Bigl(\frac{AW}{\sigma C}\Bigr)
              = \tfrac12 \bigl(1 - \Phi(Q/\sigma)^{m'}\bigr) \qquad (Q > 0,\ W > 0).

    Parameters
    ----------
    model : core data, ρ = 0, σ > 0.
    prompt_strength : τ ≥ 0, or inf.

    Returns
    -------
    Prediction

    Notes
    -----
    Derived in docs/context.md. Relative accuracy down to 1e-300.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> print(f"{population_error(model, 2.25).value:.6f} {population_error(model, math.inf).value:.6f}")
    0.289849 0.374308
    """
    if math.isinf(prompt_strength):
        value = _endless_prompt_error(model)
        return Prediction(value, 1e-14 * value, "endless prompt", "tau = inf")
    tail = _law(model, prompt_strength).gaussian_tail(model.signal_norm / model.noise_std)
    return Prediction(tail.value, tail.rel_error * tail.value, _FORMULA, _REGIME + "; n = inf")


def _endless_prompt_error(model: ContextualModel) -> float:
    if model.signal_norm == 0.0:
        return 0.5
    return float(-0.5 * math.expm1(model.n_irrelevant * float(log_ndtr(model.context_norm / model.noise_std))))


def _law(model: ContextualModel, prompt_strength: float) -> AttentionLaw:
    PARAMETERS["prompt_strength"].domain.member("prompt_strength", prompt_strength)
    if model.noise_std == 0.0:
        raise ParameterError("noise_std", "positive for the law of attention", model.noise_std)
    return attention_law(model, prompt_strength)
