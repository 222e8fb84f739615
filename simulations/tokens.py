r"""Samples straight from the definition of the model: every token of every sample is drawn."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel, FiniteShift, Interval, ParameterError, Prompt, ShiftLaw

__all__ = ["TokenBatch", "context_prompt", "directions", "labels", "noise_scales", "pool", "pooled_tokens", "shifts", "tokens"]

Array = NDArray[np.float64]

_TOKEN_NUMBERS = 1_000_000
r"""Token coordinates that `pooled_tokens` holds at once: a few arrays of eight megabytes."""


@dataclass(frozen=True)
class TokenBatch:
    r"""Samples (X, y) with what is hidden from the learner.

    Parameters
    ----------
    tokens
        X, shape (size, T, d).
    labels
        y = ±1, shape (size,).
    relevant
        Which tokens are context-relevant, boolean, shape (size, T).
    shifts
        δ = (δq, δw, δy), shape (size, 3).
    """

    tokens: Array
    labels: Array
    relevant: NDArray[np.bool_]
    shifts: Array


def directions(model: ContextualModel) -> tuple[Array, Array]:
    r"""The vectors (q_*, w_*) in the coordinates of the simulations.

    .. math::

        q_* = Q\,e_1, \qquad w_* = W\,(\rho\, e_1 + \sqrt{1 - \rho^2}\; e_2)

    The noise is isotropic, so no generality is lost. If Q = 0 the direction of q_* is still e1.

    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0, correlation=0.6)
    >>> directions(model)
    (array([2., 0., 0.]), array([0.3, 0.4, 0. ]))
    """
    context, signal = np.zeros(model.dim), np.zeros(model.dim)
    context[0] = model.context_norm
    signal[:2] = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    return context, signal


def noise_scales(model: ContextualModel) -> Array:
    r"""Standard deviation of the noise of irrelevant tokens in each coordinate, σ (c_q, c_w, 1, …, 1), shape (d,)."""
    scales = np.full(model.dim, model.noise_std)
    scales[:2] *= model.context_noise, model.signal_noise
    return scales


def context_prompt(model: ContextualModel, prompt: Prompt) -> Array:
    r"""The vector q of length τ at the angle θ to q_*, shape (d,).

    .. math:: q = \tau\,[\cos\theta\; e_1 + \sin\theta\,(\cos\varphi\; e_2 + \sin\varphi\; e_3)]

    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0)
    >>> context_prompt(model, Prompt(1.5)), context_prompt(model, Prompt(2.0, math.pi / 6)).round(6)
    (array([1.5, 0. , 0. ]), array([1.732051, 0.      , 1.      ]))
    """
    q = np.zeros(max(model.dim, 3))
    q[0] = prompt.strength * math.cos(prompt.angle)
    q[1:3] = prompt.strength * math.sin(prompt.angle) * np.array([math.cos(prompt.azimuth), math.sin(prompt.azimuth)])
    return q[: model.dim]


def labels(model: ContextualModel, *, rng: np.random.Generator, shape: int | tuple[int, ...]) -> Array:
    r"""Independent labels y = ±1 with P(y = 1) = π."""
    return np.where(rng.random(shape) < model.label_prior, 1.0, -1.0)


def shifts(law: ShiftLaw, *, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    r"""Independent shifts (δq, δw, δy), shape (*shape, 3)."""
    if isinstance(law, FiniteShift):
        points = np.asarray(law.points)
        if len(points) == 1:
            return np.broadcast_to(points[0], (*shape, 3))
        probabilities = np.asarray(law.probabilities)
        return points[rng.choice(len(points), p=probabilities / probabilities.sum(), size=shape)]
    return rng.uniform(law.lower, law.upper, size=(*shape, 3))


def tokens(model: ContextualModel, *, rng: np.random.Generator, size: int, given_labels: Array | None = None) -> TokenBatch:
    r"""Independent samples of the model, token by token.

    .. math::

        x_t = q_* + y\,w_* \quad (t \in R), \qquad
        x_t = -\delta_q q_* - (\delta_w + \delta_y y)\, w_* + z_t \quad (t \notin R)

    with R uniformly random among the sets of m positions and z_t ~ N(0, σ² diag(c_q², c_w², 1, …, 1)); relevant tokens carry
    ϱ z_t besides. Holds size·T·d numbers at once:
    `pooled_tokens` goes through many samples in bounded memory.

    Parameters
    ----------
    model
        The law of the data.
    rng
        Source of randomness.
    size
        Number of samples, at least 1.
    given_labels
        y, shape (size,), if the labels are not to be drawn.

    Returns
    -------
    TokenBatch
        In the coordinates of `directions`.

    Raises
    ------
    ParameterError
        If `size` is not a positive integer.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0)
    >>> batch = tokens(model, rng=np.random.default_rng(0), size=4)
    >>> batch.tokens.shape, batch.relevant.sum(axis=1).tolist()
    ((4, 5, 3), [2, 2, 2, 2])
    """
    size = int(Interval(1, integer=True).member("size", size))
    context, signal = directions(model)
    y = labels(model, rng=rng, shape=size) if given_labels is None else given_labels
    delta = shifts(model.shift, rng=rng, shape=(size,))
    relevant = np.zeros((size, model.n_tokens), dtype=bool)
    order = np.argsort(rng.random((size, model.n_tokens)), axis=1)
    np.put_along_axis(relevant, order[:, : model.n_relevant], True, axis=1)
    mean = context + y[:, None] * signal
    shifted = -delta[:, :1] * context - (delta[:, 1:2] + delta[:, 2:] * y[:, None]) * signal
    noise = noise_scales(model) * rng.standard_normal((size, model.n_tokens, model.dim))
    X = np.where(relevant[:, :, None], mean[:, None, :] + model.relevant_noise * noise, shifted[:, None, :] + noise)
    return TokenBatch(X, y, relevant, delta)


def pooled_tokens(
    model: ContextualModel, prompt: Prompt, *, rng: np.random.Generator, size: int, given_labels: Array | None = None
) -> tuple[Array, Array]:
    r"""Pooled features (size, d) under the prompt, and labels (size,), tokens drawn in bounded batches."""
    q = context_prompt(model, prompt)
    step = max(1, _TOKEN_NUMBERS // (model.n_tokens * model.dim))
    features, y = np.empty((size, model.dim)), np.empty(size)
    for start in range(0, size, step):
        rows = slice(start, min(start + step, size))
        given = None if given_labels is None else given_labels[rows]
        batch = tokens(model, rng=rng, size=rows.stop - start, given_labels=given)
        features[rows], y[rows] = pool(batch.tokens, q), batch.labels
    return features, y


def pool(tokens: Array, prompt: Array) -> Array:
    r"""The attention-pooled feature Xᵀ softmax(X q) of every sample.

    The largest score is subtracted before the exponential: no prompt is too strong.

    Parameters
    ----------
    tokens
        X, shape (..., T, d).
    prompt
        q, shape (d,).

    Returns
    -------
    array
        Shape (..., d).

    Raises
    ------
    ParameterError
        If the prompt is not finite or has another dimension than the tokens.

    Examples
    --------
    >>> pool(np.array([[1.0, 5.0], [0.0, 7.0]]), np.array([1e6, 0.0]))
    array([1., 5.])
    """
    if prompt.shape != tokens.shape[-1:] or not np.isfinite(prompt).all():
        raise ParameterError("prompt", f"{tokens.shape[-1]} finite numbers", prompt.tolist())
    scores = tokens @ prompt
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    pooled: Array = np.einsum("...t,...td->...d", weights, tokens)
    return pooled
