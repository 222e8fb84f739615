r"""The expected test error of a head trained with any convex loss, for n, p → ∞."""

from __future__ import annotations

import math

from scipy.special import ndtr

from theory.context import attention_law
from theory.head import learned_direction
from theory.head.signal_to_noise import head_signal, mean_pooling_ratio
from theory.heads.fixed_point import FixedPoint, fixed_point
from theory.heads.losses import LOSSES, Loss, Squared
from theory.heads.margins import MarginLaw
from theory.heads.max_margin import max_margin
from theory.heads.scales import Scales, sample_scales
from theory.heads.separability_threshold import separability_threshold
from theory.model import Choice, Interval, KnownPrompt, ParameterError
from theory.prediction import Prediction

__all__ = ["LOSS_NAMES", "error_at_cosine", "trained_head", "trained_head_error"]

LOSS_NAMES = Choice(tuple(LOSSES))

_FORMULA = "fixed-point"
_COARSE = 2.0


def trained_head_error(setting: KnownPrompt, loss: str | Loss = "logistic", ridge: float = 0.0) -> Prediction:
    r"""Limit of the test error of ŵ = argmin (1/n) Σ ℓ(yᵢ wᵀxᵢ) + λ|w|²/2 for n, p → ∞ at p/n fixed, every T and τ.

    .. math:: \mathrm{E}\,Q\Bigl(\frac{AW}{\sigma C}\,\frac{\alpha}{\sqrt{\alpha^2+\beta^2}}\Bigr)

    Parameters
    ----------
    setting
        Core model, head orthogonal to q*, no intercept; any π; ρ ≠ 0 at τ = 0 only.
    loss
        "squared", "logistic", "hinge", "squared-hinge", "max-margin", or a `Loss`.
    ridge
        λ >= 0, in units of (length of a pooled feature)². At λ = 0 the limit λ → 0: where the data are separable, max-margin
        for the hinge, squared hinge and logistic losses, and interpolation of minimum norm for the squared loss.

    Returns
    -------
    Prediction
        `abs_error` compares with a coarser cubature of (A, C). `details`: cosine, along (α), across (β), training_loss,
        training_error, separability_threshold, converged.

    Raises
    ------
    ParameterError
        If the formula does not cover the setting, or the head does not exist (max-margin where data are not separable).

    Notes
    -----
    Derived in docs/heads.md. It is a limit: the distance from the truth at finite n is O(1/n), and measured there.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> [round(trained_head_error(setting, loss).value, 4) for loss in ("squared", "logistic", "max-margin")]
    [0.1435, 0.1555, 0.1555]
    """
    fine = sample_scales(setting)
    if math.isinf(setting.n_samples):
        value, error = error_at_cosine(setting, 1.0)
        return Prediction(value, error, _FORMULA, "n = inf")
    coarse = sample_scales(setting, _COARSE)
    loss = LOSSES[LOSS_NAMES.member("loss", loss)] if isinstance(loss, str) else loss
    rough, _ = _head(setting, coarse, loss, ridge, None)
    head, regime = _head(setting, fine, loss, ridge, rough)
    value, error = error_at_cosine(setting, head.cosine)
    error += abs(value - error_at_cosine(setting, rough.cosine)[0])
    details = {
        "cosine": head.cosine,
        "along": head.along,
        "across": head.across,
        "training_loss": head.loss,
        "separability_threshold": separability_threshold(fine)[0],
        "converged": head.converged,
    }
    if not regime.startswith("ridge -> 0"):
        details["training_error"] = MarginLaw(fine, loss, head).training_error
    return Prediction(value, error, _FORMULA, regime, details)


def trained_head(setting: KnownPrompt, loss: str | Loss, ridge: float = 0.0, resolution: float = 1.0) -> FixedPoint:
    r"""Where the head of `trained_head_error` points: the solution of the fixed-point equations.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=30, m=5, d=9, W=0.8, Q=1.4, tau=0.0, n=25)
    >>> trained_head(setting, "logistic", 0.01).converged
    True
    """
    chosen = LOSSES[LOSS_NAMES.member("loss", loss)] if isinstance(loss, str) else loss
    return _head(setting, sample_scales(setting, resolution), chosen, ridge, None)[0]


def error_at_cosine(setting: KnownPrompt, cosine: float) -> tuple[float, float]:
    r"""E Q(cos · AW/(σC)) and its numerical error: the test error of a head at the given angle to w*."""
    if setting.prompt_strength == 0:
        value = float(ndtr(-cosine * mean_pooling_ratio(setting)))
        return value, 1e-15
    scale = head_signal(setting) / setting.model.noise_std
    tail = attention_law(setting.model, setting.prompt_strength).gaussian_tail(cosine * scale)
    return tail.value, tail.rel_error * tail.value


def _head(setting: KnownPrompt, scales: Scales, loss: Loss, ridge: float, guess: FixedPoint | None) -> tuple[FixedPoint, str]:
    ridge = float(Interval(0).member("ridge", ridge))
    if head_signal(setting) == 0:
        raise ParameterError("signal_norm", "positive for a trained head: else its error is 1/2", 0)
    gamma = setting.n_features / setting.finite_samples
    if loss.name == "max-margin":
        found = max_margin(scales, gamma)
        if found is None:
            threshold = separability_threshold(scales)[0]
            domain = f"below p/{threshold:.4f} for max-margin: beyond, data are not separable"
            raise ParameterError("n_samples", domain, setting.n_samples)
        return found, "max-margin, separable data"
    if ridge > 0:
        return fixed_point(scales, loss, gamma, ridge, guess), "ridge > 0"
    if isinstance(loss, Squared):
        if gamma >= 1:
            return _interpolation(setting, gamma), "ridge -> 0: interpolation of minimum norm"
        return fixed_point(scales, loss, gamma, 0.0, guess), "ridge = 0, n > p"
    found = max_margin(scales, gamma)
    if found is not None:
        return found, "ridge -> 0 on separable data: max-margin"
    return fixed_point(scales, loss, gamma, 0.0, guess), "ridge = 0, data not separable"


def _interpolation(setting: KnownPrompt, gamma: float) -> FixedPoint:
    law = attention_law(setting.model, setting.prompt_strength)
    direction = learned_direction(law, head_signal(setting), setting.model.noise_std, gamma)
    return FixedPoint(direction.along, direction.across, math.inf, 0.0, direction.rel_error, True)
