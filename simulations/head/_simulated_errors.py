r"""The experiment: train a head, and average its conditional test error over fresh scores."""

import math

import numpy as np
from numpy.typing import NDArray

from simulations.head._convex_experiment import convex_errors
from simulations.head._rules import RULES, population_heads
from simulations.head._trained_heads import TrainedHeads, fresh_errors
from theory.model import NO_SHIFT, Choice, HeadSetting, Interval, ParameterError

__all__ = ["simulated_errors"]

Array = NDArray[np.float64]

_CHUNK = 1 << 18
r"""Numbers in the designs of one chunk of trials: two megabytes."""
_CONVEX_TESTS = 16
r"""Test samples of one head, where training costs more than they do."""
_LARGEST = 50_000_000
r"""Numbers that one trial may hold: 400 megabytes."""


def simulated_errors(
    setting: HeadSetting,
    *,
    rng: np.random.Generator,
    size: int,
    rule: str = "trained",
    n_test: int | None = None,
) -> Array:
    r"""Independent draws in [0, 1] whose mean is the expected test error of the trained head.

    .. math::

        \frac{1}{n_{test}} \sum_{j} P(\text{error} \mid \text{head, scores of test sample } j)

    Every draw trains a head on n fresh samples. Its test error is not counted: given the head and the scores of a test
    sample it is a Gaussian tail, averaged over `n_test` fresh test samples and, exactly, over their labels.

    Parameters
    ----------
    setting
        Model, prompt, n (or inf, for least squares), the coordinates of the head, its loss and ridge, and whether an
        intercept is trained.
    rng
        Source of randomness.
    size
        Number of draws.
    rule
        "trained": the head that minimises the setting's loss; instead of it "least-squares", "averaging", or "intercept": least
        squares with an intercept on n/2 samples of either label.
    n_test
        Test samples per trained head, at least 1; any number gives the same mean. By default about n/4 for least squares and 16
        for other losses, near the best use of time.

    Returns
    -------
    array
        Shape (size,).

    Raises
    ------
    ParameterError
        If `rule`, `size` or `n_test` lies outside its domain, n is odd for the rule "intercept", n is infinite where
        the population's head is not known without simulation, or one trial would need more than 400 megabytes.

    Examples
    --------
    >>> from theory.model import ContextualModel, Prompt
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> setting = HeadSetting(model=model, prompt=Prompt(1.5), n_samples=120)
    >>> errors = simulated_errors(setting, rng=np.random.default_rng(0), size=400)
    >>> bool(abs(errors.mean() - 0.142) < 0.004)
    True
    """
    size = int(Interval(1, integer=True).member("size", size))
    Choice(("trained", *RULES)).member("rule", rule)
    if rule == "trained" and not setting.is_least_squares:
        return convex_errors(setting, rng=rng, size=size, n_test=_CONVEX_TESTS if n_test is None else n_test)
    rule = "least-squares" if rule == "trained" else rule
    infinite = math.isinf(setting.n_samples)
    if n_test is None:
        n_test = 1 if infinite or _is_constant(setting) else math.ceil(setting.finite_samples / 4)
    n_test = int(Interval(1, integer=True).member("n_test", n_test))
    step = max(1, _CHUNK // max(_numbers_per_trial(setting, rule), n_test))
    chunks = []
    for start in range(0, size, step):
        width = min(step, size - start)
        heads = _heads(setting, rule, rng, width)
        chunks.append(fresh_errors(setting, heads, rng=rng, n_test=n_test))
    return np.concatenate(chunks)


def _heads(setting: HeadSetting, rule: str, rng: np.random.Generator, size: int) -> TrainedHeads:
    r"""Heads trained on n samples, or on the population."""
    if math.isinf(setting.n_samples):
        return population_heads(setting, rule=rule, size=size)
    return RULES[rule](setting, rng=rng, size=size)


def _is_constant(setting: HeadSetting) -> bool:
    r"""Whether every test sample gives the same conditional error: one is enough."""
    constant_scores = setting.prompt.strength == 0 and setting.head == "orthogonal"
    return constant_scores and setting.model.shift == NO_SHIFT


def _numbers_per_trial(setting: HeadSetting, rule: str) -> int:
    r"""Size of the largest arrays of one trial; `ParameterError` if they do not fit."""
    if math.isinf(setting.n_samples):
        return 1
    n, p = setting.finite_samples, setting.n_features
    numbers = 8 * n + p if rule == "averaging" else n * p + min(n, p) ** 2
    if numbers > _LARGEST:
        domain = f"such that one trial holds at most {_LARGEST:.0e} numbers, here with {p} features"
        raise ParameterError("n_samples", domain, n)
    return numbers
