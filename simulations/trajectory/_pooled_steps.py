r"""The three gradient steps without their tokens: equal in law to `first_steps_on_tokens`, from a few numbers per sample."""

import numpy as np
from numpy.typing import NDArray

from simulations.pooled import noise_sums
from simulations.tokens import directions, labels, shifts
from simulations.trajectory._loss_gradients import RESIDUALS
from simulations.trajectory._steps_on_tokens import Runs
from theory.model import ContextualModel, Interval, Steps, refuse_beyond

__all__ = ["attention_scales", "first_heads", "first_prompts", "first_steps", "second_heads", "token_means"]

Array = NDArray[np.float64]


def first_steps(model: ContextualModel, steps: Steps, n_samples: int, *, rng: np.random.Generator, size: int) -> Runs:
    r"""Independent runs of the algorithm; arguments as for `first_steps_on_tokens`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=50, n_relevant=9, dim=30, signal_norm=0.8, context_norm=2.0)
    >>> runs = first_steps(model, Steps(gamma=2.0), 70, rng=np.random.default_rng(0), size=4)
    >>> runs.prompt.shape
    (4, 30)
    """
    refuse_beyond(model, "the shortcut", {"shift", "correlation", "label_prior"})
    n = int(Interval(1, integer=True).member("n_samples", n_samples))
    eta, loss = steps.eta, steps.loss
    w1 = first_heads(model, eta=eta if loss == "squared" else eta / 2, n_samples=n, rng=rng, size=size)
    q1 = first_prompts(model, w1, gamma=steps.gamma, n_samples=n, rng=rng, loss=loss)
    w2 = second_heads(model, q1, w1, eta=eta, n_samples=n, rng=rng, loss=loss)
    return Runs(w1, q1, w2)


def token_means(model: ContextualModel, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    r"""(u, v): means of a relevant and of an irrelevant token of samples with labels y and fresh shifts, shapes (*y.shape, 2).

    Coordinates along the first two axes of `tokens.directions`; in all others the means are zero.
    """
    context, signal = (vector[:2] for vector in directions(model))
    delta = shifts(model.shift, rng=rng, shape=y.shape)
    leaning = delta[..., 1] + delta[..., 2] * y
    return context + y[..., None] * signal, -delta[..., :1] * context - leaning[..., None] * signal


def first_heads(model: ContextualModel, *, eta: float, n_samples: int, rng: np.random.Generator, size: int) -> Array:
    r"""w₁, shape (size, d): η times the mean of y[ζu + (1-ζ)v] over the batch, plus noise of variance η² (1-ζ) σ²/(n T).

    In the core model that mean is ζ(w_* + ȳ q_*), and only the label mean is drawn.
    """
    zeta = model.relevant_fraction
    heads = np.zeros((size, model.dim))
    if model.is_core:
        context, signal = directions(model)
        label_mean = 2 * rng.binomial(n_samples, model.label_prior, size) / n_samples - 1
        heads += zeta * (signal + label_mean[:, None] * context)
    else:
        y = labels(model, rng=rng, shape=(size, n_samples))
        u, v = token_means(model, y, rng)
        heads[:, :2] = np.einsum("bn,bni->bi", y, zeta * u + (1 - zeta) * v) / n_samples
    noise = model.noise_std * np.sqrt((1 - zeta) / (n_samples * model.n_tokens))
    result: Array = eta * (heads + noise * rng.standard_normal(heads.shape))
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
    y = labels(model, rng=rng, shape=shape)
    norm = np.linalg.norm(heads, axis=1)[:, None]
    mean_noise = sigma / np.sqrt(max(m_rest, 1)) * rng.standard_normal(shape) * (m_rest > 0)
    scatter = sigma**2 * (rng.chisquare(m_rest - 1, shape) if m_rest > 1 else np.zeros(shape))
    u, v = token_means(model, y, rng)
    relevant, irrelevant = (np.einsum("bni,bi->bn", part, heads[:, :2]) for part in (u, v))
    f = (m * relevant + m_rest * (irrelevant + norm * mean_noise)) / T
    e = RESIDUALS[loss](y, f)
    share = m * m_rest / T**2
    gap = relevant - irrelevant - norm * mean_noise
    along = (e * (share * gap**2 + scatter * norm**2 / T)).mean(axis=1) / norm[:, 0]
    across_noise = e**2 * ((share * gap) ** 2 * sigma**2 / max(m_rest, 1) + sigma**2 * scatter * norm**2 / T**2)
    across = np.sqrt(across_noise.sum(axis=1))[:, None] / n_samples * rng.standard_normal(heads.shape)
    across[:, :2] += share * np.einsum("bn,bni->bi", e * gap, u - v) / n_samples
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
    sigma = model.noise_std
    heads_out = np.empty_like(heads)
    for run, (q, w) in enumerate(zip(prompts, heads, strict=True)):
        length = float(np.linalg.norm(q))
        unit = q / length
        y = labels(model, rng=rng, shape=n_samples)
        u, v = token_means(model, y, rng)
        A, B, C = attention_scales(model, (u - v) @ q[:2], length, rng)
        w_along, w_across = w @ unit, w - (w @ unit) * unit
        w_norm = float(np.linalg.norm(w_across))
        side = rng.standard_normal(n_samples)
        pooled = A[:, None] * u + (1 - A)[:, None] * v
        f = pooled @ w[:2] + sigma * (B * w_along + C * w_norm * side)
        e = RESIDUALS[loss](y, f) / n_samples
        rest = rng.standard_normal(model.dim) * sigma * np.sqrt(np.sum((e * C) ** 2))
        direction = w_across / w_norm
        rest += (sigma * np.sum(e * C * side) - rest @ direction) * direction
        rest -= (rest @ unit) * unit
        rest += sigma * np.sum(e * B) * unit
        rest[:2] += e @ pooled
        heads_out[run] = eta * rest
    return heads_out


def attention_scales(model: ContextualModel, score: Array, length: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    r"""(A, B, C) of samples whose relevant tokens have the given lead in mean score, under a prompt of the given length.

    With s = σ|q|, S = m e^{score} + Σ e^{s g_t}: A = m e^{score}/S, B = Σ g_t e^{s g_t}/S, C = (Σ e^{2 s g_t})^{1/2}/S.
    """
    sums = noise_sums(model.n_irrelevant, strength=model.noise_std * length, rng=rng, size=score.size)
    lead = np.log(model.n_relevant) + score - model.noise_std * length * sums.peak
    relevant, irrelevant = np.exp(np.minimum(lead, 0)), np.exp(np.minimum(-lead, 0))
    partition = relevant + irrelevant * sums.total
    return relevant / partition, irrelevant * sums.moment / partition, irrelevant * np.sqrt(sums.squares) / partition
