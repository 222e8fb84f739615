r"""Separability of a training set under a known prompt, as the command line asks for it."""

import math

import numpy as np

from theory.head.features import Features, Scales, prompt_frame, sample_features
from theory.head.separability._finite_probability import bounded_separable_probability, separable_without_signal
from theory.head.separability._threshold import separability_threshold
from theory.model import HeadSetting, ParameterError, Prediction

__all__ = ["separability"]

_FINITE = 2000  # the largest n that `separable_probability` takes
_ROUNDING = 1e-13  # of the threshold, where both cubatures agree
_PER_SAMPLE = 2e-6  # what the cubature of attention leaves in the logarithm of a probability, for each sample


def separability(setting: HeadSetting) -> dict[str, Prediction]:
    r"""Probability that n samples can be separated by a head, and the threshold of p/n for n → ∞.

    Parameters
    ----------
    setting
        As for `trained_head_error`; W = 0 is allowed.

    Returns
    -------
    dict with keys
        `threshold` (γ*), `limit` (0 or 1: p/n below or above γ*), and for n <= 2000 `probability`, exact at this n and p
        where the signal is the only special coordinate among those that are trained; with others only where there are at least
        as many isotropic ones as samples, and it is 1. For n = ∞ only the threshold.

    Notes
    -----
    Equations :eq:`eq-heads-threshold` and :eq:`eq-heads-probability` of docs/head_convex.md; :eq:`eq-heads-wendel` without
    signal.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(n_tokens=64, n_relevant=6, dim=6, context_norm=2.0, prompt_strength=1.5, n_samples=12)
    >>> separability(head_setting(**data, signal_norm=0.0))["probability"].value
    0.2744140625
    >>> print(f"{separability(head_setting(**data, signal_norm=0.3))['probability'].value:.4f}")
    0.6865
    """
    setting = setting.with_visible_prompt()
    fine, coarse = sample_features(setting), sample_features(setting, 2.0)
    if not np.all(np.isfinite(fine.special / fine.noise)):
        domain = "such that attention leaves some noise, for the threshold of separability"
        raise ParameterError("context_norm", domain, setting.model.context_norm)
    threshold, _ = separability_threshold(fine)
    error = abs(threshold - separability_threshold(coarse)[0]) + _ROUNDING
    answers = {"threshold": Prediction(threshold, error, "threshold", "n, p -> inf", model_error=0.0)}
    if math.isinf(setting.n_samples):
        return answers
    n, p = setting.finite_samples, setting.n_features + setting.intercept
    answers["limit"] = Prediction(float(p / n > threshold), 0.0, "threshold", "n, p -> inf at this p/n", model_error=0.0)
    if not _is_plain(setting, fine):
        if n <= _isotropic(setting):
            answers["probability"] = Prediction(
                1.0, 0.0, "independent features", "n at most the number of isotropic coordinates", model_error=0.0
            )
        return answers
    if setting.model.signal_norm == 0:
        answers["probability"] = Prediction(
            separable_without_signal(n, p), 0.0, "Wendel", "no signal, every n and p", model_error=0.0
        )
    elif n <= _FINITE:
        answers["probability"] = _probability(_scales(fine), _scales(coarse), n, p)
    return answers


def _probability(fine: Scales, coarse: Scales, n: int, p: int) -> Prediction:
    r"""With a bound made of the quadrature's, and of what cells of twice the width and finer ones change, as measured."""
    value, error = bounded_separable_probability(fine, n, p)
    if len(fine.weights) > 1 and value < 1.0:
        rough, more = bounded_separable_probability(coarse, n, p)
        error += more + 3.0 * abs(value - rough) + _PER_SAMPLE * n * value * (1.0 - value)
    return Prediction(value, error + 1e-15, "conic Crofton", "every n and p", model_error=0.0)


def _isotropic(setting: HeadSetting) -> int:
    r"""How many coordinates are isotropic noise: more samples than that need not be linearly independent."""
    return setting.n_features - (setting.head == "full") - 1 - int(prompt_frame(setting).prompt[2] != 0)


def _is_plain(setting: HeadSetting, features: Features) -> bool:
    r"""Whether at finite n every trained coordinate but the signal is Gaussian noise, independent of the label."""
    alone = setting.head == "orthogonal" and not setting.intercept and prompt_frame(setting).prompt[2] == 0
    return alone and features.names == ("signal",) and features.gaussian[0, 0] > 0 and bool(np.all(features.special >= 0))


def _scales(features: Features) -> Scales:
    r"""In units in which the noise along the signal is like the rest: signs of margins do not change."""
    return Scales(features.special[0] / math.sqrt(float(features.gaussian[0, 0])), features.noise, features.weights)
