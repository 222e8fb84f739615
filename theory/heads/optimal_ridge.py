r"""The best ridge of a loss, and the fundamental limit that no procedure passes."""

import math

from scipy.optimize import minimize_scalar

from theory.head.signal_to_noise import head_signal
from theory.heads.fixed_point import FixedPoint, fixed_point
from theory.heads.losses import LOSSES
from theory.heads.scales import sample_scales
from theory.heads.trained_error import LOSS_NAMES, error_at_cosine
from theory.model import KnownPrompt, ParameterError
from theory.prediction import Prediction

__all__ = ["fundamental_limit", "optimal_ridge"]

_RANGE = (-12.0, 9.0)  # of log λ, in units of the mean squared noise
_GRID = 8


def fundamental_limit(setting: KnownPrompt) -> Prediction:
    r"""Limit for n, p → ∞ of the smallest expected test error of any procedure, w* uniform on its sphere.

    .. math::

        \mathrm{E}\,Q\Bigl(\frac{AW}{\sigma C}\sqrt{\frac{K}{K+\gamma}}\Bigr), \qquad
        K = \frac{W^2}{\sigma^2}\,E\frac{A^2}{C^2}

    It is the error of Σ (Aᵢ/Cᵢ²) yᵢxᵢ, the Bayes rule for a learner that knows every (Aᵢ, Cᵢ); one that does not know them
    does no better. With constant scales this is plain averaging.

    Notes
    -----
    Derived in docs/heads.md.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> round(fundamental_limit(setting).value, 4)
    0.0924
    """
    if math.isinf(setting.n_samples):
        value, error = error_at_cosine(setting, 1.0)
        return Prediction(value, error, "fundamental-limit", "n = inf")
    cosines = []
    for resolution in (1.0, 2.0):
        scales = sample_scales(setting, resolution)
        energy = scales.mean(scales.ratio**2)
        cosines.append(math.sqrt(energy / (energy + setting.n_features / setting.finite_samples)))
    value, error = error_at_cosine(setting, cosines[0])
    error += abs(value - error_at_cosine(setting, cosines[1])[0])
    return Prediction(value, error, "fundamental-limit", "n, p -> inf", {"cosine": cosines[0]})


def optimal_ridge(setting: KnownPrompt, loss: str = "logistic") -> dict[str, Prediction]:
    r"""The ridge λ that minimises the limiting test error, and that error.

    The error falls with the cosine between ŵ and w*, so the cosine is maximised: over a grid of log λ, then between its best
    neighbours. As λ → ∞ every loss becomes averaging, cos = EA W/√((EA W)² + γσ²EC²), which may be the best.

    Returns
    -------
    dict with keys `ridge` (∞ where averaging is best), `error`, and `excess`, the error over the fundamental limit

    Raises
    ------
    ParameterError
        If the loss is max-margin, which has no ridge, or the formula does not cover the setting.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> data = dict(n_tokens=30, n_relevant=5, dim=9, signal_norm=0.8, context_norm=1.4, n_samples=25)
    >>> best = optimal_ridge(known_prompt(**data, prompt_strength=0.0), "hinge")   # constant scales: averaging is Bayes
    >>> best["ridge"].value, round(best["excess"].value, 9)
    (inf, 1.0)
    """
    chosen = LOSSES[LOSS_NAMES.member("loss", loss)]
    if loss == "max-margin":
        raise ParameterError("loss", "a loss with a ridge", loss)
    if head_signal(setting) == 0 or math.isinf(setting.n_samples):
        raise ParameterError("signal_norm", "positive, and n_samples finite, for an optimal ridge", setting.model.signal_norm)
    scales, gamma = sample_scales(setting), setting.n_features / setting.finite_samples
    unit = scales.mean(scales.noise**2)
    heads: dict[float, FixedPoint] = {}

    def loss_of_cosine(log_ridge: float) -> float:
        guess = min(heads.items(), key=lambda item: abs(item[0] - log_ridge))[1] if heads else None
        heads[log_ridge] = fixed_point(scales, chosen, gamma, unit * math.exp(log_ridge), guess)
        return -heads[log_ridge].cosine

    grid = [_RANGE[1] - (_RANGE[1] - _RANGE[0]) * k / (_GRID - 1) for k in range(_GRID)]
    values = [loss_of_cosine(point) for point in grid]
    best = min(range(_GRID), key=values.__getitem__)
    bounds = (grid[min(best + 1, _GRID - 1)], grid[max(best - 1, 0)])
    found = minimize_scalar(loss_of_cosine, bounds=bounds, method="bounded", options={"xatol": 1e-5})
    mean = scales.mean(scales.signal)
    averaging = mean / math.sqrt(mean**2 + gamma * unit)
    cosine, ridge = (averaging, math.inf) if averaging >= -found.fun else (-float(found.fun), unit * math.exp(found.x))
    converged = all(head.converged for head in heads.values())
    value, error = error_at_cosine(setting, cosine)
    limit = fundamental_limit(setting).value
    details = {"converged": converged, "cosine": cosine, "averaging": error_at_cosine(setting, averaging)[0]}
    return {
        "ridge": Prediction(ridge, 1e-2 * ridge if math.isfinite(ridge) else 0.0, "fixed-point", "n, p -> inf", details),
        "error": Prediction(value, error + 1e-6 * value, "fixed-point", "n, p -> inf", details),
        "excess": Prediction(value / limit, 1e-5, "fixed-point", "error over the fundamental limit"),
    }
