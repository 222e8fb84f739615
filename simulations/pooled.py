r"""The pooled feature without its tokens: equal in law to `tokens.pool`, from O(T + d) numbers per sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import labels, shifts
from theory.model import ContextualModel, ParameterError, refuse_beyond

__all__ = ["NoiseSums", "PooledScales", "noise_sums", "pooled_features", "pooled_scales"]

Array = NDArray[np.float64]

_BLOCK = 1 << 15
r"""Noise scores that are held at once: a quarter of a megabyte, so that a block stays in the cache."""


@dataclass(frozen=True)
class NoiseSums:
    r"""What the scores g_1, …, g_m' ~ N(0, 1) of irrelevant tokens contribute to the pooled feature of each sample.

    With s = στ, and g_max the largest score, which is taken out so that nothing overflows:

    Parameters
    ----------
    peak
        g_max.
    total
        Σ exp(s (g_t - g_max)).
    squares
        Σ exp(2 s (g_t - g_max)).
    moment
        Σ g_t exp(s (g_t - g_max)); zero if it was not asked for.
    """

    peak: Array
    total: Array
    squares: Array
    moment: Array

    def reshaped(self, *shape: int) -> "NoiseSums":
        r"""The same numbers with another shape of the array of samples."""
        return NoiseSums(*(part.reshape(shape) for part in (self.peak, self.total, self.squares, self.moment)))


@dataclass(frozen=True)
class PooledScales:
    r"""The numbers that fix the law of the pooled feature given the scores, the label and the shift.

    Parameters
    ----------
    attention
        A, the attention on relevant tokens.
    spread
        σC, the standard deviation of every coordinate orthogonal to q_*.
    context
        r, the coordinate along q_*.
    signal
        The mean of the coordinate along the part of w_* orthogonal to q_*.
    """

    attention: Array
    spread: Array
    context: Array
    signal: Array


def noise_sums(
    n_noise: int, *, strength: float, rng: np.random.Generator, size: int, with_moment: bool = True
) -> NoiseSums:
    r"""Exponential sums of `n_noise` standard normal scores for `size` independent samples.

    .. math::

        \Big(g_{\max},\; \sum_t e^{s(g_t - g_{\max})},\; \sum_t e^{2s(g_t - g_{\max})},\;
             \sum_t g_t e^{s(g_t - g_{\max})}\Big)

    Scores are drawn in blocks; sums are rescaled whenever the maximum rises, so that memory does not grow with
    `n_noise`.
    At s = 0 the sums are constant and Σ g_t ~ N(0, n_noise) is drawn directly.

    Parameters
    ----------
    n_noise
        m' >= 0; without noise tokens every sum is zero.
    strength
        s = στ >= 0, finite.
    rng
        Source of randomness.
    size
        Number of samples.
    with_moment
        Whether Σ g_t exp(…) is wanted.

    Raises
    ------
    ParameterError
        If στ overflows.

    Examples
    --------
    >>> sums = noise_sums(1_000_000, strength=1e6, rng=np.random.default_rng(0), size=1)
    >>> 4 < sums.peak[0] < 6, sums.total[0]
    (np.True_, np.float64(1.0))
    """
    if not np.isfinite(strength):
        raise ParameterError("prompt_strength", "such that prompt_strength * noise_std is finite", strength)
    if n_noise == 0 or strength == 0:
        count = np.full(size, float(n_noise))
        moment = np.sqrt(n_noise) * rng.standard_normal(size) if with_moment else np.zeros(size)
        return NoiseSums(np.zeros(size), count, count, moment)
    width = min(size, max(64, _BLOCK // n_noise))
    blocks = [
        _streamed_sums(n_noise, strength, rng, min(width, size - start), with_moment) for start in range(0, size, width)
    ]
    return NoiseSums(*np.concatenate(blocks, axis=1))


def _streamed_sums(n_noise: int, strength: float, rng: np.random.Generator, width: int, with_moment: bool) -> Array:
    r"""The four rows of `NoiseSums` for `width` samples, token block after token block."""
    peak, total, squares, moment = sums = np.zeros((4, width))
    peak[:] = -np.inf
    height = max(1, _BLOCK // width)
    for start in range(0, n_noise, height):
        g = rng.standard_normal((min(height, n_noise - start), width))
        top = np.maximum(peak, g.max(axis=0))
        shrinkage = np.exp(strength * (peak - top)) if start else np.zeros(width)
        weights = np.exp(strength * (g - top))
        total[:] = total * shrinkage + weights.sum(axis=0)
        squares[:] = squares * shrinkage**2 + np.einsum("tj,tj->j", weights, weights)
        if with_moment:
            moment[:] = moment * shrinkage + np.einsum("tj,tj->j", weights, g)
        peak[:] = top
    return sums


def pooled_scales(
    model: ContextualModel, strength: float, sums: NoiseSums, *, label: Array | float, shift: Array
) -> PooledScales:
    r"""The scales of the pooled feature given noise scores, label and shift; exact at every T.

    .. math::

        A &= \frac{m e^{\tau u}}{S}, \qquad S = m e^{\tau u} + e^{\tau v} \sum_t e^{\sigma\tau g_t}, \qquad
        C = \frac{e^{\tau v}}{S} \Big(\sum_t e^{2\sigma\tau g_t}\Big)^{1/2}, \\
        r &= A u + (1 - A) v + \sigma \frac{e^{\tau v}}{S} \sum_t g_t e^{\sigma\tau g_t}, \\
        u &= Q + y \rho W, \qquad v = -\delta_q Q - (\delta_w + \delta_y y) \rho W

    u and v are the coordinates along q_* of a relevant token and of the mean of an irrelevant one. The coordinate along
    the part of w_* orthogonal to q_* has mean W √(1-ρ²) [A y - (1-A)(δw + δy y)].

    Parameters
    ----------
    model
        The law of the data.
    strength
        τ >= 0.
    sums
        Noise scores, any shape.
    label
        y = ±1, that shape or a number.
    shift
        δ, that shape with a last axis of 3.

    Returns
    -------
    PooledScales
        Arrays of that shape.
    """
    refuse_beyond(model, "pooled scales", {"shift", "correlation", "label_prior"})
    sigma, tau = model.noise_std, strength
    label_free, label_bound = shift[..., 1], shift[..., 2]
    leaning = label_free + label_bound * label
    along = model.correlation * model.signal_norm
    across = model.signal_norm * np.sqrt(1 - model.correlation**2)
    u = model.context_norm + label * along
    v = -shift[..., 0] * model.context_norm - leaning * along
    lead = np.log(model.n_relevant) + tau * (u - v - sigma * sums.peak)
    relevant, irrelevant = np.exp(np.minimum(lead, 0)), np.exp(np.minimum(-lead, 0))
    partition = relevant + irrelevant * sums.total
    A, rest = relevant / partition, irrelevant * sums.total / partition
    C = irrelevant * np.sqrt(sums.squares) / partition
    r = A * u + rest * v + sigma * irrelevant * sums.moment / partition
    return PooledScales(A, sigma * C, r, across * (A * label - rest * leaning))


def pooled_features(
    model: ContextualModel, strength: float, *, rng: np.random.Generator, size: int
) -> tuple[Array, Array]:
    r"""Samples (Xᵀ softmax(X q), y) for the prompt q = τ q_*/Q, equal in law to pooling the tokens.

    .. math::

        X^\top \operatorname{softmax}(X q) \overset{d}{=}
        r\, e_1 + W\sqrt{1-\rho^2}\,[A y - (1-A)(\delta_w + \delta_y y)]\, e_2 + \sigma C\, h

    h standard normal orthogonal to e1 = q̂_*. The scores fix the weights, and the part of the noise orthogonal to q_* is
    independent of the scores; a weighted sum of it is Gaussian with the sum of squared weights.

    Parameters
    ----------
    model
        The law of the data.
    strength
        τ >= 0.
    rng
        Source of randomness.
    size
        Number of samples.

    Returns
    -------
    features, labels
        Shapes (size, d) and (size,), in the coordinates of `tokens.directions`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> features, y = pooled_features(model, 1.5, rng=np.random.default_rng(0), size=3)
    >>> features.shape, y.shape
    ((3, 40), (3,))
    """
    y = labels(model, rng=rng, shape=size)
    shift = shifts(model.shift, rng=rng, shape=(size,))
    sums = noise_sums(model.n_irrelevant, strength=model.noise_std * strength, rng=rng, size=size)
    scales = pooled_scales(model, strength, sums, label=y, shift=shift)
    features = scales.spread[:, None] * rng.standard_normal((size, model.dim))
    features[:, 0] = scales.context
    features[:, 1] += scales.signal
    return features, y
