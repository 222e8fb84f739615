r"""The strength from which on a prompt along the context, free of the label, is right on every sample."""

import math

from theory.model import BoxShift, ContextualModel, FiniteShift, Interval, ParameterError, Prediction

__all__ = ["threshold_strength"]


def threshold_strength(model: ContextualModel) -> Prediction:
    r"""The least Γ such that every larger one makes prompt-attention right on every sample of the noiseless model.

    With q = Γ q̄, q̄ the part of q_* orthogonal to w_*, and w the part of w_* orthogonal to q_*, every sample is right iff

    .. math::

        \Gamma > \Gamma_* = \frac{1}{Q^2 (1-\rho^2)}
        \max_{\delta} \frac{1}{1+\delta_q} \log \frac{(1-\zeta)(|\delta_w| + \delta_y)}{\zeta}

    over the points of the support with |δw| + δy > 0. On a box the maximum is taken over its closure.

    Parameters
    ----------
    model
        δq > −1 on the whole support, |ρ| < 1, W > 0, Q > 0; its noise is ignored.

    Returns
    -------
    Prediction
        Negative if a prompt of strength 0, mean pooling, is already right; −inf if every prompt is. The detail `norm` is
        the length Γ_* ‖q̄‖ of the prompt.

    Raises
    ------
    ParameterError
        If the model lies outside that domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-strength` of docs/expressivity.md; answers contribution 1 of :cite:t:`oymak2023role`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=2, n_relevant=1, dim=3, signal_norm=1, context_norm=1,
    ...                         shift=FiniteShift(((3, 3, 0), (3, -3, 0)), (0.5, 0.5)))
    >>> threshold_strength(model).value == math.log(3) / 4
    True
    """
    Interval(-1, 1, open_lower=True, open_upper=True).member("correlation", model.correlation)
    for name in ("signal_norm", "context_norm"):
        Interval(0, open_lower=True).member(name, getattr(model, name))
    zeta = model.relevant_fraction
    scores = []
    for dq, against in _extremes(model.shift):
        if dq <= -1:
            raise ParameterError("shift", "a law with δq > -1 everywhere", f"δq = {dq:g}")
        if against > 0 and zeta < 1:
            scores.append(math.log((1 - zeta) * against / zeta) / (1 + dq))
    score = max(scores, default=-math.inf)
    reach = model.context_norm**2 * (1 - model.correlation**2)
    error = 0.0 if math.isinf(score) else 1e-14 * abs(score) / reach  # a few roundings
    details = {"norm": score / math.sqrt(reach), "score": score}
    return Prediction(score / reach, error, "threshold-strength", "no noise, δq > −1, |ρ| < 1", details, model_error=0.0)


def _extremes(shift: FiniteShift | BoxShift) -> list[tuple[float, float]]:
    r"""Pairs (δq, |δw| + δy) among which the largest score is attained."""
    if isinstance(shift, FiniteShift):
        return [(dq, abs(dw) + dy) for dq, dw, dy in shift.points]
    against = max(abs(shift.lower[1]), abs(shift.upper[1])) + shift.upper[2]
    return [(shift.lower[0], against), (shift.upper[0], against)]
