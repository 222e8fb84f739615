r"""Signal-to-noise ratio κ of one pooled feature, where it is the same for every sample."""

import math

from theory.model import HeadSetting, ParameterError, refuse_beyond

__all__ = ["head_signal", "large_context_scales", "mean_pooling_ratio", "require_known_prompt_model"]

_LARGEST = 700.0  # exponent below which e^x is no overflow


def require_known_prompt_model(setting: HeadSetting) -> None:
    r"""Refuse settings that no formula of this package covers, naming the parameter.

    Raises
    ------
    ParameterError
        Beyond the core in anything but ρ, π and the head; without noise, without irrelevant tokens, or with unbalanced labels
        where the full head could read them off the coordinate along q*.
    """
    model = setting.model
    refuse_beyond(setting, "the formulas of a known prompt", {"correlation", "label_prior", "head"})
    if model.noise_std == 0:
        raise ParameterError("noise_std", "a real number in (0, inf) for the formulas of a known prompt", model.noise_std)
    if model.n_irrelevant == 0:
        domain = f"below n_tokens = {model.n_tokens} for the formulas of a known prompt: else there is no noise"
        raise ParameterError("n_relevant", domain, model.n_relevant)
    if setting.head == "full" and model.label_prior != 0.5:
        raise ParameterError("label_prior", "0.5 for the full head", model.label_prior)


def head_signal(setting: HeadSetting) -> float:
    r"""Length of the part of w* that the head can use: W for the full head, W√(1-ρ²) for the orthogonal one."""
    model = setting.model
    if setting.head == "full":
        return model.signal_norm
    return model.signal_norm * math.sqrt((1 - model.correlation) * (1 + model.correlation))


def mean_pooling_ratio(setting: HeadSetting) -> float:
    r"""κ = ζW/ν at τ = 0, where ν² = (1-ζ)σ²/T is the noise variance of a pooled coordinate."""
    model = setting.model
    zeta = model.relevant_fraction
    return zeta * head_signal(setting) / (model.noise_std * math.sqrt((1 - zeta) / model.n_tokens))


def large_context_scales(setting: HeadSetting) -> tuple[float, float]:
    r"""Limits for T → ∞ of the attention A on relevant tokens, and of A/C, at prompt strength τ.

    .. math::

        A_\infty = \frac{\zeta e^{\tau Q}}{\zeta e^{\tau Q} + (1-\zeta) e^{\sigma^2\tau^2/2}}, \qquad
        \frac{A_\infty}{C_\infty} = \frac{\zeta \sqrt T}{\sqrt{1-\zeta}}\, e^{\tau Q - \sigma^2\tau^2}

    Notes
    -----
    Equation :eq:`eq-head-large-context` of docs/head.md, by the law of large numbers; the moments of e^{στg} are those of a
    lognormal variable. `large_context_error` uses A/C alone, in :eq:`eq-head-kappa`.
    """
    model, tau = setting.model, setting.prompt.strength
    zeta, spread = model.relevant_fraction, model.noise_std * tau
    odds = math.log((1 - zeta) / zeta) + spread**2 / 2 - tau * model.context_norm
    attention = 1 / (1 + math.exp(odds)) if odds < _LARGEST else math.exp(-odds)
    log_ratio = math.log(zeta) + math.log(model.n_tokens / (1 - zeta)) / 2 + tau * model.context_norm - spread**2
    return attention, math.exp(min(log_ratio, _LARGEST))  # beyond e^700 every error underflows to 0
