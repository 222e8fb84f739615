r"""Attention under any prompt: its scores, the noise it lets through, and the law of attention given the label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.context.moments import AttentionLaw
from theory.model import ContextualModel, Prompt, refuse_beyond

__all__ = ["LabelledAttention", "PromptGeometry", "labelled_attention", "prompt_geometry"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PromptGeometry:
    r"""What a prompt q = τu sees of the model, in the basis e1 along q_*, e2 along the part of w_* orthogonal to it, e3.

    .. math:: u = (\cos\theta, \sin\theta\cos\varphi, \sin\theta\sin\varphi), \qquad
              z_t = g_t\, \frac{\Sigma u}{\sqrt{u^T\Sigma u}} + z_t^\perp, \qquad g_t = \frac{u^T z_t}{\sqrt{u^T\Sigma u}}

    The noise z_t^⊥ is independent of the scores. A feature pooled with weights a_t is, given the label and the weights,

    .. math:: A\,(q_* + y w_*) + B\, v + C\, N(0, \Sigma^\perp), \qquad
              A = \sum_{t \in R} a_t, \quad B = \sum_{t \notin R} a_t g_t, \quad C^2 = \sum_{t \notin R} a_t^2 .

    Orthogonal to e1, e2, e3 the noise has covariance σ² C² I.

    Parameters
    ----------
    context_score
        τ uᵀq_*.
    label_score
        τ uᵀw_*; a relevant token has the score `context_score + y label_score`.
    score_std
        s = τ √(uᵀΣu), of the score of an irrelevant token.
    context, signal
        q_* and w_*, shape (3,).
    along
        v = Σu/√(uᵀΣu), shape (3,); zero if the prompt meets no noise.
    across
        Σ^⊥ = Σ − v vᵀ, shape (3, 3).
    """

    context_score: float
    label_score: float
    score_std: float
    context: Vector
    signal: Vector
    along: Vector
    across: Vector


def prompt_geometry(model: ContextualModel, prompt: Prompt) -> PromptGeometry:
    r"""Scores and noise of the prompt of length τ at the angle θ to q_* and azimuth φ.

    Parameters
    ----------
    model
        Any; its shift is not looked at.
    prompt
        q.

    Returns
    -------
    PromptGeometry

    Raises
    ------
    ParameterError
        If the prompt needs a third direction where dim = 2.

    Notes
    -----
    Equation :eq:`eq-context-any-prompt` of docs/context.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0, signal_noise=0.5)
    >>> geometry = prompt_geometry(model, Prompt(2.0, math.pi / 2, 0.0))  # along w*
    >>> geometry.label_score, geometry.score_std, geometry.along.round(12)
    (1.0, 1.0, array([0. , 0.5, 0. ]))
    """
    prompt.require_room(model.dim)
    strength, theta, phi = prompt.strength, prompt.angle, prompt.azimuth
    u = np.array([math.cos(theta), math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi)])
    rho = model.correlation
    context = np.array([model.context_norm, 0.0, 0.0])
    signal = model.signal_norm * np.array([rho, math.sqrt(1.0 - rho * rho), 0.0])
    variances = (model.noise_std * np.array([model.context_noise, model.signal_noise, 1.0])) ** 2
    spread = math.sqrt(float(u @ (variances * u)))
    along = variances * u / spread if spread > 0.0 else np.zeros(3)
    return PromptGeometry(
        context_score=strength * float(u @ context),
        label_score=strength * float(u @ signal),
        score_std=strength * spread,
        context=context,
        signal=signal,
        along=along,
        across=np.diag(variances) - np.outer(along, along),
    )


@dataclass(frozen=True)
class LabelledAttention:
    r"""The law of (A, C²): given the label an `AttentionLaw`, and a mixture of the two.

    Parameters
    ----------
    negative, positive
        The laws given y = −1 and y = +1.
    prior
        π, the probability of y = +1.
    """

    negative: AttentionLaw
    positive: AttentionLaw
    prior: float

    @property
    def mixture(self) -> tuple[tuple[float, AttentionLaw], ...]:
        """Probability and law of each label, −1 first; a single law of probability 1 where the label does not matter."""
        if self.negative == self.positive:
            return ((1.0, self.positive),)
        return ((1.0 - self.prior, self.negative), (self.prior, self.positive))


def labelled_attention(model: ContextualModel, prompt: Prompt) -> LabelledAttention:
    r"""The law of (A, C²) given the label: relevant tokens have the score `τ uᵀ(q_* + y w_*)`, irrelevant ones N(0, s²).

    Parameters
    ----------
    model
        Without shift, relevant tokens without noise; any ρ, π, c_q, c_w.
    prompt
        q.

    Returns
    -------
    LabelledAttention

    Raises
    ------
    ParameterError
        With a shift or with noise on relevant tokens.

    Notes
    -----
    Equation :eq:`eq-context-scales` of docs/context.md, with τ uᵀ(q_* + y w_*) for τQ and s for στ.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> laws = labelled_attention(model, Prompt(1.1, math.pi / 4, 0.0))
    >>> print(f"{laws.negative.moments.mass:.6f} {laws.positive.moments.mass:.6f}")
    0.291632 0.395724
    """
    refuse_beyond(model, "the law of attention given the label", {"correlation", "label_prior", "context_noise", "signal_noise"})
    geometry = prompt_geometry(model, prompt)
    negative, positive = (
        AttentionLaw(
            model.n_relevant, model.n_irrelevant, geometry.context_score + label * geometry.label_score, geometry.score_std
        )
        for label in (-1.0, 1.0)
    )
    return LabelledAttention(negative, positive, model.label_prior)
