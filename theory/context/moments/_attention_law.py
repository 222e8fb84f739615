r"""The law of attention at finite T under a prompt along the context: one object, cached transforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

from theory.context.lognormal import GaussianTail, gaussian_tail
from theory.context.moments._attention_moments import (
    AttentionMoments,
    attention_moments,
    inverse_gain_moments,
    inverse_gain_parts,
)
from theory.context.moments._resolvent import ResolventMoments, resolvent_moments
from theory.context.moments._scale_moments import WeightGroup, scale_moments
from theory.model import ContextualModel, ParameterError, refuse_beyond

__all__ = ["AttentionLaw", "attention_law"]

_RESOLVED = 2.5  # s beyond which Var C² is not small against (E C²)²


@dataclass(frozen=True)
class AttentionLaw:
    r"""Joint law of the attention A on relevant tokens and the noise gain C².

    .. math:: A = \frac{a}{S}, \quad C^2 = \frac{\sum_{t \le m'} X_t^2}{S^2}, \quad S = a + \sum_{t \le m'} X_t, \quad
              a = m e^{\tau Q}, \; X_t = e^{s g_t}, \; s = \sigma\tau,

    `g_t` independent standard normal.

    Parameters
    ----------
    n_relevant
        m ≥ 1.
    n_irrelevant
        m' ≥ 0; at m' = 0, A = 1 and C = 0.
    context_score
        τQ, any finite number.
    score_std
        s = στ ≥ 0.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-context-scales` of docs/context.md.

    Examples
    --------
    >>> law = AttentionLaw(8, 32, 1.1 * 1.3, 1.1 * 0.7)
    >>> print(f"{law.moments.mass:.6f} {law.moments.gain:.7f}")
    0.440554 0.0170173
    >>> print(f"{law.resolvent(40.0).gain:.10f}")
    0.0099155734
    """

    n_relevant: int
    n_irrelevant: int
    context_score: float
    score_std: float

    def __post_init__(self) -> None:
        if self.n_relevant < 1:
            raise ParameterError("n_relevant", "at least 1", self.n_relevant)
        if self.n_irrelevant < 0:
            raise ParameterError("n_irrelevant", "at least 0", self.n_irrelevant)
        if not math.isfinite(self.context_score):
            raise ParameterError("context_score", "finite", self.context_score)
        if not (math.isfinite(self.score_std) and self.score_std >= 0.0):
            raise ParameterError("score_std", "finite and at least 0", self.score_std)

    @property
    def log_a(self) -> float:
        """`log a = log m + τQ`."""
        return math.log(self.n_relevant) + self.context_score

    @cached_property
    def moments(self) -> AttentionMoments:
        """First and second joint moments of A and C²."""
        if self.n_irrelevant == 0:
            return AttentionMoments(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, rel_error=0.0)
        return attention_moments(self.log_a, self.n_irrelevant, self.score_std)

    @cached_property
    def gain_variance(self) -> float:
        """`Var C²`, from centred tokens where it may be small against the mean."""
        if self.n_irrelevant == 0 or self.score_std == 0.0:
            return 0.0
        if self.score_std > _RESOLVED:
            return self.moments.gain_squared - self.moments.gain**2
        relevant = WeightGroup(self.n_relevant, self.context_score, 0.0, True, 0.0)
        return scale_moments([relevant, WeightGroup(self.n_irrelevant, 0.0, self.score_std, False, 1.0)]).gain_variance

    @cached_property
    def inverse_gain_parts(self) -> tuple[float, float, float]:
        """`E[A²/C²]`, `E[AB/C²]`, `E[B²/C²]`, B = 1 − A; undefined at m' = 0, where C = 0."""
        if self.n_irrelevant == 0:
            raise ParameterError("n_irrelevant", "at least 1 for moments of 1/C²", 0)
        return inverse_gain_parts(self.log_a, self.n_irrelevant, self.score_std)

    @cached_property
    def inverse_gain(self) -> tuple[float, float, float]:
        """`E[A^j / C²]`, j = 0, 1, 2; undefined at m' = 0, where C = 0."""
        if self.n_irrelevant == 0:
            raise ParameterError("n_irrelevant", "at least 1 for moments of 1/C²", 0)
        return inverse_gain_moments(self.log_a, self.n_irrelevant, self.score_std)

    def resolvent(self, kappa: float) -> ResolventMoments:
        """`E[A^j/(1+κC²)]` and relatives at κ ≥ 0; results are remembered."""
        if not (math.isfinite(kappa) and kappa >= 0.0):
            raise ParameterError("kappa", "finite and at least 0", kappa)
        return _resolvent(self, kappa)

    def gaussian_tail(self, scale: float) -> GaussianTail:
        r"""`E Q(x A/C)` for a factor x ≥ 0; with x = W/σ the error of the population head."""
        if not (math.isfinite(scale) and scale >= 0.0):
            raise ParameterError("scale", "finite and at least 0", scale)
        if scale == 0.0:
            return GaussianTail(0.5, 0.0, math.log(0.5))
        if self.n_irrelevant == 0:
            return GaussianTail(0.0, 0.0, -math.inf)
        return gaussian_tail(math.log(scale) + self.log_a, self.n_irrelevant, self.score_std)


def attention_law(model: ContextualModel, prompt_strength: float) -> AttentionLaw:
    r"""The law of attention for the prompt `q = τ q_*/Q` in the core model.

    Parameters
    ----------
    model
        The data; its shift must be zero.
    prompt_strength
        τ ≥ 0.

    Returns
    -------
    AttentionLaw

    Raises
    ------
    ParameterError
        If the model has a shift, or if ρ ≠ 0 while q = τ q*/Q sees the label through w*.
    """
    refuse_beyond(model, "the attention law of the core model", {"label_prior"})
    return AttentionLaw(
        n_relevant=model.n_relevant,
        n_irrelevant=model.n_irrelevant,
        context_score=prompt_strength * model.context_norm,
        score_std=prompt_strength * model.noise_std,
    )


@lru_cache(maxsize=4096)
def _resolvent(law: AttentionLaw, kappa: float) -> ResolventMoments:
    if law.n_irrelevant == 0:
        return ResolventMoments((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 0.0, (0.0, 0.0, 0.0), 0.0, 0.0, rel_error=0.0)
    return resolvent_moments(law.log_a, law.n_irrelevant, law.score_std, kappa)
