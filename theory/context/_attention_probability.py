r"""How likely it is that attention, its signal-to-noise ratio or its noise gain falls below a number, under any prompt."""

from __future__ import annotations

import math

from theory.context._attention_distribution import mass_distribution, signal_distribution
from theory.context.gain import noise_gain_distribution
from theory.context.moments import AttentionLaw
from theory.context.population import labelled_attention
from theory.model import STATISTIC, ContextualModel, ParameterError, Prediction, Prompt

__all__ = ["attention_probability"]

_ROUNDING = 1e-16  # absolute, of a probability


def attention_probability(model: ContextualModel, prompt: Prompt, of: str, at: float) -> Prediction:
    r"""`P(A < x)`, `P(A/C < x)` or `P(C² < x)` of one sample, exactly at every T; a mixture over the label where it matters.

    Parameters
    ----------
    model
        Without shift, σ > 0, T > m, relevant tokens without noise.
    prompt
        q, τ > 0.
    of
        `relevant-mass` for A, `signal-to-noise` for A/C (in units of W/σ), `noise-gain` for C².
    at
        x > 0, below 1 for A and C².

    Returns
    -------
    Prediction
        With the probability `above` x among the details.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain, attention is not random, or the law of C² is not resolved
        (see `noise_gain_distribution`).

    Notes
    -----
    Equation :eq:`eq-context-laws` of docs/context.md; for C² :eq:`eq-context-gain-law` and :eq:`eq-context-dominating`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> for of, at in (("relevant-mass", 0.44), ("noise-gain", 0.017)):
    ...     print(f"{attention_probability(model, Prompt(1.1), of, at).value:.6f}")
    0.492304
    0.606932
    """
    STATISTIC.domain.member("of", of)
    if not (0.0 < at < (math.inf if of == "signal-to-noise" else 1.0)):
        raise ParameterError("at", "positive and finite" if of == "signal-to-noise" else f"in (0, 1) for {of}", at)
    laws = labelled_attention(model, prompt).mixture
    if model.n_irrelevant == 0:
        raise ParameterError("n_relevant", f"less than n_tokens = {model.n_tokens} for attention to be random", model.n_relevant)
    if laws[0][1].score_std == 0.0:
        name = "prompt_strength" if model.noise_std > 0.0 else "noise_std"
        raise ParameterError(name, "positive for attention to be random", 0.0)
    below = above = error = 0.0
    for weight, law in laws:
        parts = _probabilities(law, of, at)
        below, above, error = (total + weight * part for total, part in zip((below, above, error), parts, strict=True))
    return Prediction(
        below, error, "finite-context", "every T, tau and direction of the prompt", {"above": above}, model_error=0.0
    )


def _probabilities(law: AttentionLaw, of: str, at: float) -> tuple[float, float, float]:
    """Below, above, and the absolute error of both."""
    if of == "noise-gain":
        try:
            gain = noise_gain_distribution(law, at)
        except ArithmeticError as error:
            raise ParameterError("at", "where the law of C² is resolved: above 1/2, or further below it", at) from error
        return gain.below, gain.above, gain.abs_error
    found = mass_distribution(law, at) if of == "relevant-mass" else signal_distribution(law, at)
    smaller = min(found.below, found.above)
    return found.below, found.above, found.rel_error * smaller + _ROUNDING
