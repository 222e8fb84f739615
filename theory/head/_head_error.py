r"""The expected test error of a trained head: one function for every loss, ridge, head, intercept and prompt."""

import math
from collections.abc import Callable, Mapping

from theory.head._carried_limit import carried_limit_error
from theory.head.convex import trained_head_error
from theory.head.exact import exact_error
from theory.head.finite_context import finite_context_error, large_context_error
from theory.model import FORMULA, HeadSetting, ParameterError, Prediction, refuse_beyond

__all__ = ["FORMULAS", "TRUSTED_DEVIATION", "head_error"]

TRUSTED_DEVIATION = 0.01
r"""Relative deviation from the best formula up to which the large-context formula counts as trusted."""


def head_error(setting: HeadSetting, formula: str = "auto") -> Prediction:
    r"""Expected test error of a head that is trained under a known prompt.

    Parameters
    ----------
    setting
        The data, the prompt, the number of samples n, the kind of head, its loss and ridge.
    formula
        "auto": the best that covers the setting. For least squares also, by name, "exact" (τ = 0), "finite-context" (any τ,
        finite T), "large-context" (limits of A and C for T → ∞).

    Returns
    -------
    Prediction
        For "large-context", `details` say by how much it deviates from the best formula and whether it is `trusted`:
        |relative deviation| <= 1 %.

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
    >>> best.formula, round(best.value, 4), round(large.value, 2), large.details["trusted"]
    ('finite-context', 0.1425, 0.24, False)
    >>> round(head_error(setting.trained_by("logistic", 0.02)).value, 4)
    0.1008
    """
    named = FORMULA.domain.member("formula", formula)
    if named == "auto":
        return _best(setting)
    if not setting.is_least_squares:
        raise ParameterError("formula", "auto unless the loss is squared without ridge", formula)
    return FORMULAS[named](setting)


def _best(setting: HeadSetting) -> Prediction:
    r"""By the limit of any convex loss, and for least squares by the most exact of its formulas that covers the setting."""
    if not setting.is_least_squares:
        return trained_head_error(setting)
    if not _is_of_core_kind(setting):
        return trained_head_error(setting) if math.isinf(setting.n_samples) else carried_limit_error(setting)
    return exact_error(setting) if setting.prompt.strength == 0 else finite_context_error(setting)


def _is_of_core_kind(setting: HeadSetting) -> bool:
    r"""Whether the exact and the finite-T law cover least squares here, one at τ = 0 and the other beyond."""
    covered = {"label_prior", "head"} | ({"correlation"} if setting.prompt.strength == 0 else set())
    try:
        refuse_beyond(setting, "the laws of a known prompt", covered)
    except ParameterError:
        return False
    if setting.head == "orthogonal":
        return True
    plain = setting.model.label_prior == 0.5 and setting.model.correlation == 0
    return plain and setting.n_samples >= setting.model.dim


def _judged_large_context(setting: HeadSetting) -> Prediction:
    large, best = large_context_error(setting), _best(setting)
    if best.value == 0:
        raise ParameterError("prompt_strength", "such that the error is above 1e-300, to judge a formula", best.value)
    deviation = large.value / best.value - 1
    details = {**large.details, "relative_deviation": deviation, "trusted": abs(deviation) <= TRUSTED_DEVIATION}
    return Prediction(large.value, large.abs_error, large.formula, large.regime, details)


FORMULAS: Mapping[str, Callable[[HeadSetting], Prediction]] = {
    "exact": exact_error,
    "finite-context": finite_context_error,
    "large-context": _judged_large_context,
}
r"""Formulas of least squares without a ridge, by the name that asks for one."""
