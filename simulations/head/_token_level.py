r"""The same experiment straight from tokens: slow, and with nothing in it but the definition."""

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import pooled_tokens
from theory.model import Choice, HeadSetting, Interval, ParameterError

__all__ = ["token_level_errors"]

Array = NDArray[np.float64]

_FEATURE_NUMBERS = 1_000_000
r"""Pooled coordinates that are held at once."""
_CENTRED_RANK = 1e-12
r"""Singular values of a centred design below this share of the largest are the zero that centring leaves."""
_RULES = ("least-squares", "averaging", "intercept")


def token_level_errors(
    setting: HeadSetting,
    *,
    rng: np.random.Generator,
    size: int,
    rule: str = "least-squares",
    n_test: int | None = None,
) -> Array:
    r"""Independent draws in [0, 1] whose mean is the expected test error, with tokens drawn and errors counted.

    Every draw generates n samples token by token, pools them with the prompt, trains a head with `numpy.linalg.pinv`,
    and counts its errors on `n_test` fresh samples, generated in the same way. It shares neither the pooled shortcut,
    nor the solver, nor the closed-form test error with `simulated_errors`, which it certifies.

    Parameters
    ----------
    setting
        Model, prompt, finite n, the coordinates of the head, and whether "least-squares" trains an intercept.
    rng
        Source of randomness.
    size
        Number of draws.
    rule
        "least-squares", "averaging" or "intercept", as in `simulated_errors`.
    n_test
        Test samples per trained head, by default n.

    Returns
    -------
    array
        Shape (size,); multiples of 1/(2 n_test), a tie being half an error.

    Raises
    ------
    ParameterError
        If an argument lies outside its domain.

    Examples
    --------
    >>> from theory.model import ContextualModel, Prompt
    >>> model = ContextualModel(n_tokens=9, n_relevant=4, dim=5, signal_norm=1.3, context_norm=1.1)
    >>> setting = HeadSetting(model=model, prompt=Prompt(0.7), n_samples=25)
    >>> token_level_errors(setting, rng=np.random.default_rng(0), size=3, n_test=10).shape
    (3,)
    """
    size = int(Interval(1, integer=True).member("size", size))
    Choice(_RULES).member("rule", rule)
    n = setting.finite_samples
    n_test = int(Interval(1, integer=True).member("n_test", n if n_test is None else n_test))
    if rule == "intercept" and n % 2:
        raise ParameterError("n_samples", "even, for as many samples of either label", n)
    step = max(1, _FEATURE_NUMBERS // ((n + n_test) * setting.model.dim))
    steps = [min(step, size - start) for start in range(0, size, step)]
    return np.concatenate([_counted_errors(setting, rule, n, n_test, rng, width) for width in steps])


def _counted_errors(setting: HeadSetting, rule: str, n: int, n_test: int, rng: np.random.Generator, size: int) -> Array:
    r"""Shares of errors of `size` trained heads on `n_test` fresh samples each."""
    balanced = np.tile(np.repeat((1.0, -1.0), n // 2), size) if rule == "intercept" else None
    features, y = _learner_view(setting, (size, n), rng, balanced)
    weights, intercept = _trained(features, y, "intercept" if setting.intercept else rule)
    features, y = _learner_view(setting, (size, n_test), rng, None)
    decision = np.sign(np.einsum("bij,bj->bi", features, weights) + intercept[:, None])
    share: Array = np.mean(1 - decision * y, axis=1) / 2
    return share


def _learner_view(
    setting: HeadSetting, shape: tuple[int, int], rng: np.random.Generator, given_labels: Array | None
) -> tuple[Array, Array]:
    r"""The coordinates that the head may use, shape (size, n, p), and the labels, shape (size, n)."""
    model, size = setting.model, shape[0] * shape[1]
    features, y = pooled_tokens(model, setting.prompt, rng=rng, size=size, given_labels=given_labels)
    return features[:, model.dim - setting.n_features :].reshape(*shape, -1), y.reshape(shape)


def _trained(features: Array, y: Array, rule: str) -> tuple[Array, Array]:
    r"""(w, b) by the textbook: the pseudo-inverse of the centred design for the rule "intercept", of the design else."""
    if rule == "averaging":
        return np.einsum("bij,bi->bj", features, y), np.zeros(len(y))
    if rule == "least-squares":
        return np.einsum("bji,bi->bj", np.linalg.pinv(features), y), np.zeros(len(y))
    centre, target = features.mean(axis=1), y.mean(axis=1)
    inverse = np.linalg.pinv(features - centre[:, None], rcond=_CENTRED_RANK)
    weights = np.einsum("bji,bi->bj", inverse, y - target[:, None])
    return weights, target - np.einsum("bj,bj->b", weights, centre)
