r"""The expected test error by the best formula that applies, or by the one that is named."""

from theory.head.exact import exact_error
from theory.head.finite_context import finite_context_error, large_context_error
from theory.interface import FORMULA
from theory.model import KnownPrompt, ParameterError, Prediction

__all__ = ["TRUSTED_DEVIATION", "head_error"]

TRUSTED_DEVIATION = 0.01
r"""Relative deviation from the finite-T law up to which the large-context formula counts as trusted."""


def head_error(setting: KnownPrompt, formula: str = "auto") -> Prediction:
    r"""Expected test error of a least-squares head under a known prompt.

    Parameters
    ----------
    setting
        The data, the prompt strength τ, the number of samples n and the kind of head.
    formula
        "exact" (τ = 0), "finite-context" (any τ, finite T), "large-context" (limits of A and C for T → ∞), or "auto": exact
        where it applies, else finite-context.

    Returns
    -------
    Prediction
        For "large-context", `details` say by how much it deviates from the best formula and whether it is `trusted`:
        |relative deviation| <= 1 %.

    Raises
    ------
    ParameterError
        If the formula does not cover the setting.

    Examples
    --------
    >>> from theory.model import ContextualModel
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0, noise_std=1.0)
    >>> setting = KnownPrompt(model=model, prompt_strength=1.5, n_samples=120)
    >>> best, large = head_error(setting), head_error(setting, "large-context")
    >>> best.formula, round(best.value, 4), round(large.value, 2), large.details["trusted"]
    ('finite-context', 0.1425, 0.24, False)
    """
    name = FORMULA.domain.member("formula", formula)
    if name == "exact":
        return exact_error(setting)
    if name == "finite-context":
        return finite_context_error(setting)
    if name == "large-context":
        return _judged(large_context_error(setting), _best(setting))
    return _best(setting)


def _best(setting: KnownPrompt) -> Prediction:
    if setting.prompt_strength == 0 and (setting.head == "orthogonal" or _full_head_is_exact(setting)):
        return exact_error(setting)
    return finite_context_error(setting)


def _full_head_is_exact(setting: KnownPrompt) -> bool:
    model = setting.model
    return model.correlation == 0 and setting.n_samples >= model.dim


def _judged(large: Prediction, best: Prediction) -> Prediction:
    if best.value == 0:
        raise ParameterError("prompt_strength", "such that the error is above 1e-300, to judge a formula", best.value)
    deviation = large.value / best.value - 1
    details = {**large.details, "relative_deviation": deviation, "trusted": abs(deviation) <= TRUSTED_DEVIATION}
    return Prediction(large.value, large.abs_error, large.formula, large.regime, details)
