r"""The same experiment straight from tokens: slow, and with nothing in it but the definition."""

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import pooled_tokens
from theory.model import Choice, Interval, KnownPrompt, ParameterError

__all__ = ["token_level_errors"]

Array = NDArray[np.float64]

_RULES = ("least-squares", "averaging", "intercept")


def token_level_errors(
    setting: KnownPrompt,
    *,
    rng: np.random.Generator,
    size: int,
    rule: str = "least-squares",
    n_test: int | None = None,
) -> Array:
    r"""Independent draws in [0, 1] whose mean is the expected test error, with tokens drawn and errors counted.

    Every draw generates n samples token by token, pools them with the prompt, trains a head with `numpy.linalg.lstsq`,
    and counts its errors on `n_test` fresh samples, generated in the same way. It shares neither the pooled shortcut,
    nor the solver, nor the closed-form test error with `simulated_errors`, which it certifies.

    Parameters
    ----------
    setting
        Model, prompt strength τ, finite n and the coordinates of the head.
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
    >>> from theory.model import ContextualModel
    >>> model = ContextualModel(n_tokens=9, n_relevant=4, dim=5, signal_norm=1.3, context_norm=1.1)
    >>> setting = KnownPrompt(model=model, prompt_strength=0.7, n_samples=25)
    >>> token_level_errors(setting, rng=np.random.default_rng(0), size=3, n_test=10).shape
    (3,)
    """
    size = int(Interval(1, integer=True).member("size", size))
    Choice(_RULES).member("rule", rule)
    n = setting.finite_samples
    n_test = int(Interval(1, integer=True).member("n_test", n if n_test is None else n_test))
    return np.array([_counted_error(setting, rule, n, n_test, rng) for _ in range(size)])


def _counted_error(setting: KnownPrompt, rule: str, n: int, n_test: int, rng: np.random.Generator) -> float:
    r"""Share of errors of one trained head on `n_test` fresh samples."""
    balanced = None
    if rule == "intercept":
        if n % 2:
            raise ParameterError("n_samples", "even, for as many samples of either label", n)
        balanced = np.repeat((1.0, -1.0), n // 2)
    features, y = _learner_view(setting, n, rng, balanced)
    weights, intercept = _trained(features, y, rule)
    features, y = _learner_view(setting, n_test, rng, None)
    decision = np.sign(features @ weights + intercept)
    return float(np.mean(1 - decision * y) / 2)


def _learner_view(
    setting: KnownPrompt, size: int, rng: np.random.Generator, given_labels: Array | None
) -> tuple[Array, Array]:
    r"""The coordinates that the head may use, shape (size, p), and the labels."""
    features, y = pooled_tokens(setting.model, setting.prompt_strength, rng=rng, size=size, given_labels=given_labels)
    return features[:, setting.model.dim - setting.n_features :], y


def _trained(features: Array, y: Array, rule: str) -> tuple[Array, float]:
    r"""(w, b) by the textbook."""
    if rule == "averaging":
        return y @ features, 0.0
    centre = features.mean(axis=0) if rule == "intercept" else np.zeros(features.shape[1])
    target = y.mean() if rule == "intercept" else 0.0
    weights = np.linalg.lstsq(features - centre, y - target, rcond=None)[0]
    return weights, float(target - weights @ centre)
