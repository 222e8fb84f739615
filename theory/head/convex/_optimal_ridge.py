r"""The best ridge of a loss, and the fundamental limit that no procedure passes."""

import math
from functools import partial

from theory.head.convex._fixed_point import fixed_point
from theory.head.convex._fresh_error import cubature_error, error_at_cosine, fresh_error
from theory.head.convex._losses import CONVEX_LOSSES
from theory.head.convex._trained_direction import FixedPoint
from theory.head.convex._trained_head import sample_ratio
from theory.head.exact import head_signal
from theory.head.features import Features, sample_features, sample_scales
from theory.model import LOSSES, HeadSetting, ParameterError, Prediction, refuse_beyond
from theory.numerics import bounded_minimum

__all__ = ["fundamental_limit", "optimal_ridge"]

_RANGE = (-12.0, 9.0)  # of log λ, in units of the mean squared noise
_GRID = 8  # ridges tried before the search between the best neighbours
_SEARCHED = 1e-5  # tolerance of the search, in log λ
# What is stated; measured where a finer search was made: log λ off by 1e-6, the error, flat there, by 1e-13
_RIDGE_ERROR, _VALUE_ERROR, _EXCESS_ERROR = 1e-2, 1e-6, 1e-5


def fundamental_limit(setting: HeadSetting) -> Prediction:
    r"""Limit for n, p → ∞ of the smallest expected test error of any procedure, w* uniform on its sphere.

    .. math::

        \mathrm{E}\,Q\Bigl(\frac{AW}{\sigma C}\sqrt{\frac{K}{K+\gamma}}\Bigr), \qquad
        K = \frac{W^2}{\sigma^2}\,E\frac{A^2}{C^2}

    It is the error of Σ (Aᵢ/Cᵢ²) yᵢxᵢ, the Bayes rule for a learner that knows every (Aᵢ, Cᵢ); one that does not know them
    does no better. With constant scales this is plain averaging.

    Parameters
    ----------
    setting
        Core model with ρ = 0 (any ρ at τ = 0), head orthogonal to q*, no intercept, any π.

    Notes
    -----
    Equation :eq:`eq-heads-limit` of docs/head_convex.md, γ by `sample_ratio`.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> round(fundamental_limit(setting).value, 4)
    0.0923
    """
    refuse_beyond(setting, "the fundamental limit", {"correlation", "label_prior"})
    if math.isinf(setting.n_samples):
        value, error = error_at_cosine(setting, 1.0)
        return Prediction(value, error, "fundamental-limit", "n = inf")
    cosines = []
    for resolution in (1.0, 2.0):
        scales = sample_scales(setting, resolution)
        energy = scales.mean(scales.ratio**2)
        cosines.append(math.sqrt(energy / (energy + sample_ratio(setting))))
    value, error = error_at_cosine(setting, cosines[0])
    error += abs(value - error_at_cosine(setting, cosines[1])[0])
    return Prediction(value, error, "fundamental-limit", "n, p -> inf", {"cosine": cosines[0]})


def optimal_ridge(setting: HeadSetting) -> dict[str, Prediction]:
    r"""The ridge λ that minimises the limiting test error, and that error.

    The error is minimised over a grid of log λ, then between its best neighbours. As λ → ∞ every loss becomes averaging,
    a = E s and β² = γ E c², which may be the best; with an intercept, which no ridge holds, the grid ends at λ = 8000 E c².

    Parameters
    ----------
    setting
        As for `trained_head_error`, n finite; its ridge is not used.

    Returns
    -------
    dict with keys
        `ridge` (∞ where averaging is best), `error`, and, where `fundamental_limit` covers the setting, `excess`, the error
        over that limit.

    Raises
    ------
    ParameterError
        If the loss is max-margin, which has no ridge, or the formula does not cover the setting.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(n_tokens=30, n_relevant=5, dim=9, signal_norm=0.8, context_norm=1.4, n_samples=25)
    >>> best = optimal_ridge(head_setting(**data, tau=0.0, loss="hinge"))   # constant scales: averaging is Bayes
    >>> best["ridge"].value, round(best["excess"].value, 9)
    (inf, 1.0)
    """
    if LOSSES[setting.loss].vanishing_ridge == "hard-margin":
        raise ParameterError("loss", "a loss with a ridge", setting.loss)
    chosen = CONVEX_LOSSES[setting.loss]
    if head_signal(setting) == 0 or math.isinf(setting.n_samples):
        raise ParameterError("signal_norm", "positive, and n_samples finite, for an optimal ridge", setting.model.signal_norm)
    features, gamma = sample_features(setting), sample_ratio(setting)
    unit = float(features.weights @ features.noise**2)
    heads: dict[float, FixedPoint] = {}

    def trained(log_ridge: float) -> FixedPoint:
        guess = min(heads.items(), key=lambda item: abs(item[0] - log_ridge))[1] if heads else None
        heads[log_ridge] = fixed_point(features, chosen, gamma, unit * math.exp(log_ridge), guess)
        return heads[log_ridge]

    badness = partial(_badness, features)
    grid = [_RANGE[1] - (_RANGE[1] - _RANGE[0]) * k / (_GRID - 1) for k in range(_GRID)]
    values = [badness(trained(point)) for point in grid]
    best = min(range(_GRID), key=values.__getitem__)
    bounds = (grid[min(best + 1, _GRID - 1)], grid[max(best - 1, 0)])
    found = bounded_minimum(lambda point: badness(trained(point)), *bounds, xatol=_SEARCHED)
    head, ridge = trained(float(found.x)), unit * math.exp(found.x)
    averaging = _averaging(features, gamma) if features.penalised.all() else None
    if averaging is not None and badness(averaging) <= found.fun:
        head, ridge = averaging, math.inf
    return _answers(setting, features, head, ridge, averaging, all(one.converged for one in heads.values()))


def _badness(features: Features, head: FixedPoint) -> float:
    r"""Falls and rises with the error: the cosine where it decides, to full accuracy, else the error itself."""
    if not head.converged:
        return 1.0
    return -head.cosine if features.names == ("signal",) and features.gaussian[0, 0] == 1 else cubature_error(features, head)


def _averaging(features: Features, gamma: float) -> FixedPoint:
    special = features.special @ features.weights
    across = math.sqrt(gamma * float(features.weights @ features.noise**2))
    return FixedPoint(special, features.names, across, 0.0, math.nan, 0.0, True)


def _answers(
    setting: HeadSetting, features: Features, head: FixedPoint, ridge: float, averaging: FixedPoint | None, converged: bool
) -> dict[str, Prediction]:
    value, error = fresh_error(setting, features, head)
    details = {"converged": converged, "cosine": head.cosine}
    if averaging is not None:
        details["averaging"] = fresh_error(setting, features, averaging)[0]
    tolerance = _RIDGE_ERROR * ridge if math.isfinite(ridge) else 0.0
    answers = {
        "ridge": Prediction(ridge, tolerance, "fixed-point", "n, p -> inf", details),
        "error": Prediction(value, error + _VALUE_ERROR * value, "fixed-point", "n, p -> inf", details),
    }
    try:
        limit = fundamental_limit(setting).value
    except ParameterError:
        return answers
    answers["excess"] = Prediction(value / limit, _EXCESS_ERROR, "fixed-point", "error over the fundamental limit")
    return answers
