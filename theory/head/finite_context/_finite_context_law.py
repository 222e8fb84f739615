r"""The finite-T law: least squares when attention and noise gain differ from sample to sample."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from theory.context.moments import AttentionLaw, attention_law
from theory.head.exact import expected_error, head_signal, log_limit_error, require_known_prompt_model
from theory.model import HeadSetting, Interval, Prediction
from theory.numerics import bracketed_root

__all__ = ["LearnedDirection", "equivalent_ratio", "finite_context_error", "learned_direction"]

_NO_NOISE = 1e-200  # E C² below which the error, about (σ/W)² E C² at most, is no number to print

_ROUNDING = 1e-12  # relative, of the interpolating direction: of inverse moments

_LOG_RATIOS = (-40.0, 40.0)  # log κ between which κₑ is looked for: below, errors are 1/2, and above, 0

_NEWTON_STEPS = 60  # of a safeguarded iteration; in logarithms it takes a few

_SOLVED = 1e-13  # of a logit, rounding

_AT_INTERPOLATION = 1e-8  # at n = p both limits are 1/2; their ratio is continuous, and taken this far from it


@dataclass(frozen=True)
class LearnedDirection:
    r"""Where the least-squares head points as n, p → ∞ with p/n fixed: α along w*, β orthogonal to it.

    Parameters
    ----------
    along, across
        α and β >= 0, in units of 1/(length of a pooled feature).
    rel_error
        Relative error of the quadratures behind them.
    """

    along: float
    across: float
    rel_error: float

    @property
    def cosine(self) -> float:
        r"""α/√(α² + β²)."""
        return self.along / math.hypot(self.along, self.across) if self.along else 0.0


def finite_context_error(setting: HeadSetting) -> Prediction:
    r"""Expected test error of least squares at prompt strength τ, with random attention and noise gain.

    The law for n, p → ∞ with p/n fixed,

    .. math:: \mathrm{E}\,Q\Bigl(\frac{A\,W\,\alpha}{\sigma C\sqrt{\alpha^2 + \beta^2}}\Bigr),

    carried to finite n by the exact law: κₑ is the constant signal-to-noise ratio that has the same limit, and the prediction
    is the exact expected error at (κₑ, n, p). At τ = 0 this is the exact formula; at n = ∞ the limit itself.

    Parameters
    ----------
    setting
        Core model, ρ = 0, any π and either head. For the full head the coordinate along q* is one of the p coordinates
        without signal.

    Returns
    -------
    Prediction
        `details["limit"]` is the law without the finite-n term, `details["finite_sample_term"]` what the term adds. What both
        leave is for `theory.head.head_error` to say.

    Raises
    ------
    ParameterError
        If the formula does not cover the setting.

    Notes
    -----
    Equation :eq:`eq-head-limit` of docs/head.md, carried to finite n by :eq:`eq-head-term`. What remains is O(1/n) and measured
    there.
    """
    require_known_prompt_model(setting)
    model = setting.model
    law = attention_law(model, setting.prompt.strength)
    scale = head_signal(setting) / model.noise_std
    if scale == 0:
        return Prediction(0.5, 0.0, "finite-context", "no signal", model_error=0.0)
    if math.isinf(setting.n_samples):
        tail = law.gaussian_tail(scale)
        return Prediction(tail.value, tail.rel_error * tail.value, "finite-context", "n = inf", model_error=0.0)
    if law.moments.gain < _NO_NOISE:
        return Prediction(0.0, _NO_NOISE, "finite-context", "attention without noise", model_error=0.0)
    n, p = setting.finite_samples, setting.n_features
    ratio = p / n if p != n else 1 - _AT_INTERPOLATION
    direction = learned_direction(law, head_signal(setting), model.noise_std, ratio)
    limit = law.gaussian_tail(scale * direction.cosine)
    kappa = equivalent_ratio(limit.log_value, ratio)
    value, abs_error = expected_error(kappa, n, p)
    abs_error += (limit.rel_error + direction.rel_error) * value
    term = value - limit.value
    details = {"limit": limit.value, "finite_sample_term": term, "kappa": kappa}
    return Prediction(value, abs_error, "finite-context", "n >= p" if n >= p else "n < p (minimum norm)", details)


def learned_direction(law: AttentionLaw, signal: float, noise_std: float, ratio: float) -> LearnedDirection:
    r"""Limit of the head trained on features A y w* + σ C h with random (A, C), for p/n = γ.

    With b = σ²C² and D = 1 + ξb, where ξ solves E[ξb/D] = γ (γ < 1),

    .. math::

        \alpha = \frac{E[AW/D]}{E[(A^2W^2 + b)/D]}, \qquad
        \beta^2 = \xi\,\frac{E[((1 - \alpha A W)^2 + \alpha^2 b)\, b/D^2]}{E[b/D^2]},

    and for the interpolating head of minimum norm (γ > 1)

    .. math::

        \alpha = \frac{E[AW/b]}{\gamma + E[A^2W^2/b]}, \qquad
        \beta^2 = \frac{E[(1 - \alpha A W)^2/b] + \alpha^2}{\gamma - 1}.

    Parameters
    ----------
    law
        Law of (A, C²).
    signal, noise_std
        W >= 0 (the part the head can use) and σ > 0.
    ratio
        γ >= 0; at γ = 1 the direction across is infinitely long and α/β = 0.

    Notes
    -----
    Equations :eq:`eq-head-alpha` (γ < 1) and :eq:`eq-head-interpolation` (γ > 1) of docs/head.md, by the convex Gaussian min-max
    theorem.
    """
    gamma = float(Interval(0).member("ratio", ratio))
    if gamma == 0:
        return LearnedDirection(1.0, 0.0, 0.0)
    if gamma == 1:
        return LearnedDirection(0.0, 1.0, 0.0)
    return _regression(law, signal, noise_std, gamma) if gamma < 1 else _interpolation(law, signal, noise_std, gamma)


def equivalent_ratio(target: float, ratio: float) -> float:
    r"""κₑ: the constant signal-to-noise ratio whose limit error at γ = ratio has the given logarithm.

    Notes
    -----
    Equation :eq:`eq-head-constant-limit` of docs/head.md, solved for κ.
    """

    def gap(log_kappa: float) -> float:
        return log_limit_error(math.exp(log_kappa), ratio) - target

    return math.exp(bracketed_root(gap, *_LOG_RATIOS, xtol=1e-14, rtol=1e-14))  # rounding


def _regression(law: AttentionLaw, signal: float, noise_std: float, gamma: float) -> LearnedDirection:
    kappa = _effective_ridge(law, gamma)
    moments = law.resolvent(kappa)
    variance = noise_std**2
    scale = signal**2 * moments.mass[2] + variance * moments.gain
    along = signal * moments.mass[1] / scale
    gap = (variance * moments.gain - signal**2 * moments.mixed) / scale
    residual = _squared_residual(gap, moments.noise_gain) + along**2 * variance * moments.gain_squared
    return LearnedDirection(along, math.sqrt(kappa / variance * residual / moments.mass_gain[0]), moments.rel_error)


def _interpolation(law: AttentionLaw, signal: float, noise_std: float, gamma: float) -> LearnedDirection:
    parts = [part / noise_std**2 for part in law.inverse_gain_parts]
    scale = gamma + signal**2 * parts[0]
    along = signal * (parts[0] + parts[1]) / scale
    gap = (gamma - signal**2 * parts[1]) / scale
    residual = _squared_residual(gap, parts)
    return LearnedDirection(along, math.sqrt((residual + along**2) / (gamma - 1)), _ROUNDING)


def _squared_residual(gap: float, parts: Sequence[float]) -> float:
    r"""Mean of (1 - αAW)² = (gap·A + B)², gap = 1 - αW and B = 1 - A: no cancellation as the attention A tends to 1.

    `parts` are the means of A², AB and B².
    """
    return gap**2 * parts[0] + 2 * gap * parts[1] + parts[2]


def _effective_ridge(law: AttentionLaw, gamma: float) -> float:
    r"""κ = ξσ² with E[κc/(1 + κc)] = γ, c = C², by Newton's method on logit against log κ.

    The logit of the mean of κc/(1 + κc) is increasing and, in log κ, has slope at most 1; where c is constant it is a
    straight line, and one step is exact. Starting below the root, the steps are safeguarded by a bracket.
    """
    target = math.log(gamma / (1 - gamma))
    log_kappa = target - math.log(law.moments.gain)  # Jensen: a lower end for the root
    low, high = log_kappa - 1e-9, math.inf  # 1e-9: where c is constant the root is there, up to rounding
    for _ in range(_NEWTON_STEPS):
        moments = law.resolvent(math.exp(log_kappa))
        level = math.exp(log_kappa) * moments.gain
        slope_part = moments.mass_gain[0] * math.exp(log_kappa)  # E[κc/(1+κc)²]
        rest = moments.mass[0]  # E[1/(1+κc)] = 1 - level, without cancellation
        gap = math.log(level / rest) - target
        if abs(gap) < _SOLVED:
            break
        low, high = (log_kappa, high) if gap < 0 else (low, log_kappa)
        step = log_kappa - gap * level * rest / slope_part
        if not low < step < high:
            step = (low + high) / 2
        if abs(step - log_kappa) < 1e-14 * max(1.0, abs(log_kappa)):
            break
        log_kappa = step
    return math.exp(log_kappa)
