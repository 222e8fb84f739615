r"""Errors of a given head under any prompt, and the heads that a population singles out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from theory.context.moments import AttentionLaw, AttentionMoments
from theory.context.population._labelled_attention import PromptGeometry, labelled_attention, prompt_geometry
from theory.context.population._signed_sum import TokenGroup, negative_probability
from theory.model import ContextualModel, ParameterError, Prediction, Prompt, refuse_beyond
from theory.numerics import bounded_minimum

__all__ = ["best_head", "given_head_error", "least_squares_head", "quiet_head", "signal_head"]

Vector = NDArray[np.float64]

_RIGHT_ANGLE = math.pi / 2  # of a direction to e2: beyond it the head is the negative of another
_LEVEL = 1e-14  # of the slant of a head against its length and the noise: rounding of a right angle
_THINNEST = 3e-3  # least noise across the prompt, against the slant, for which the integral is evaluated
_SEARCH = 2.0  # factor on the steps of the integral during the search: 1e-7
_DIRECTIONS = 9  # of heads, in the search for the best one
_TOLERANCE = 1e-4  # of the direction: the error is off by its square


def given_head_error(model: ContextualModel, prompt: Prompt, head: Vector) -> Prediction:
    r"""Probability that `sign wᵀx` is not the label, x pooled under the prompt, for a head w in the plane of e1, e2, e3.

    .. math:: P(y\, w^T x < 0) = \sum_{y = \pm1} P(y)\; P\Bigl(\sum_{t \in R} e^{\varrho s g_t + \beta_y}
              \bigl[\mu_y + \varrho\,(y w^Tv\, g_t + \sqrt{w^T\Sigma^\perp w}\, h_t)\bigr]
              + \sum_{t \notin R} e^{s g_t} \bigl[y w^Tv\, g_t + \sqrt{w^T\Sigma^\perp w}\, h_t\bigr] < 0\Bigr),

    `μ_y = y wᵀ(q_* + y w_*)`, `β_y = τ uᵀ(q_* + y w_*)`: the normaliser of the softmax does not matter for a sign.

    Parameters
    ----------
    model
        Without shift; any ρ, π, ϱ, c_q, c_w.
    prompt
        q.
    head
        w, shape (3,), in the basis of `prompt_geometry`.

    Returns
    -------
    Prediction
        Relative accuracy, however small it is, where the head does not hear the noise along the prompt (`wᵀv = 0`) and ϱ = 0.

    Raises
    ------
    ParameterError
        With a shift, or for a head that hears hardly any noise but that along the prompt.

    Notes
    -----
    Equation :eq:`eq-context-any-head` of docs/context.md, by :eq:`eq-context-signed-sum`, or :eq:`eq-context-error` where
    the head does not hear the noise along the prompt.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0, relevant_noise=0.5)
    >>> print(f"{given_head_error(model, Prompt(1.5, 0.3, 1.0), np.array([0.0, 1.0, 0.0])).value:.6f}")
    0.358194
    """
    refuse_beyond(
        model,
        "the error of a head under any prompt",
        {"correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise"},
    )
    if model.noise_std == 0.0:
        raise ParameterError("noise_std", "positive for the error of a head", model.noise_std)
    geometry = prompt_geometry(model, prompt)
    value, error = _error(model, geometry, np.asarray(head, dtype=np.float64))
    return Prediction(value, error, "finite-context", "no shift, Gaussian noise; every T, tau; n = inf", model_error=0.0)


def _error(model: ContextualModel, geometry: PromptGeometry, head: Vector, step: float = 1.0) -> tuple[float, float]:
    """Error and its numerical error."""
    parts = [_label_error(model, geometry, head, label, step) for label in (-1.0, 1.0)]
    prior = model.label_prior
    value, error = (float((1.0 - prior) * below + prior * above) for below, above in zip(*parts, strict=True))
    return value, error


def _label_error(
    model: ContextualModel, geometry: PromptGeometry, head: Vector, label: float, step: float
) -> tuple[float, float]:
    """Error given the label, and its numerical error."""
    mean = label * float(head @ (geometry.context + label * geometry.signal))
    slant = label * float(head @ geometry.along)
    spread = math.sqrt(max(float(head @ geometry.across @ head), 0.0))
    level = float(np.linalg.norm(head)) * model.noise_std
    slant, spread = (0.0 if abs(part) < _LEVEL * level else part for part in (slant, spread))
    score = geometry.context_score + label * geometry.label_score
    if slant == 0.0 and model.relevant_noise == 0.0:
        return _level_error(AttentionLaw(model.n_relevant, model.n_irrelevant, score, geometry.score_std), mean, spread)
    if spread < _THINNEST * abs(slant):
        raise ParameterError("prompt_angle", "such that the head hears noise across the prompt", "a prompt along the head")
    rho = model.relevant_noise
    relevant = TokenGroup(model.n_relevant, score, rho * geometry.score_std, mean, rho * slant, rho * spread)
    noise = TokenGroup(model.n_irrelevant, 0.0, geometry.score_std, 0.0, slant, spread)
    return negative_probability([relevant, noise], step=step)


def _level_error(law: AttentionLaw, mean: float, spread: float) -> tuple[float, float]:
    if mean == 0.0:
        return 0.5, 0.0
    if spread == 0.0:
        return (0.0, 0.0) if mean > 0.0 else (1.0, 0.0)
    tail = law.gaussian_tail(abs(mean) / spread)
    return (tail.value if mean > 0.0 else 1.0 - tail.value), tail.rel_error * tail.value


def signal_head() -> Vector:
    r"""The head along e2, the part of w_* orthogonal to q_*: the one that mean pooling without noise would call for."""
    return np.array([0.0, 1.0, 0.0])


def quiet_head(model: ContextualModel, prompt: Prompt) -> Vector:
    r"""The head orthogonal to q_* that hears no noise along the prompt, `wᵀv = 0`: no label-free offset is left.

    .. math:: w \propto (0, v_3, -v_2), \qquad E\,Q\Bigl(\frac{A\, w^Tw_*}{C\sqrt{w^T\Sigma w}}\Bigr)

    is its error, v = Σu/√(uᵀΣu) as in `PromptGeometry`. Where v has no part orthogonal to q_* it is the signal head.

    Parameters
    ----------
    model
        Any; its shift is not looked at.
    prompt
        q.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> quiet_head(model, Prompt(2.0, 0.3, math.pi / 4)).round(6)
    array([ 0.      ,  0.707107, -0.707107])
    """
    v = prompt_geometry(model, prompt).along
    length = math.hypot(float(v[1]), float(v[2]))
    if length <= _LEVEL * float(np.linalg.norm(v)):
        return signal_head()
    head = np.array([0.0, v[2], -v[1]]) / length
    return head if v[2] >= 0.0 else -head


def least_squares_head(model: ContextualModel, prompt: Prompt) -> Vector:
    r"""The head orthogonal to q_* with the least `E(y − wᵀx)²`: what training on ever more samples tends to.

    .. math:: w = \bigl(E\, x_\perp x_\perp^T\bigr)^{-1} E\, y x_\perp, \qquad
              x_\perp = A\, y w_{*\perp} + B v_\perp + C\, N(0, \Sigma^\perp_\perp)

    with the moments of B by Gaussian integration by parts, for instance `E B = s (E[1 − A] − E C²)`.

    Parameters
    ----------
    model
        Without shift, ϱ = 0.
    prompt
        q.

    Notes
    -----
    Equations :eq:`eq-context-any-prompt` and :eq:`eq-context-noise-moments` of docs/context.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> head = least_squares_head(model, Prompt(1.5, 0.4, 1.0))
    >>> bool(head[2] < 0 < head[1])
    True
    """
    laws = labelled_attention(model, prompt)
    geometry = prompt_geometry(model, prompt)
    plane = slice(1, min(model.dim, 3))
    signal, along, across = geometry.signal[plane], geometry.along[plane], geometry.across[plane, plane]
    target, square = np.zeros_like(signal), np.zeros_like(across)
    for label, weight, law in ((-1.0, 1.0 - laws.prior, laws.negative), (1.0, laws.prior, laws.positive)):
        noise = _NoiseMoments(law.moments, law.score_std)
        target += weight * (law.moments.mass * signal + label * noise.mean * along)
        mixed = label * noise.with_mass * np.outer(signal, along)
        square += weight * (law.moments.mass_squared * np.outer(signal, signal) + mixed + mixed.T)
        square += weight * (noise.squared * np.outer(along, along) + law.moments.gain * across)
    head = np.zeros(3)
    head[plane] = np.linalg.lstsq(square, target, rcond=None)[0]
    return head


class _NoiseMoments:
    r"""`E B`, `E[A B]`, `E B²` of `B = Σ g_t X_t / S`, by Gaussian integration by parts."""

    def __init__(self, moments: AttentionMoments, score_std: float) -> None:
        s = score_std
        self.mean = s * (moments.noise_mass - moments.gain)
        self.with_mass = s * (moments.mass - moments.mass_squared - 2.0 * moments.mass_gain)
        curved = moments.mass_gain - 3.0 * moments.cubes + 3.0 * moments.gain_squared
        self.squared = s * (self.mean - self.with_mass) + moments.gain + 2.0 * s * s * curved


def best_head(model: ContextualModel, prompt: Prompt) -> tuple[Vector, Prediction]:
    r"""The head orthogonal to q_* that errs least, and its error: a search over its direction in the plane of e2 and e3.

    Parameters
    ----------
    model, prompt
        As in `given_head_error`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=4, dim=9, signal_norm=0.3, context_norm=2.0)
    >>> best_head(model, Prompt(1.5, 0.4))[0].round(4) + 0.0  # at a right azimuth nothing errs less than the signal head
    array([0., 1., 0.])
    """
    geometry = prompt_geometry(model, prompt)
    given_head_error(model, prompt, signal_head())  # refuses what is not covered

    def head(direction: float) -> Vector:
        return np.array([0.0, math.cos(direction), math.sin(direction)])

    def error(direction: float) -> float:
        return _error(model, geometry, head(float(direction)), _SEARCH)[0]

    directions = np.linspace(-_RIGHT_ANGLE, _RIGHT_ANGLE, _DIRECTIONS)[1:-1] if model.dim > 2 else np.zeros(1)
    values = [error(direction) for direction in directions]
    start, width = float(directions[int(np.argmin(values))]), math.pi / (_DIRECTIONS - 1)
    if model.dim > 2:
        bounds = (start - width, start + width)
        found = bounded_minimum(error, *bounds, xatol=_TOLERANCE)
        start = float(found.x) if found.fun < min(values) else start
    return head(start), given_head_error(model, prompt, head(start))
