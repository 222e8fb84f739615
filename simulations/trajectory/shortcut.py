r"""The three gradient steps without their tokens: equal in law to `algorithm`, from a few numbers per sample."""

import numpy as np
from numpy.typing import NDArray

from simulations.pooled import noise_sums
from simulations.tokens import directions, labels
from simulations.trajectory.algorithm import Runs
from simulations.trajectory.gradients import RESIDUALS
from theory.model import ContextualModel, Interval, ParameterError

__all__ = ["first_heads", "first_prompts", "first_steps", "second_heads"]

Array = NDArray[np.float64]


def first_steps(
    model: ContextualModel,
    *,
    eta: float,
    gamma: float,
    n_samples: int,
    rng: np.random.Generator,
    size: int,
    loss: str = "squared",
) -> Runs:
    r"""Independent runs of the algorithm on the core model; arguments as for `algorithm.first_steps_on_tokens`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=50, n_relevant=9, dim=30, signal_norm=0.8, context_norm=2.0)
    >>> runs = first_steps(model, eta=1.0, gamma=2.0, n_samples=70, rng=np.random.default_rng(0), size=4)
    >>> runs.prompt.shape
    (4, 30)
    """
    if not model.is_core:
        raise ParameterError("shift", "zero for the shortcut", model.shift)
    n = int(Interval(1, integer=True).member("n_samples", n_samples))
    w1 = first_heads(model, eta=eta if loss == "squared" else eta / 2, n_samples=n, rng=rng, size=size)
    q1 = first_prompts(model, w1, gamma=gamma, n_samples=n, rng=rng, loss=loss)
    w2 = second_heads(model, q1, w1, eta=eta, n_samples=n, rng=rng, loss=loss)
    return Runs(w1, q1, w2)


def first_heads(model: ContextualModel, *, eta: float, n_samples: int, rng: np.random.Generator, size: int) -> Array:
    r"""w₁ given the labels: η ζ (w_* + ȳ q_*) plus noise of variance η² (1-ζ) σ²/(n T) in every coordinate, shape (size, d)."""
    context, signal = directions(model)
    zeta = model.relevant_fraction
    label_mean = 2 * rng.binomial(n_samples, model.label_prior, size) / n_samples - 1
    noise = model.noise_std * np.sqrt((1 - zeta) / (n_samples * model.n_tokens))
    drawn = zeta * (signal + label_mean[:, None] * context) + noise * rng.standard_normal((size, model.dim))
    result: Array = eta * drawn
    return result


def first_prompts(
    model: ContextualModel, heads: Array, *, gamma: float, n_samples: int, rng: np.random.Generator, loss: str = "squared"
) -> Array:
    r"""q₁ given w₁, shape (size, d).

    The noise of a sample enters through the mean over its m' irrelevant tokens and their scatter. Along w these are
    one normal and one χ²_{m'-1} variable; across w the sum over the batch is Gaussian given all of them.
    """
    shape = (len(heads), n_samples)
    m, m_rest, T, sigma = model.n_relevant, model.n_irrelevant, model.n_tokens, model.noise_std
    context, signal = directions(model)
    y = labels(model, rng=rng, shape=shape)
    norm = np.linalg.norm(heads, axis=1)[:, None]
    mean_noise = sigma / np.sqrt(max(m_rest, 1)) * rng.standard_normal(shape) * (m_rest > 0)
    scatter = sigma**2 * (rng.chisquare(m_rest - 1, shape) if m_rest > 1 else np.zeros(shape))
    relevant = (heads @ context)[:, None] + y * (heads @ signal)[:, None]
    f = (m * relevant + m_rest * norm * mean_noise) / T
    e = RESIDUALS[loss](y, f)
    share = m * m_rest / T**2
    gap = relevant - norm * mean_noise
    along = (e * (share * gap**2 + scatter * norm**2 / T)).mean(axis=1) / norm[:, 0]
    on_context, on_signal = (e * gap).mean(axis=1) * share, (e * gap * y).mean(axis=1) * share
    across_noise = e**2 * ((share * gap) ** 2 * sigma**2 / max(m_rest, 1) + sigma**2 * scatter * norm**2 / T**2)
    across = on_context[:, None] * context + on_signal[:, None] * signal
    across = across + np.sqrt(across_noise.sum(axis=1))[:, None] / n_samples * rng.standard_normal(heads.shape)
    unit = heads / norm
    result: Array = gamma * (across + (along - np.einsum("bd,bd->b", across, unit))[:, None] * unit)
    return result


def second_heads(
    model: ContextualModel,
    prompts: Array,
    heads: Array,
    *,
    eta: float,
    n_samples: int,
    rng: np.random.Generator,
    loss: str = "squared",
) -> Array:
    r"""w₂ given (q₁, w₁), shape (size, d): the pooled features of a batch under any prompt, from its noise scores."""
    size, sigma = len(prompts), model.noise_std
    context, signal = directions(model)
    heads_out = np.empty_like(heads)
    for run in range(size):
        q, w = prompts[run], heads[run]
        length = float(np.linalg.norm(q))
        unit = q / length
        y = labels(model, rng=rng, shape=n_samples)
        A, B, C = attention_scales(model, q @ context + y * (q @ signal), length, rng)
        w_along, w_across = w @ unit, w - (w @ unit) * unit
        w_norm = float(np.linalg.norm(w_across))
        side = rng.standard_normal(n_samples)
        f = A * (w @ context + y * (w @ signal)) + sigma * (B * w_along + C * w_norm * side)
        e = RESIDUALS[loss](y, f) / n_samples
        rest = rng.standard_normal(model.dim) * sigma * np.sqrt(np.sum((e * C) ** 2))
        direction = w_across / w_norm
        rest += (sigma * np.sum(e * C * side) - rest @ direction) * direction
        rest -= (rest @ unit) * unit
        total = np.sum(e * A) * context + np.sum(e * A * y) * signal + sigma * np.sum(e * B) * unit + rest
        heads_out[run] = eta * total
    return heads_out


def attention_scales(model: ContextualModel, score: Array, length: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    r"""(A, B, C) of samples whose relevant tokens have the given scores, under a prompt of the given length.

    With s = σ|q|, S = m e^{score} + Σ e^{s g_t}: A = m e^{score}/S, B = Σ g_t e^{s g_t}/S, C = (Σ e^{2 s g_t})^{1/2}/S.
    """
    sums = noise_sums(model.n_irrelevant, strength=model.noise_std * length, rng=rng, size=score.size)
    lead = np.log(model.n_relevant) + score - model.noise_std * length * sums.peak
    relevant, irrelevant = np.exp(np.minimum(lead, 0)), np.exp(np.minimum(-lead, 0))
    partition = relevant + irrelevant * sums.total
    return relevant / partition, irrelevant * sums.moment / partition, irrelevant * np.sqrt(sums.squares) / partition
