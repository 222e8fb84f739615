r"""Attention and noise gain of one sample of core data as a short list of scales."""

from __future__ import annotations

from theory.head.exact import require_known_prompt_model
from theory.head.features._features import Scales
from theory.head.features._sample_features import sample_features
from theory.model import HeadSetting, ParameterError

__all__ = ["sample_scales"]


def sample_scales(setting: HeadSetting, resolution: float = 1.0) -> Scales:
    r"""Scales (AW, σC) of core data under a known prompt: `sample_features` where the signal is the only special coordinate.

    Parameters
    ----------
    setting
        Core model with any ρ and π, head orthogonal to q*, no intercept.
    resolution
        Factor on the width of the cells of the cubature.

    Raises
    ------
    ParameterError
        If the setting has other special coordinates, or is not covered at all.

    Examples
    --------
    >>> from theory.context import attention_law
    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> scales = sample_scales(setting)
    >>> exact = attention_law(setting.model, 1.5).moments.gain
    >>> bool(abs(scales.mean(scales.noise**2) / exact - 1) < 1e-3)
    True
    """
    require_known_prompt_model(setting)
    if setting.head != "orthogonal":
        raise ParameterError("head", "orthogonal for scales without other coordinates", setting.head)
    features = sample_features(setting, resolution)
    return Scales(features.special[0], features.noise, features.weights)
