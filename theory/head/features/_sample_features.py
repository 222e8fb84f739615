r"""The law of a training feature under a known prompt: every prompt, label prior and noise law of the model, either head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from theory.head.features._attention_nodes import AttentionNodes, attention_nodes
from theory.head.features._features import COORDINATES, Features
from theory.model import ContextualModel, HeadSetting, ParameterError, refuse_beyond

__all__ = ["COVERED", "PromptFrame", "has_mirrored_labels", "mirrored_features", "prompt_frame", "sample_features"]

Floats = NDArray[np.float64]

COVERED = frozenset(
    ("correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise", "prompt_angle", "head", "intercept")
)
r"""Parameters in which a setting may leave the core."""

_HEAVIEST_SCORE = 6.0  # standard deviation of scores up to which the cubature has enough nodes: docs/head_convex.md


@dataclass(frozen=True, eq=False)
class PromptFrame:
    r"""What the prompt sees, in the frame e1 along q*, e2 along the part of w* orthogonal to it, e3 along the rest of q.

    Parameters
    ----------
    context, signal
        q* and w*, shape (3,).
    noise
        Standard deviations σD of token noise along the frame, shape (3,).
    score_std
        s, the standard deviation of the score of an irrelevant token.
    score_axis
        u = Dq/|Dq|: given its score noise g, the noise of a token is σD(ug + h), h orthogonal to u; zero where s = 0.
    prompt
        q, shape (3,).
    """

    context: Floats
    signal: Floats
    noise: Floats
    score_std: float
    score_axis: Floats
    prompt: Floats

    def score(self, label: float) -> float:
        r"""μ: the score of a relevant token without noise."""
        return float(self.prompt @ (self.context + label * self.signal))

    @property
    def gaussian(self) -> Floats:
        r"""M σ²: covariance, in the frame, of the noise that is Gaussian given the scores, over C²."""
        return np.outer(self.noise, self.noise) * (np.eye(3) - np.outer(self.score_axis, self.score_axis))


def prompt_frame(setting: HeadSetting) -> PromptFrame:
    r"""The frame of a setting.

    >>> from theory.model import head_setting
    >>> setting = head_setting(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120, rho=0.5, context_noise=0.8)
    >>> frame = prompt_frame(setting)
    >>> round(frame.score(1.0), 6), round(frame.score_std, 6)
    (3.45, 1.2)
    """
    model, theta, phi = setting.model, setting.prompt.angle, setting.prompt.azimuth
    beside = math.sqrt((1 - model.correlation) * (1 + model.correlation))
    noise = model.noise_std * np.array([model.context_noise, model.signal_noise, 1.0])
    sine = math.sin(theta) if theta != math.pi else 0.0
    lean = np.array([math.cos(phi) if phi != math.pi / 2 else 0.0, math.sin(phi) if phi != math.pi else 0.0])
    prompt = setting.prompt.strength * np.array([math.cos(theta), *(sine * lean)])
    score = noise * prompt
    std = float(np.linalg.norm(score))
    axis = score / std if std > 0 else np.zeros(3)
    signal = model.signal_norm * np.array([model.correlation, beside, 0.0])
    return PromptFrame(np.array([model.context_norm, 0.0, 0.0]), signal, noise, std, axis, prompt)


def has_mirrored_labels(setting: HeadSetting) -> bool:
    r"""Whether (y, q*) → (-y, -q*) leaves the law of labels and coordinates alone: π = 1/2, and w* orthogonal to q* and q.

    Then no head gains from the coordinates along q* and the rest of the prompt, or from an intercept: in the limit they have
    weight 0.
    """
    return setting.model.label_prior == 0.5 and float(prompt_frame(setting).signal @ _directions(setting)) == 0


def _directions(setting: HeadSetting) -> Floats:
    r"""Positive where |w*ᵀe1| or |w*ᵀq| is."""
    frame = prompt_frame(setting)
    return np.array([abs(frame.signal[0]), abs(frame.prompt[1]), 0.0]) * np.sign(frame.signal)


def sample_features(setting: HeadSetting, resolution: float = 1.0) -> Features:
    r"""Cubature for the law of yx, x the pooled feature, in the coordinates that the head is trained on.

    .. math:: x = A\,(q_* + y w_*) + \sigma D\,(B u + C h), \qquad h \sim N(0, I - u u^T),

    D the diagonal of noise scales, u = Dq/|Dq|, (A, C, B) as in `attention_nodes` with the score of label y. Special
    coordinates are those along q* (full head), the part of w* orthogonal to it, the rest of the prompt, and the intercept;
    where `has_mirrored_labels`, only the signal.

    Parameters
    ----------
    setting
        No shift, σ > 0, standard deviation of scores at most 6; everything else is covered.
    resolution
        Factor on the width of the cells of the cubature.

    Raises
    ------
    ParameterError
        If the setting is not covered.

    Notes
    -----
    Equation :eq:`eq-heads-features` of docs/head_convex.md with (s, c) from :eq:`eq-heads-pooled`.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> sample_features(head_setting(**data, intercept=True)).names
    ('signal',)
    >>> sample_features(head_setting(**data, intercept=True, pi=0.3, head="full")).names
    ('context', 'signal', 'intercept')
    """
    refuse_beyond(setting, "trained heads", COVERED)
    model, frame = setting.model, prompt_frame(setting)
    _refuse_degenerate(model, frame)
    return _features(setting, resolution, has_mirrored_labels(setting))


def mirrored_features(setting: HeadSetting, resolution: float = 1.0) -> Features:
    r"""Where labels are mirrored: the same given y = 1, with the odd coordinates, whose limiting weights are 0, kept."""
    sample_features(setting, resolution)
    if not has_mirrored_labels(setting):
        raise ParameterError("label_prior", "0.5, with w* orthogonal to q* and q, for mirrored labels", setting.model.label_prior)
    return _features(setting, resolution, False)


def _refuse_degenerate(model: ContextualModel, frame: PromptFrame) -> None:
    if model.noise_std == 0:
        raise ParameterError("noise_std", "a real number in (0, inf) for trained heads", model.noise_std)
    if model.n_irrelevant == 0 and model.relevant_noise == 0:
        domain = f"below n_tokens = {model.n_tokens} for trained heads: else there is no noise"
        raise ParameterError("n_relevant", domain, model.n_relevant)
    if frame.score_std * max(1.0, model.relevant_noise) > _HEAVIEST_SCORE:
        domain = f"such that scores have a standard deviation of at most {_HEAVIEST_SCORE:g}"
        raise ParameterError("prompt_strength", domain, float(np.linalg.norm(frame.prompt)))


@lru_cache(maxsize=256)
def _features(setting: HeadSetting, resolution: float, signal_alone: bool) -> Features:
    frame = prompt_frame(setting)
    columns = _columns(setting, frame, signal_alone)
    prior = setting.model.label_prior
    parts = [(1.0, 1.0)] if has_mirrored_labels(setting) else [(1.0, prior), (-1.0, 1.0 - prior)]
    given = [(_nodes(setting.model, frame, y, resolution), y, share) for y, share in parts]
    special = [_folded(frame, nodes, y)[columns] for nodes, y, _ in given]
    if len(given) == 2 and given[0][0] is given[1][0] and np.array_equal(special[0], special[1]):
        given, special = [(given[0][0], 1.0, 1.0)], special[:1]
    gaussian = np.zeros((4, 4))
    gaussian[:3, :3] = frame.gaussian
    sigma = setting.model.noise_std
    return Features(
        special=np.concatenate(special, axis=1),
        noise=sigma * np.concatenate([nodes.gain for nodes, _, _ in given]),
        weights=np.concatenate([share * nodes.weights for nodes, _, share in given]),
        gaussian=gaussian[np.ix_(columns, columns)] / sigma**2,
        penalised=np.array([name != "intercept" for name in COORDINATES])[columns],
        names=tuple(COORDINATES[column] for column in columns),
        label=np.concatenate([np.full(nodes.weights.shape, y) for nodes, y, _ in given]) if len(given) == 2 else None,
    )


def _columns(setting: HeadSetting, frame: PromptFrame, signal_alone: bool) -> list[int]:
    r"""Special coordinates, as positions in `COORDINATES`."""
    if signal_alone:
        return [1]
    present = (setting.head == "full", True, frame.prompt[2] != 0, setting.intercept)
    return [column for column, there in enumerate(present) if there]


def _nodes(model: ContextualModel, frame: PromptFrame, label: float, resolution: float) -> AttentionNodes:
    score = frame.score(label)
    return attention_nodes(model.n_relevant, model.n_irrelevant, score, frame.score_std, model.relevant_noise, resolution)


def _folded(frame: PromptFrame, nodes: AttentionNodes, label: float) -> Floats:
    r"""y times the coordinates of a feature that are not Gaussian given the scores, and the constant: shape (4, N)."""
    centre = np.outer(frame.context + label * frame.signal, nodes.mass)
    drift = np.outer(frame.noise * frame.score_axis, nodes.drift)
    return label * np.vstack([centre + drift, np.ones_like(nodes.mass)])
