r"""The law of one sample as a short list of scales: mean AW and standard deviation σC of its margin along unit heads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.context import AttentionLaw, attention_law
from theory.head.signal_to_noise import head_signal, mean_pooling_ratio, require_known_prompt_model
from theory.heads.noise_sums import noise_sums
from theory.model import KnownPrompt, ParameterError

__all__ = ["Scales", "constant_scales", "sample_scales"]

Floats = NDArray[np.float64]

_HEAVIEST_SCORE = 6.0


@dataclass(frozen=True, eq=False)
class Scales:
    r"""A positive cubature for the joint law of signal and noise of one pooled feature u = a e₁ + c h.

    Parameters
    ----------
    signal
        a = AW, shape (N,).
    noise
        c = σC > 0, shape (N,).
    weights
        Positive, sum 1, shape (N,).
    """

    signal: Floats
    noise: Floats
    weights: Floats

    @property
    def ratio(self) -> Floats:
        r"""κ = AW/(σC), the signal-to-noise ratio of a sample."""
        return self.signal / self.noise

    def mean(self, values: Floats) -> float:
        r"""E f(A, C) from the values of f at the nodes."""
        return float(self.weights @ values)


def constant_scales(kappa: float, noise: float = 1.0) -> Scales:
    r"""One node: every sample has signal-to-noise ratio κ.

    >>> float(constant_scales(1.3, 0.5).signal[0])
    0.65
    """
    return Scales(np.array([kappa * noise]), np.array([noise]), np.ones(1))


def sample_scales(setting: KnownPrompt, resolution: float = 1.0) -> Scales:
    r"""The scales of a known prompt; one node at τ = 0, else the cubature of `noise_sums`.

    Parameters
    ----------
    setting
        Core model, head orthogonal to q*, any π. At τ = 0 any ρ; else ρ = 0.
    resolution
        Factor on the width of the cells of the cubature.

    Raises
    ------
    ParameterError
        If no formula of this package covers the setting: a shift, the full head, ρ ≠ 0 with τ > 0, στ > 6.

    Notes
    -----
    Derived in docs/heads.md.

    Examples
    --------
    >>> from theory.model import known_prompt
    >>> setting = known_prompt(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> scales = sample_scales(setting)
    >>> exact = attention_law(setting.model, 1.5).moments.gain
    >>> bool(abs(scales.mean(scales.noise**2) / exact - 1) < 1e-3)
    True
    """
    require_known_prompt_model(setting)
    if setting.head != "orthogonal":
        domain = "orthogonal for convex losses: the coordinate along q* depends on the attention"
        raise ParameterError("head", domain, setting.head)
    model = setting.model
    if setting.prompt_strength == 0:
        noise = model.noise_std * np.sqrt(model.n_irrelevant) / model.n_tokens
        return constant_scales(mean_pooling_ratio(setting), noise)
    law = attention_law(model, setting.prompt_strength)
    if law.score_std > _HEAVIEST_SCORE:
        domain = f"at most {_HEAVIEST_SCORE:g}/noise_std for convex losses"
        raise ParameterError("prompt_strength", domain, setting.prompt_strength)
    return _random_scales(law, head_signal(setting), model.noise_std, resolution)


@lru_cache(maxsize=256)
def _random_scales(law: AttentionLaw, signal: float, noise_std: float, resolution: float) -> Scales:
    sums = noise_sums(law.n_irrelevant, law.score_std, resolution)
    log_normaliser = np.logaddexp(law.log_a, sums.log_total)
    attention = np.exp(law.log_a - log_normaliser)
    gain = np.exp(sums.log_squares / 2 - log_normaliser)
    return Scales(signal * attention, noise_std * gain, sums.weights)
