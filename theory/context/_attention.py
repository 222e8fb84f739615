r"""What a prompt does to one sample: attention on relevant tokens, noise gain, and the error of the population head."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from theory.context.moments import AttentionLaw, WeightGroup, scale_moments
from theory.context.population import (
    given_head_error,
    labelled_attention,
    least_squares_head,
    prompt_geometry,
    quiet_head,
    signal_head,
)
from theory.model import ContextualModel, ParameterError, Prediction, Prompt, refuse_beyond

__all__ = ["attention", "population_error"]

_FORMULA = "finite-context"
_REGIME = "no shift, Gaussian noise; every T, tau and direction of the prompt"
# Factors on the relative error of the moments, set and not derived: of a standard deviation of A, and of one of C²
_SD_LOSS, _GAIN_SD_LOSS = 10.0, 100.0
_SAME = 1e-12  # of a cosine with e2: a quiet head that differs by less is the signal head
_ROUNDING = 1e-13  # added to the truncation error of the moments
_EXPONENT_LOSS = 1e-15  # of the exponent, relative: a few roundings of the score of relevant tokens
_CENTRED = 2.5  # s up to which the variance is taken from centred tokens, which lose at most ten times the digits
_COVERED = ("correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise")


def attention(model: ContextualModel, prompt: Prompt) -> dict[str, Prediction]:
    r"""Moments of attention and the n = ∞ error for any prompt, exactly at every T.

    .. math:: E A, \quad \sqrt{\mathrm{Var} A}, \quad E C^2, \quad \sqrt{\mathrm{Var}\,C^2}, \quad E\,Q(A W / (\sigma C)).

    The last is the error of the head along the part of w_* orthogonal to q_*, as `population_error` states it for any prompt.
    With noise on relevant tokens `C² = Σ_{t∉R} a_t² + ϱ² Σ_{t∈R} a_t²`, a_t the weights.

    Parameters
    ----------
    model
        Without shift, σ > 0.
    prompt
        q; at its default angle `q = τ q_*/Q`.

    Returns
    -------
    dict with keys `relevant_mass`, `relevant_mass_sd`, `noise_gain`, `noise_gain_sd`, `error`
        `error` has as details the errors of the quiet and of the least-squares head where they differ from it.

    Raises
    ------
    ParameterError
        If the model has a shift or no noise, or the prompt needs a third direction where dim = 2.

    Notes
    -----
    Equations :eq:`eq-context-moments`, :eq:`eq-context-gain-variance` and :eq:`eq-context-error` of docs/context.md, for
    each label under the law of :eq:`eq-context-any-prompt`; with noise on relevant tokens
    :eq:`eq-context-group-variance`.

    Examples
    --------
    >>> model = ContextualModel(
    ...     n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> numbers = attention(model, Prompt(1.1))
    >>> print(f"{numbers['relevant_mass'].value:.6f} {numbers['noise_gain'].value:.7f}")
    0.440554 0.0170173
    >>> print(f"{attention(model, Prompt(1.1, math.pi / 3))['relevant_mass'].value:.6f}")
    0.278889
    """
    _require_noise(model)
    parts = _moments(model, prompt)
    mass, mass_sd = _mixed([(p, m.mass) for p, m in parts], [m.mass_sd for _, m in parts])
    gain, gain_sd = _mixed([(p, m.gain) for p, m in parts], [m.gain_sd for _, m in parts])
    return {
        "relevant_mass": Prediction(*mass, _FORMULA, _REGIME, model_error=0.0),
        "relevant_mass_sd": Prediction(*mass_sd, _FORMULA, _REGIME, model_error=0.0),
        "noise_gain": Prediction(*gain, _FORMULA, _REGIME, model_error=0.0),
        "noise_gain_sd": Prediction(*gain_sd, _FORMULA, _REGIME, model_error=0.0),
        "error": _detailed_error(model, prompt),
    }


def population_error(model: ContextualModel, prompt: Prompt) -> Prediction:
    r"""Error of the head along e2, the part of w_* orthogonal to q_*; `endless_error` is its limit τ → ∞.

    Under the prompt `q = τ q_*/Q`, and under any prompt with φ = π/2, it is `E Q(A W √(1-ρ²)/(σ c_w C))`, and no head orthogonal
    to q_* errs less if ρ cos θ = 0 and π = 1/2. At the end

    .. math:: \lim_{\tau\to\infty} E\,Q\Bigl(\frac{AW}{\sigma C}\Bigr)
              = \tfrac12 \bigl(1 - \Phi(Q/\sigma)^{m'}\bigr) \qquad (\theta = \rho = 0,\; Q > 0,\; W > 0).

    Parameters
    ----------
    model
        Without shift, σ > 0.
    prompt
        q.

    Returns
    -------
    Prediction

    Notes
    -----
    Equation :eq:`eq-context-error` of docs/context.md, its end :eq:`eq-context-endless-limit`; :eq:`eq-context-any-head`
    where the head hears the noise along the prompt. Relative accuracy down to 1e-300 where φ = π/2 or θ = 0 and ϱ = 0,
    else absolute 1e-12.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> print(f"{population_error(model, Prompt(2.25)).value:.6f}")
    0.289849
    """
    _require_noise(model)
    return given_head_error(model, prompt, signal_head())


def _detailed_error(model: ContextualModel, prompt: Prompt) -> Prediction:
    error = population_error(model, prompt)
    geometry = prompt_geometry(model, prompt)
    quiet = quiet_head(model, prompt)
    if model.relevant_noise > 0.0 or model.dim == 2 or (quiet[1] > 1.0 - _SAME and geometry.label_score == 0.0):
        return error
    heads = {"quiet_head": quiet, "least_squares_head": least_squares_head(model, prompt)}
    details = {name: given_head_error(model, prompt, head).value for name, head in heads.items()}
    return Prediction(error.value, error.abs_error, error.formula, error.regime, details, model_error=0.0)


@dataclass(frozen=True)
class _Moments:
    """Values with their absolute numerical errors."""

    mass: tuple[float, float]
    mass_sd: tuple[float, float]
    gain: tuple[float, float]
    gain_sd: tuple[float, float]


def _moments(model: ContextualModel, prompt: Prompt) -> list[tuple[float, _Moments]]:
    """Probability and moments of each label; of one label of probability 1 where the label does not matter."""
    if model.relevant_noise == 0.0:
        return [(p, _law_moments(law)) for p, law in labelled_attention(model, prompt).mixture]
    geometry = prompt_geometry(model, prompt)
    labels = ((-1.0, 1.0 - model.label_prior), (1.0, model.label_prior)) if geometry.label_score else ((1.0, 1.0),)
    rho, std = model.relevant_noise, geometry.score_std
    noise = WeightGroup(model.n_irrelevant, 0.0, std, False, 1.0)
    parts = []
    for label, weight in labels:
        score = geometry.context_score + label * geometry.label_score
        relevant = WeightGroup(model.n_relevant, score, rho * std, True, rho * rho)
        parts.append((weight, _group_moments([group for group in (relevant, noise) if group.count > 0])))
    return parts


def _group_moments(groups: Sequence[WeightGroup]) -> _Moments:
    found = scale_moments(groups)
    spreads = [math.sqrt(max(v, 0.0)) for v in (found.mass_variance, found.gain_variance)]
    if all(group.score_std == 0.0 for group in groups):
        spreads = [0.0, 0.0]
    if len(groups) == 1:
        spreads[0] = 0.0
    accuracy = _SD_LOSS * found.rel_error
    values = (found.mass, spreads[0], found.gain, spreads[1])
    return _Moments(*((value, accuracy * value) for value in values))


def _law_moments(law: AttentionLaw) -> _Moments:
    moments = law.moments
    accuracy = moments.rel_error + _ROUNDING + _EXPONENT_LOSS * abs(law.log_a)
    if law.score_std == 0.0 or law.n_irrelevant == 0:
        spread = spread_error = gain_spread = 0.0
    else:
        spread, gain_spread = math.sqrt(moments.mass_variance), math.sqrt(law.gain_variance)
        noise = min(moments.noise_mass, moments.mass)
        loss = max(1.0, min(noise**2 / spread**2, 10.0 if law.score_std <= _CENTRED else math.inf)) if spread > 0.0 else 1.0
        spread_error = _SD_LOSS * accuracy * loss * spread
    return _Moments(
        mass=(min(moments.mass, 1.0), accuracy * moments.mass),
        mass_sd=(spread, spread_error),
        gain=(moments.gain, accuracy * moments.gain),
        gain_sd=(gain_spread, _GAIN_SD_LOSS * accuracy * gain_spread),
    )


def _mixed(
    means: Sequence[tuple[float, tuple[float, float]]], spreads: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Mean and standard deviation of a mixture, each with its error, from probabilities, means and standard deviations."""
    mean = sum(p * value for p, (value, _) in means)
    mean_error = sum(p * error for p, (_, error) in means)
    if len(means) == 1:
        return (mean, mean_error), spreads[0]
    within = sum(p * sd**2 for (p, _), (sd, _) in zip(means, spreads, strict=True))
    gap = means[0][1][0] - means[1][1][0]
    spread = math.sqrt(within + means[0][0] * means[1][0] * gap**2)
    spread_error = sum(error for _, error in spreads) + 2.0 * mean_error
    return (mean, mean_error), (spread, spread_error)


def _require_noise(model: ContextualModel) -> None:
    refuse_beyond(model, "the law of attention", _COVERED)
    if model.noise_std == 0.0:
        raise ParameterError("noise_std", "positive for the law of attention", model.noise_std)
