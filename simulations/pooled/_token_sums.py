r"""Exponential sums of the noise scores of a sample: all that its tokens contribute to attention."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulations.pooled._noise_shape import noise_shape
from theory.model import ContextualModel, ParameterError, Prompt

__all__ = ["NoiseSums", "noise_sums", "token_sums"]

Array = NDArray[np.float64]

_BLOCK = 1 << 15
r"""Noise scores that are held at once: a quarter of a megabyte, so that a block stays in the cache."""


@dataclass(frozen=True)
class NoiseSums:
    r"""What the scores g_1, …, g_m' ~ N(0, 1) of irrelevant tokens contribute to the pooled feature of each sample.

    With s the standard deviation of a token's score, and g_max the largest of the g, taken out so that nothing overflows:

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
    relevant
        The same sums over the relevant tokens, whose scores have the standard deviation ϱs, if they carry noise.
    """

    peak: Array
    total: Array
    squares: Array
    moment: Array
    relevant: "NoiseSums | None" = None

    def reshaped(self, *shape: int) -> "NoiseSums":
        r"""The same numbers with another shape of the array of samples."""
        peak, total, squares, moment = (part.reshape(shape) for part in (self.peak, self.total, self.squares, self.moment))
        return NoiseSums(peak, total, squares, moment, self.relevant.reshaped(*shape) if self.relevant else None)


def noise_sums(n_noise: int, *, strength: float, rng: np.random.Generator, size: int, with_moment: bool = True) -> NoiseSums:
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
        s >= 0, finite; στ if the prompt is aligned and the noise isotropic.
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
    >>> 4 < float(sums.peak[0]) < 6, float(sums.total[0])
    (True, 1.0)
    """
    if not np.isfinite(strength):
        raise ParameterError("prompt_strength", "such that prompt_strength * noise_std is finite", strength)
    if n_noise == 0 or strength == 0:
        count = np.full(size, float(n_noise))
        moment = np.sqrt(n_noise) * rng.standard_normal(size) if with_moment else np.zeros(size)
        return NoiseSums(np.zeros(size), count, count, moment)
    width = min(size, max(64, _BLOCK // n_noise))
    blocks = [_streamed_sums(n_noise, strength, rng, min(width, size - start), with_moment) for start in range(0, size, width)]
    return NoiseSums(*np.concatenate(blocks, axis=1))


def token_sums(
    model: ContextualModel, prompt: Prompt, *, rng: np.random.Generator, size: int, with_moment: bool = True
) -> NoiseSums:
    r"""Fresh sums of the scores that a prompt gives to the noise of irrelevant tokens, and of relevant ones if they carry any.

    Parameters
    ----------
    model
        The law of the data.
    prompt
        q.
    rng
        Source of randomness.
    size
        Number of samples.
    with_moment
        Whether Σ g_t exp(…) is wanted: coordinates on which the score leans need it.

    Returns
    -------
    NoiseSums
        Arrays of shape (size,).

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=0.5, context_norm=1.0, relevant_noise=0.5)
    >>> sums = token_sums(model, Prompt(0.0), rng=np.random.default_rng(0), size=1)
    >>> float(sums.total[0]), float(sums.relevant.total[0])
    (7.0, 2.0)
    """
    deviation = model.noise_std * prompt.strength * noise_shape(model, prompt).score
    sums = noise_sums(model.n_irrelevant, strength=deviation, rng=rng, size=size, with_moment=with_moment)
    if model.relevant_noise == 0:
        return sums
    deviation *= model.relevant_noise
    relevant = noise_sums(model.n_relevant, strength=deviation, rng=rng, size=size, with_moment=with_moment)
    return replace(sums, relevant=relevant)


def _streamed_sums(n_noise: int, strength: float, rng: np.random.Generator, width: int, with_moment: bool) -> Array:
    r"""The four rows of `NoiseSums` for `width` samples, token block after token block."""
    peak, total, squares, moment = sums = np.zeros((4, width))
    peak[:] = -np.inf
    height = min(max(1, _BLOCK // width), n_noise)
    scores, room = np.empty((2, height, width))  # once for all blocks: fresh memory would cost a quarter of the time
    for start in range(0, n_noise, height):
        g = rng.standard_normal(out=scores[: n_noise - start])
        top = np.maximum(peak, g.max(axis=0))
        shrinkage = np.exp(strength * (peak - top)) if start else np.zeros(width)
        weights = np.subtract(g, top, out=room[: len(g)])
        weights *= strength
        np.exp(weights, out=weights)
        total[:] = total * shrinkage + weights.sum(axis=0)
        squares[:] = squares * shrinkage**2 + np.einsum("tj,tj->j", weights, weights)
        if with_moment:
            moment[:] = moment * shrinkage + np.einsum("tj,tj->j", weights, g)
        peak[:] = top
    return sums
