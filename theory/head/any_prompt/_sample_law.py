r"""The law of one folded training feature as the exact law needs it: special columns, one scale for all other columns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.any_prompt._points import BLOCKS, Points
from theory.head.any_prompt._scores import HEAVIEST_CUBATURE, Attention, attention_cubature, attention_sample
from theory.head.features import COVERED, PromptFrame, prompt_frame
from theory.model import HeadSetting, ParameterError, refuse_beyond

__all__ = ["SampleLaw", "has_heavy_scores", "refuse_uncovered", "sample_law", "sample_laws"]

Floats = NDArray[np.float64]

_FLOOR = 1e-40
r"""Scales are taken to be at least this share of σ: what is quieter is noiseless to every digit of an error."""

_SATURATED, _REACH = 30.0, 7.0
r"""Scores, and standard deviations of them, from which on noisy relevant tokens may hold all attention to 16 digits."""

_LONGEST = 1e50

_SIGNAL = 1

_HEAVY_NODES = 1024  # of the scores of one block, where they are sampled


@dataclass(frozen=True, eq=False)
class SampleLaw:
    r"""Nodes for a folded feature u = y x = (c, s h), c = special + s F g, in units of σ; g and h standard normal.

    Parameters
    ----------
    special
        Shape (r, N): along q* (full head), the signal, along the rest of the prompt, the intercept; those that are there.
    target
        1 - αᵀ special, with α the `anchor`, kept to its own digits where attention saturates; shape (N,).
    scale
        s > 0, shape (N,), increasing.
    weights
        Positive, sum 1, shape (N,).
    factor
        F, shape (r, rank).
    penalised
        1 where the shortest head counts the column, 0 for the intercept; shape (r,).
    anchor
        α, shape (r,): a head near the one sought, or 0.
    isotropic
        p′, the number of other columns.
    """

    special: Floats
    target: Floats
    scale: Floats
    weights: Floats
    factor: Floats
    penalised: Floats
    anchor: Floats
    isotropic: int

    @property
    def columns(self) -> int:
        r"""r."""
        return len(self.anchor)

    @property
    def mean_squares(self) -> tuple[float, float]:
        r"""E s², and the mean square of the longest special column that a ridge counts."""
        quiet = float(self.weights @ self.scale**2)
        special = self.special**2 @ self.weights + (self.factor**2).sum(axis=1) * quiet
        return quiet, float((special * self.penalised).max())


def refuse_uncovered(setting: HeadSetting) -> None:
    r"""Refuse what the exact law does not cover: a shift, n = inf, no noise at all.

    Raises
    ------
    ParameterError
        Naming the parameter.
    """
    refuse_beyond(setting, "the exact law under a prompt", COVERED)
    model = setting.model
    if math.isinf(setting.n_samples):
        raise ParameterError("n_samples", "finite for the exact law under a prompt", setting.n_samples)
    if model.noise_std == 0:
        raise ParameterError("noise_std", "a real number in (0, inf) for the exact law under a prompt", model.noise_std)
    for name in ("signal_norm", "context_norm"):
        if getattr(model, name) > _LONGEST * model.noise_std:
            raise ParameterError(name, f"at most {_LONGEST:g} noise-std for the exact law under a prompt", getattr(model, name))
    if model.n_irrelevant == 0 and model.relevant_noise == 0:
        domain = f"below n_tokens = {model.n_tokens} for the exact law under a prompt: else there is no noise"
        raise ParameterError("n_relevant", domain, model.n_relevant)


def has_heavy_scores(setting: HeadSetting) -> bool:
    r"""Whether scores spread too far for the cubature, so that they are sampled."""
    model, frame = setting.model, prompt_frame(setting)
    spread = frame.score_std * max(1.0, model.relevant_noise)
    lead = max(abs(frame.score(label)) for label, _ in _labels(setting))
    saturates = lead + _REACH * spread + math.log(model.n_tokens) > _SATURATED
    return spread > HEAVIEST_CUBATURE or (saturates and model.relevant_noise > 0 and model.n_irrelevant > 0)


def sample_law(setting: HeadSetting, points: Points | None = None, resolution: float = 1.0) -> SampleLaw:
    r"""The law of a setting: by cubature, or, where scores spread too far for it, by the points.

    Examples
    --------
    >>> from theory.model import head_setting
    >>> data = dict(T=64, m=6, d=40, W=0.6, Q=2.0, tau=1.5, n=120)
    >>> law = sample_law(head_setting(**data, rho=0.4, head="full", intercept=True))
    >>> law.columns, law.isotropic, law.penalised.tolist()
    (3, 38, [1.0, 1.0, 0.0])
    """
    frame, model = prompt_frame(setting), setting.model
    present = [setting.head == "full", True, frame.prompt[2] != 0, setting.intercept]
    columns = [column for column, there in enumerate(present) if there]
    parts = [(label, share, _attention(setting, frame, label, points, resolution)) for label, share in _labels(setting)]
    special = np.concatenate([_folded(frame, nodes, label, model.noise_std) for label, _, nodes in parts], axis=1)
    scale = np.concatenate([nodes.gain for _, _, nodes in parts])
    weights = np.concatenate([share * nodes.weights for _, share, nodes in parts])
    reach = float(frame.signal[_SIGNAL]) / model.noise_std
    reach = reach if reach > float(scale.min()) else 0.0  # a signal below all noise needs no anchor
    anchor = np.zeros(4)
    anchor[_SIGNAL] = 1 / reach if reach else 0.0
    target = np.concatenate([_target(frame, nodes, label, reach * model.noise_std) for label, _, nodes in parts])
    quiet = np.maximum(_FLOOR / np.maximum(scale, 1e-300), 1.0)
    order = np.argsort(scale * quiet, kind="stable")
    isotropic = setting.n_features + setting.intercept - len(columns)
    return SampleLaw(
        special=special[columns][:, order],
        target=(target * quiet)[order] if reach else target[order],
        scale=np.maximum(scale, _FLOOR)[order],
        weights=weights[order] / weights.sum(),
        factor=_factor(frame, model.noise_std, columns),
        penalised=np.array([1.0, 1.0, 1.0, 0.0])[columns],
        anchor=anchor[columns],
        isotropic=isotropic,
    )


def sample_laws(setting: HeadSetting) -> list[SampleLaw]:
    r"""One law, or where scores are heavy one sample of it for each block."""
    if not has_heavy_scores(setting):
        return [sample_law(setting)]
    return [sample_law(setting, Points(_HEAVY_NODES, block)) for block in range(BLOCKS)]


def _labels(setting: HeadSetting) -> list[tuple[float, float]]:
    prior = setting.model.label_prior
    return [(1.0, prior), (-1.0, 1 - prior)]


def _attention(setting: HeadSetting, frame: PromptFrame, label: float, points: Points | None, resolution: float) -> Attention:
    model = setting.model
    numbers = (model.n_relevant, model.n_irrelevant, frame.score(label), frame.score_std, model.relevant_noise)
    if points is None:
        return attention_cubature(*numbers, resolution)
    return attention_sample(*numbers, points)


def _folded(frame: PromptFrame, nodes: Attention, label: float, noise_std: float) -> Floats:
    r"""y times the coordinates over σ that are not Gaussian given the scores, and the constant: shape (4, N)."""
    centre = np.outer(frame.context + label * frame.signal, nodes.mass)
    drift = np.outer(frame.noise * frame.score_axis, nodes.drift)
    return label * np.vstack([(centre + drift) / noise_std, np.ones_like(nodes.mass)])


def _target(frame: PromptFrame, nodes: Attention, label: float, reach: float) -> Floats:
    r"""1 - (signal column)/reach, reach the part of w* orthogonal to q*; 1 where reach is 0: no anchor is wanted."""
    if not reach:
        return np.ones_like(nodes.mass)
    drift = label * frame.noise[_SIGNAL] * frame.score_axis[_SIGNAL] * nodes.drift
    return np.asarray(nodes.rest - drift / reach)


def _factor(frame: PromptFrame, noise_std: float, columns: list[int]) -> Floats:
    r"""F with F Fᵀ the covariance of the Gaussian part of the special columns over s²; the intercept has none."""
    covariance = np.zeros((4, 4))
    covariance[:3, :3] = frame.gaussian / noise_std**2
    sizes, axes = np.linalg.eigh(covariance[columns][:, columns])
    kept = sizes > 1e-12 * max(float(sizes.max()), 1e-300)
    return np.asarray(axes[:, kept] * np.sqrt(sizes[kept]))
