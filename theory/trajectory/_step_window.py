r"""Step sizes for which the first steps work: closed-form windows for η and γ."""

from dataclasses import dataclass

import numpy as np

from theory.model import ContextualModel, Interval, ParameterError, refuse_beyond
from theory.trajectory._prompt_moments import unconditional_prompt_moments

__all__ = ["StepWindow", "step_window"]


@dataclass(frozen=True)
class StepWindow:
    r"""Windows of the two step sizes at finite n.

    Parameters
    ----------
    largest_eta
        η below which E q₁ points towards q_*; inf if every η does.
    best_eta
        The η at which γ⁻¹ E q̂_*ᵀq₁ is largest; inf if it grows without end.
    best_gamma, largest_gamma
        At the given η: the γ at which the typical signal-to-noise ratio of pooling is largest, and up to which it exceeds that
        of mean pooling.
    strength
        √E|q₁|²/γ at the given η.
    cosine
        E q̂_*ᵀq₁/√E|q₁|².
    """

    largest_eta: float
    best_eta: float
    best_gamma: float
    largest_gamma: float
    strength: float
    cosine: float


def step_window(model: ContextualModel, *, eta: float, n_samples: float) -> StepWindow:
    r"""Windows of (η, γ) for the core model, ρ = 0, balanced labels.

    .. math::

        \frac{E\,\hat q_*^\top q_1}{\gamma} = \alpha\eta - \beta\eta^2, \qquad \eta < \alpha/\beta, \qquad
        \eta_{\mathrm{best}} = \frac{\alpha}{2\beta};

    for n → ∞, α/β = 1/[ζ(ζW² - σ²/T)]. A prompt of length τ at cosine c with q_* multiplies the signal-to-noise ratio of pooling
    by e^{τcQ - σ²τ²} while it does not freeze (T large), so that with τ = γ·strength

    .. math:: \gamma_{\mathrm{best}} = \frac{cQ}{2\sigma^2\,\mathrm{strength}}, \qquad \gamma_{\max} = 2 \gamma_{\mathrm{best}}.

    Parameters
    ----------
    model
        Core model, ρ = 0, π = 1/2.
    eta
        η at which the window of γ is wanted.
    n_samples
        n of both batches, a number or inf.

    Raises
    ------
    ParameterError
        If the model is not of that kind, or η lies outside its window.

    Notes
    -----
    Equations :eq:`eq-trajectory-mean` and :eq:`eq-trajectory-window` of docs/trajectory.md; at n = ∞ the first becomes
    :eq:`eq-trajectory-eta`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=16, dim=40, signal_norm=1.5, context_norm=2.0)
    >>> print(f"{step_window(model, eta=1.0, n_samples=float('inf')).largest_eta:.4f}")  # 1/[ζ(ζW² - σ²/T)]
    7.3143
    """
    refuse_beyond(model, "the window of step sizes")
    eta = float(Interval(0, open_lower=True).member("eta", eta))

    def mean(step: float) -> float:
        moments = unconditional_prompt_moments(model, eta=step, gamma=1.0, n_first=n_samples, n_second=n_samples)
        return float(moments.mean[0])

    one, two = mean(1.0), mean(2.0)
    alpha, beta = 2 * one - two / 2, one - two / 2
    largest = alpha / beta if beta > 0 else np.inf
    if eta >= largest:
        raise ParameterError("eta", f"below {largest:.6g}, where the prompt turns away from q_*", eta)
    moments = unconditional_prompt_moments(model, eta=eta, gamma=1.0, n_first=n_samples, n_second=n_samples)
    strength = float(np.sqrt(moments.mean @ moments.mean + np.trace(moments.covariance)))
    cosine = float(moments.mean[0]) / strength
    best = cosine * model.context_norm / (2 * model.noise_std**2 * strength)
    return StepWindow(float(largest), float(largest) / 2, best, 2 * best, strength, cosine)
