r"""The law of (w₁, q₁, w₂) at finite n, as points of equal weight: w₁ exact, q₁ and w₂ with their exact conditional moments.

Given w₁, the prompt q₁ is a mean over n samples. Its law is replaced by the Gaussian with the same mean and covariance (its
conditional spread across w₁ by a lognormal variable with the right mean, variance and covariance with the rest); likewise w₂
given (q₁, w₁). For a smooth function of the parameters the change of its expectation is O(n⁻²) at fixed d: the third cumulant of
a mean is O(n⁻²). The fluctuation of the conditional spread of w₂ is left out, which costs order (d/n)²/n.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri
from scipy.stats import binom

from theory.model import ContextualModel, ParameterError, Steps
from theory.numerics import lattice_points
from theory.trajectory._first_head import first_head
from theory.trajectory._sample_gradients import gradient_moments
from theory.trajectory._second_head import head_gradients

__all__ = ["ParameterPoints", "check_score_spread", "parameter_points"]

Floats = NDArray[np.float64]

_HEAD, _PROMPT, _SECOND = [2, 5, 6, 8], [1, 0, 9, 11, 12], [3, 4, 7, 10, 13]
r"""Coordinates of the lattice, best first: the prompt across and along q_*, the label means, the noise of the heads, lengths."""
_JITTER = 1e-13
_LARGEST_SPREAD = 25.0  # standard deviation of noise scores; the grids of the softmax moments grow with its square


@dataclass(frozen=True)
class ParameterPoints:
    r"""Equally likely parameters, SHIFTS × N of them, shift-major.

    Parameters
    ----------
    first_head, prompt
        w₁ and q₁, shapes (P, 5): coordinates along q̂_*, ŵ_⊥, the rest of w₁, the rest of q₁, the rest of w₂.
    second_head
        w₂, shape (P, 5), or None before the third step.
    """

    first_head: Floats
    prompt: Floats
    second_head: Floats | None


def parameter_points(model: ContextualModel, steps: Steps, n_samples: float, *, points: int) -> ParameterPoints:
    r"""Points that stand for the law of the parameters after two or three steps.

    Parameters
    ----------
    model
        The law of the data, σ > 0.
    steps
        The steps; debiasing is not looked at.
    n_samples
        n of each of the three batches, a number or inf.
    points
        N of `lattice_points`: points of each shifted copy of the lattice.
    """
    uniforms = lattice_points(points)
    heads = _first_heads(model, uniforms[_HEAD], steps.eta if steps.loss == "squared" else steps.eta / 2, n_samples)
    prompts = _prompts(model, heads[:, :3], uniforms[_PROMPT], steps, n_samples)
    if steps.step < 3:
        return ParameterPoints(heads, prompts, None)
    check_score_spread(model, prompts, steps.gamma)
    return ParameterPoints(heads, prompts, _second_heads(model, prompts, heads, uniforms[_SECOND], steps, n_samples))


def check_score_spread(model: ContextualModel, prompts: Floats, gamma: float) -> None:
    r"""`ParameterError` if the scores of noise tokens, of standard deviation σ|q|, spread by more than 25 under some prompt."""
    largest = model.noise_std * float(np.linalg.norm(prompts, axis=1).max())
    if largest > _LARGEST_SPREAD:
        domain = f"so small that noise_std * |q| stays below {_LARGEST_SPREAD:g}, which it exceeds up to {largest:.3g}"
        raise ParameterError("gamma", domain + " (large_step_limit covers infinite steps)", gamma)


def _first_heads(model: ContextualModel, uniforms: Floats, eta: float, n: float) -> Floats:
    law = first_head(model, eta=eta, n_samples=n)
    if np.isinf(n):
        label_mean = np.full(uniforms.shape[1], 2 * model.label_prior - 1)
    else:
        label_mean = 2 * binom.ppf(uniforms[0], int(n), model.label_prior) / n - 1
    result = np.zeros((uniforms.shape[1], 5))
    root = _root(law.spread**2 * np.eye(2) + law.scatter(label_mean))
    result[:, :2] = law.drift(label_mean) + np.einsum("bij,jb->bi", root, ndtri(uniforms[1:3]))
    result[:, 2] = law.spread * np.sqrt(_chi_square(uniforms[3], model.dim - 2))
    return result


def _prompts(model: ContextualModel, heads: Floats, uniforms: Floats, steps: Steps, n: float) -> Floats:
    moments = gradient_moments(model, heads, steps.loss)
    relative = moments.spread_variance / np.maximum(moments.spread, 1e-300) ** 2 / n
    joint = np.zeros((len(heads), 4, 4))
    joint[:, :3, :3] = moments.covariance
    joint[:, 3, 3] = moments.spread_variance
    joint[:, 3, :3] = joint[:, :3, 3] = moments.spread_covariance
    drawn = np.einsum("bij,jb->bi", _root(joint), ndtri(uniforms[:4])) / np.sqrt(n)
    result = np.zeros((len(heads), 5))
    result[:, : min(3, model.dim)] = (moments.mean + drawn[:, :3])[:, : min(3, model.dim)]
    log_variance = np.log1p(relative)
    deviation = drawn[:, 3] / np.maximum(moments.spread, 1e-300)
    stretch = np.sqrt(np.divide(log_variance, relative, out=np.ones(len(heads)), where=relative > 0))
    spread = moments.spread * np.exp(deviation * stretch - log_variance / 2)
    result[:, 3] = np.sqrt(spread * _chi_square(uniforms[4], model.dim - 3) / n)
    return steps.gamma * result


def _second_heads(model: ContextualModel, prompts: Floats, heads: Floats, uniforms: Floats, steps: Steps, n: float) -> Floats:
    kept = min(4, model.dim)
    moments = head_gradients(model, prompts[:, :kept], heads[:, :kept], steps.loss)
    result = np.zeros((len(heads), 5))
    drawn = np.einsum("bij,jb->bi", _root(moments.covariance), ndtri(uniforms[:kept]))
    result[:, :kept] = moments.mean + drawn / np.sqrt(n)
    result[:, 4] = np.sqrt(moments.spread * _chi_square(uniforms[4], model.dim - 4) / n)
    return steps.eta * result


def _root(covariance: Floats) -> Floats:
    r"""Cholesky factors, a relative 1e-13 of the trace added: semidefinite matrices have one too."""
    trace = np.trace(covariance, axis1=1, axis2=2)[:, None, None]
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", covariance), _JITTER * trace[:, :, 0] + 1e-300))
    normed = covariance / (scale[:, :, None] * scale[:, None, :]) + _JITTER * np.eye(covariance.shape[1])
    result: Floats = scale[:, :, None] * np.linalg.cholesky(normed)
    return result


def _chi_square(uniform: Floats, freedom: int) -> Floats:
    return 2 * gammaincinv(freedom / 2, uniform) if freedom > 0 else np.zeros_like(uniform)
