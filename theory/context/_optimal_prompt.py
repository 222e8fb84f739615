r"""The best strength of a prompt along the context, and what it gains over mean pooling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, ndtri_exp

from theory.context._attention import population_error
from theory.context.population import endless_error, prompt_geometry
from theory.model import ContextualModel, ParameterError, Prediction, Prompt
from theory.numerics import bounded_minimum

__all__ = ["PromptMinimum", "best_strength", "optimal_prompt"]

_RATIO = 1.3  # of consecutive strengths in the search
_BELOW, _ABOVE = 64.0, 24.0  # the search covers Q/(2σ²)/64 … 24 Q/(2σ²)
_SETTLED = 4.0  # beyond 4 Q/(2σ²) a rising curve ends the search
_TOLERANCE = 1e-5  # of the search, relative to the strength; the error is flat there and off by its square
_RISEN = 1.05  # times the smallest error so far: a curve that is higher and has risen twice is past its minimum
_GAIN_ERROR = 1e-11  # relative, stated for the quotient of two errors
_SMALLEST = 1e-320  # stands for an error of 0, which has no logarithm
_ORDINARY = 1e-10  # error above which the inverse of the Gaussian tail needs no logarithm
_ROUNDING = 1e-14  # of the error under an endless prompt
_FORMULA = ("finite-context", "n = inf, every T")
_ALONG_CONTEXT = Prompt(0.0)  # its strength is not looked at
_OVERFLOW = 53.0  # Q/σ above which e^{Q²/(4σ²)} is no number


@dataclass(frozen=True)
class PromptMinimum:
    """Minimiser and minimum of an error curve."""

    strength: float
    error: float


def best_strength(
    error: Callable[[float], float],
    scale: float,
    limit: float = math.inf,
    *,
    ratio: float = _RATIO,
    tolerance: float = _TOLERANCE,
) -> PromptMinimum:
    r"""The τ that minimises an error curve on `[0, ∞]`.

    The curve is scanned at geometrically spaced τ, then the deepest bracket is refined on the logarithm of the error.

    Parameters
    ----------
    error
        τ ↦ error, positive.
    scale
        A strength of the expected order, for instance Q/(2σ²).
    limit
        The error at τ = ∞ where it is known.
    ratio
        Of consecutive strengths in the scan.
    tolerance
        Of the strength, relative, at which the refinement ends.

    Returns
    -------
    PromptMinimum
        `strength` is 0 or inf if an end is best.

    Examples
    --------
    >>> best = best_strength(lambda tau: 0.3 + (tau - 0.7) ** 2, scale=1.0)
    >>> round(best.strength, 3)
    0.7
    """
    if not (scale > 0.0 and math.isfinite(scale)):
        raise ParameterError("scale", "positive and finite", scale)
    count = math.ceil(math.log(_BELOW * _ABOVE) / math.log(ratio))
    strengths = [0.0, *(scale / _BELOW * ratio**i for i in range(count + 1))]
    values: list[float] = []
    for tau in strengths:
        values.append(error(tau))
        rises = tau > _SETTLED * scale and values[-1] > values[-2] > values[-3] > _RISEN * min(values)
        if rises or values[-1] == 0.0:  # an error that no number is small enough for is not improved
            break
    low = int(np.argmin(values))
    if limit < values[low]:
        return PromptMinimum(math.inf, limit)
    if low == 0:
        return PromptMinimum(0.0, values[0])
    if low == len(values) - 1:
        return PromptMinimum(strengths[low], values[low])
    found = bounded_minimum(
        lambda tau: math.log(max(error(float(tau)), _SMALLEST)),
        strengths[low - 1],
        strengths[low + 1],
        xatol=tolerance * strengths[low],
    )
    tau = float(found.x)
    return PromptMinimum(tau, error(tau))


def optimal_prompt(model: ContextualModel, direction: Prompt = _ALONG_CONTEXT) -> dict[str, Prediction]:
    r"""The prompt strength τ* that minimises the error of the population head at finite T, `E Q(AW/(σC))` at θ = ρ = 0.

    In a large context the signal-to-noise ratio is multiplied by `e^{τ Q cosθ − s²}`, s² = τ² uᵀΣu, at most by
    `e^{(Q cosθ)²/(4 uᵀΣu)}` (ρ = 0): an angle shortens the context, and nothing else where φ = π/2 and the noise is isotropic.

    Parameters
    ----------
    model
        Without shift, ϱ = 0, W, Q, σ > 0, m' ≥ 1.
    direction
        θ and φ of the prompt; its strength is not looked at. The head is the one of `population_error`.

    Returns
    -------
    dict with keys
        `value`, τ*, with details `large_context` = Q cosθ/(2 uᵀΣu), not below 0;
        `error`, the error at τ*, with details `at_zero`, `at_infinity`;
        `gain`, error at τ = 0 over error at τ*, with details `signal_gain` = Q⁻¹(error at τ*)/Q⁻¹(error at 0), which a
        large context would make `large_context`.

    Raises
    ------
    ParameterError
        If there is no signal, no context, no noise or no irrelevant token.

    Notes
    -----
    Equation :eq:`eq-context-error` of docs/context.md, minimised over τ: finite or ∞ by :eq:`eq-context-endless`;
    `large_context` by :eq:`eq-context-large-context`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> best = optimal_prompt(model)
    >>> print(f"{best['value'].value:.2f} {best['error'].value:.4f} {best['gain'].value:.3f}")
    2.18 0.2898 1.513
    >>> print(f"{optimal_prompt(model, Prompt(0.0, 0.5))['gain'].value:.3f}")
    1.243
    """
    for name in ("signal_norm", "context_norm", "noise_std", "n_irrelevant"):
        if not getattr(model, name) > 0:
            raise ParameterError(name, "positive for an optimal prompt", getattr(model, name))
    geometry = prompt_geometry(model, replace(direction, strength=1.0))
    if geometry.score_std == 0.0 or geometry.signal[1] == 0.0:
        raise ParameterError("model", "such that prompt and head meet noise and signal for an optimal prompt", model)
    ratio = max(geometry.context_score, 0.0) / geometry.score_std
    usual = model.context_norm / (2.0 * geometry.score_std**2)
    endless = endless_error(model, direction)

    def error(tau: float) -> Prediction:
        return population_error(model, replace(direction, strength=tau))

    best = best_strength(lambda tau: error(tau).value, usual, endless)
    at_zero = error(0.0)
    at_best = (
        error(best.strength)
        if math.isfinite(best.strength)
        else Prediction(endless, _ROUNDING * endless, *_FORMULA, model_error=0.0)
    )
    flatness = math.sqrt(_TOLERANCE)
    details = {"at_zero": at_zero.value, "at_infinity": endless}
    gain = at_zero.value / at_best.value if at_best.value > 0.0 else math.inf
    gain_error = _GAIN_ERROR * gain if math.isfinite(gain) else 0.0
    usual_gain = math.exp(ratio**2 / 4.0) if ratio < _OVERFLOW else math.inf
    signal = {"signal_gain": _signal_gain(model, at_best.value), "large_context": usual_gain}
    value_error = flatness * best.strength if math.isfinite(best.strength) else 0.0
    if at_best.value == 0.0:  # below every number: so may it be at other strengths
        value_error = math.inf
    large_context = {"large_context": 0.5 * ratio / geometry.score_std}
    return {
        "value": Prediction(best.strength, value_error, *_FORMULA, large_context, model_error=0.0),
        "error": Prediction(at_best.value, at_best.abs_error, *_FORMULA, details, model_error=0.0),
        "gain": Prediction(gain, gain_error, *_FORMULA, signal, model_error=0.0),
    }


def _signal_gain(model: ContextualModel, error: float) -> float:
    """The signal-to-noise ratio that gives the error, over the one of mean pooling."""
    deviation = model.noise_std * model.signal_noise * math.sqrt(model.n_irrelevant)
    signal = model.n_relevant * model.signal_norm * math.sqrt(1.0 - model.correlation**2)
    if error <= 0.0:
        return math.inf
    return float(-(ndtri(error) if error > _ORDINARY else ndtri_exp(math.log(error)))) * deviation / signal
