r"""Draws of the attention A, the noise gain C² and the conditional error of the population head."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.pooled import NoiseSums, noise_sums
from simulations.tokens import context_prompt, directions, labels, noise_scales
from theory.model import Choice, ContextualModel, Prompt, refuse_beyond

__all__ = ["ATTENTION", "simulated_attention"]

Array = NDArray[np.float64]

ATTENTION = ("relevant_mass", "relevant_mass_squared", "noise_gain", "signal_to_noise", "error")
r"""Quantities of one sample: A, A², C², A/C, and the error of the head along e2 given the scores, at θ = 0 Q(AW/(σC))."""

_COVERED = ("correlation", "label_prior", "relevant_noise", "context_noise", "signal_noise")


def simulated_attention(model: ContextualModel, prompt: Prompt, *, quantity: str, rng: np.random.Generator, size: int) -> Array:
    r"""Independent draws of A, A², C², A/C or of the error given the scores, under the prompt.

    Scores are streamed in blocks: memory does not grow with T. The error given the scores is not counted but computed: the noise
    along e2 that the prompt does not see is Gaussian.

    Parameters
    ----------
    model
        Without shift.
    prompt
        q.
    quantity
        One of `ATTENTION`.
    rng
        Source of randomness.
    size
        Number of draws.

    Returns
    -------
    array
        Shape (size,), values in [0, 1], or in [0, max(1, ϱ²)] for C² and [0, inf] for A/C.

    Examples
    --------
    >>> model = ContextualModel(
    ...     n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> draws = simulated_attention(
    ...     model, Prompt(1.1), quantity="relevant_mass", rng=np.random.default_rng(0), size=4000)
    >>> bool(abs(draws.mean() - 0.4405) < 0.01)
    True
    """
    Choice(ATTENTION).member("quantity", quantity)
    refuse_beyond(model, "simulated attention", _COVERED)
    prompt.require_room(model.dim)
    q, scales = context_prompt(model, prompt), noise_scales(model)
    context, signal = directions(model)
    noise_std = float(np.linalg.norm(scales * q))
    y = labels(model, rng=rng, shape=size)
    ratio = model.relevant_noise
    moment = quantity == "error"
    noise = noise_sums(model.n_irrelevant, strength=noise_std, rng=rng, size=size, with_moment=moment)
    relevant = noise_sums(model.n_relevant, strength=ratio * noise_std, rng=rng, size=size, with_moment=moment and ratio > 0)
    sums = _weighed(noise, noise_std, relevant, ratio, q @ context + y * (q @ signal))
    if quantity == "relevant_mass":
        return sums.mass
    if quantity == "relevant_mass_squared":
        return sums.mass**2
    if quantity == "noise_gain":
        return sums.gain
    if quantity == "signal_to_noise":
        with np.errstate(divide="ignore"):
            return sums.mass / np.sqrt(sums.gain)
    leaning = float(scales[1] ** 2 * q[1]) / noise_std if noise_std > 0 else 0.0  # covariance of score and noise along e2
    unseen = math.sqrt(max(float(scales[1] ** 2) - leaning**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # C underflows to 0 where attention is complete: the error is then 0
        error: Array = ndtr(-(sums.mass * signal[1] + y * leaning * sums.moment) / (unseen * np.sqrt(sums.gain)))
    return np.where(sums.gain > 0, error, 0.0)


@dataclass(frozen=True)
class _Sums:
    r"""A, C² and the weighted sum of the standardised scores of noise, of each sample."""

    mass: Array
    gain: Array
    moment: Array


def _weighed(noise: NoiseSums, noise_std: float, relevant: NoiseSums, ratio: float, score: Array) -> _Sums:
    r"""The softmax of scores from sums whose peaks were taken out."""
    lead = score + ratio * noise_std * relevant.peak - noise_std * noise.peak
    here, there = np.exp(np.minimum(lead, 0)), np.exp(np.minimum(-lead, 0))
    total = here * relevant.total + there * noise.total
    here, there = here / total, there / total
    return _Sums(
        mass=here * relevant.total,
        gain=there**2 * noise.squares + (ratio * here) ** 2 * relevant.squares,
        moment=there * noise.moment + ratio * here * relevant.moment,
    )
