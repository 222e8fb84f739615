r"""The expected test error of a trained head: one function for every loss, ridge, head, intercept and prompt."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from theory.head._carried_limit import carried_limit_error
from theory.head.any_loss import FEWEST_CARRIED, any_loss_error, carried_gap_error
from theory.head.any_prompt import FEWEST_SAMPLES, any_prompt_error, limit_model_error
from theory.head.convex import trained_head_error
from theory.head.exact import exact_error
from theory.head.finite_context import finite_context_error, large_context_error
from theory.model import FORMULA, LOSSES, HeadSetting, ParameterError, Prediction, refuse_beyond

__all__ = ["FORMULAS", "head_error"]

_GOOD_ENOUGH = 0.01
r"""Share of the value that the limit may leave before the exact law is asked: half of what counts as trusted."""

_LIMIT = "fixed-point"
_GOOD_ENOUGH_BEYOND = 0.005
r"""The same beyond core data, where what the limit leaves is calibrated at fewer settings."""


def head_error(setting: HeadSetting, formula: str = "auto", precision: float = 1e-3) -> Prediction:
    r"""Expected test error of a head that is trained under a known prompt.

    Parameters
    ----------
    setting
        The data, the prompt, the number of samples n, the kind of head, its loss and ridge.
    formula
        "auto": the quickest of those that are known to 1 %, else the one that leaves least. For least squares also, by name,
        "exact" (every n, p, T and prompt), "finite-context" (n, p → ∞ at finite T, carried to n), "large-context" (limits of A
        and C for T → ∞).
    precision
        Relative error at which the evaluation of the exact law ends; smaller takes longer.

    Returns
    -------
    Prediction
        With |truth - value| <= abs_error + model_error; where nothing is known of what a limit leaves, model_error is ∞. For
        other losses, and with a ridge, "exact" or the limit with a finite-n term; `details` say both. For
        "large-context", `details` say by how much it deviates from the best formula.

    Raises
    ------
    ParameterError
        If no formula, or not the one that is named, covers the setting.

    Notes
    -----
    Equations :eq:`eq-head-cosine` ("exact"), :eq:`eq-head-term` ("finite-context") and :eq:`eq-head-kappa` ("large-context") of
    docs/head.md; beyond them :eq:`eq-heads-error` and, for least squares, :eq:`eq-heads-carried` of docs/head_convex.md.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> best, large = head_error(setting), head_error(setting, "large-context")
    >>> best.formula, round(best.value, 4), round(large.value, 2), best.trusted, large.trusted
    ('finite-context', 0.1425, 0.24, True, False)
    >>> round(head_error(setting.trained_by("logistic", 0.02)).value, 3)
    0.101
    """
    named = FORMULA.domain.member("formula", formula)
    setting = setting.with_visible_prompt()
    if named == "auto":
        return _best(setting, precision)
    if not setting.is_least_squares:
        raise ParameterError("formula", "auto unless the loss is squared without ridge", formula)
    return FORMULAS[named](setting)


def _best(setting: HeadSetting, precision: float = 1e-3) -> Prediction:
    if not setting.is_least_squares:
        return trained_head_error(setting) if math.isinf(setting.n_samples) else _of_any_loss(setting, precision)
    if setting.prompt.strength == 0 and _is_of_core_kind(setting):
        return exact_error(setting)
    if math.isinf(setting.n_samples):
        return _limit(setting)
    enough = _GOOD_ENOUGH if _is_of_core_kind(setting) else _GOOD_ENOUGH_BEYOND
    exact = partial(any_prompt_error, precision=precision)
    return _first_good(setting, (_judged_limit, exact) if setting.n_samples >= FEWEST_SAMPLES else (exact, _judged_limit), enough)


def _of_any_loss(setting: HeadSetting, precision: float) -> Prediction:
    r"""Any other loss, or a ridge: the exact law, and from 100 samples on the limit with what it leaves at fewer samples."""
    if setting.ridge == 0 and LOSSES[setting.loss].vanishing_ridge == "interpolation":
        return trained_head_error(setting)
    formulas = (any_loss_error, carried_gap_error) if setting.n_samples >= FEWEST_CARRIED else (any_loss_error,)
    best = _first_good(setting, [partial(formula, precision=precision) for formula in formulas], _GOOD_ENOUGH)
    if best.formula == _LIMIT:
        return best
    try:
        limit = trained_head_error(setting).value
    except ParameterError:
        return best
    return replace(best, details={**best.details, "limit": limit, "finite_sample_term": best.value - limit})


def _first_good(setting: HeadSetting, formulas: Sequence[Callable[[HeadSetting], Prediction]], enough: float) -> Prediction:
    r"""The first answer whose total error is at most that share of the value, else the one with the smallest."""
    found = []
    for formula in formulas:
        try:
            found.append(formula(setting))
        except ParameterError as refusal:
            refused = refusal
            continue
        if found[-1].total_error <= enough * found[-1].value:
            return found[-1]
    if not found:
        raise refused
    return min(found, key=lambda one: one.total_error)


def _exact(setting: HeadSetting) -> Prediction:
    r"""The closed law of mean pooling where it applies, else the exact law under any prompt."""
    if setting.prompt.strength == 0 and _is_of_core_kind(setting):
        return exact_error(setting)
    return any_prompt_error(setting)


def _limit(setting: HeadSetting) -> Prediction:
    r"""The limit for n, p → ∞, carried to a finite n."""
    if _is_of_core_kind(setting):
        return finite_context_error(setting)
    return trained_head_error(setting) if math.isinf(setting.n_samples) else carried_limit_error(setting)


def _judged_limit(setting: HeadSetting) -> Prediction:
    r"""The limit, with what it leaves at finite n where that is calibrated."""
    limit = _limit(setting)
    if limit.model_error == 0 or setting.n_samples == setting.n_features + setting.intercept:  # there the limit is one-sided
        return limit
    try:
        left = limit_model_error(setting, limit.value, float(limit.details["limit"]))
    except ParameterError:
        left = math.inf
    return replace(limit, model_error=left)


def _judged_large_context(setting: HeadSetting) -> Prediction:
    r"""The large-context formula, with what it leaves by comparison with the best one."""
    large, best = large_context_error(setting), _best(setting)
    if best.value == 0:
        raise ParameterError("prompt_strength", "such that the error is above 1e-300, to judge a formula", best.value)
    deviation = large.value - best.value
    details = {**large.details, "relative_deviation": deviation / best.value}
    return replace(large, details=details, model_error=abs(deviation) + best.total_error)


def _is_of_core_kind(setting: HeadSetting) -> bool:
    r"""Whether the laws of core data cover least squares here: the closed one at τ = 0, and the finite-T law."""
    covered = {"label_prior", "head"} | ({"correlation"} if setting.prompt.strength == 0 else set())
    try:
        refuse_beyond(setting, "the laws of a known prompt", covered)
    except ParameterError:
        return False
    if setting.head == "orthogonal":
        return True
    plain = setting.model.label_prior == 0.5 and setting.model.correlation == 0
    return plain and setting.n_samples >= setting.model.dim


FORMULAS: Mapping[str, Callable[[HeadSetting], Prediction]] = {
    "exact": _exact,
    "finite-context": _judged_limit,
    "large-context": _judged_large_context,
}
r"""Formulas of least squares without a ridge, by the name that asks for one."""
