r"""The error that a given head makes on fresh samples."""

from __future__ import annotations

from scipy.special import ndtr

from theory.context.moments import AttentionLaw, attention_law
from theory.head.convex._trained_direction import FixedPoint
from theory.head.exact import head_signal, mean_pooling_ratio
from theory.head.features import Features, has_mirrored_labels, prompt_frame
from theory.model import HeadSetting

__all__ = ["cubature_error", "error_at_cosine", "fresh_error"]

_ROUNDING = 1e-15  # of a probability that is a sum of Gaussian tails


def fresh_error(setting: HeadSetting, features: Features, head: FixedPoint) -> tuple[float, float]:
    r"""Test error of a head (a, β), and its numerical error as far as the head is exact.

    .. math:: P(y f(x) < 0) = E\,Q\Bigl(\frac{a^Ts}{c\sqrt{a^TMa + \beta^2}}\Bigr)

    With the signal as the only special coordinate, a prompt orthogonal to it and no noise on relevant tokens it is E Q(x A/C)
    for each label, which the contour integral of `theory.context` takes to relative accuracy; else the cubature of the features
    is used.

    Notes
    -----
    Equation :eq:`eq-heads-error` of docs/head_convex.md.
    """
    frame = prompt_frame(setting)
    leans = setting.model.relevant_noise > 0 or frame.score_axis[1] != 0  # then s is no function of A
    if features.names != ("signal",) or leans or frame.score_std == 0 or features.noise.size == 1:
        return cubature_error(features, head), _ROUNDING
    spread = features.spread(head.special, head.across)
    ratio = head.along * frame.signal[1] / (setting.model.noise_std * spread)
    labels = (
        ((1.0, 1.0),)
        if has_mirrored_labels(setting)
        else ((1.0, setting.model.label_prior), (-1.0, 1 - setting.model.label_prior))
    )
    value = error = 0.0
    for label, share in labels:
        law = AttentionLaw(setting.model.n_relevant, setting.model.n_irrelevant, frame.score(label), frame.score_std)
        tail = law.gaussian_tail(abs(ratio))
        value += share * (tail.value if ratio >= 0 else 1 - tail.value)
        error += share * tail.rel_error * tail.value
    return value, error


def cubature_error(features: Features, head: FixedPoint) -> float:
    r"""The same by the cubature of the features alone.

    >>> import numpy as np
    >>> from theory.head import constant_scales
    >>> head = FixedPoint(np.array([0.6]), ("signal",), 0.8, 1.0, 0.0, 0.0, True)
    >>> print(f"{cubature_error(constant_scales(1.5).features, head):.6f}")   # Q(0.9)
    0.184060
    """
    spread = features.spread(head.special, head.across)
    return float(features.weights @ ndtr(-(head.special @ features.special) / (features.noise * spread)))


def error_at_cosine(setting: HeadSetting, cosine: float) -> tuple[float, float]:
    r"""E Q(cos · AW/(σC)) and its numerical error: core data, and a head orthogonal to q* at the given angle to w*."""
    if setting.prompt.strength == 0:
        value = float(ndtr(-cosine * mean_pooling_ratio(setting)))
        return value, _ROUNDING
    scale = head_signal(setting) / setting.model.noise_std
    tail = attention_law(setting.model, setting.prompt.strength).gaussian_tail(cosine * scale)
    return tail.value, tail.rel_error * tail.value
