r"""Draws of the attention A, the noise gain C² and the conditional error of the population head."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulations.pooled import noise_sums, pooled_scales
from theory.model import Choice, ContextualModel, refuse_beyond

__all__ = ["ATTENTION", "simulated_attention"]

Array = NDArray[np.float64]

ATTENTION = ("relevant_mass", "relevant_mass_squared", "noise_gain", "error")
r"""Quantities of one sample: A, A², C², Q(AW/(σC))."""


def simulated_attention(model: ContextualModel, strength: float, *, quantity: str, rng: np.random.Generator, size: int) -> Array:
    r"""Independent draws of A, A², C² or Q(AW/(σC)) under the prompt `q = τ q_*/Q`.

    Scores are streamed in blocks: memory does not grow with T. The error given the scores is not counted but computed.

    Parameters
    ----------
    model
        Core data, ρ = 0.
    strength
        τ >= 0.
    quantity
        One of `ATTENTION`.
    rng
        Source of randomness.
    size
        Number of draws.

    Returns
    -------
    array
        Shape (size,), values in [0, 1].

    Examples
    --------
    >>> model = ContextualModel(
    ...     n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> draws = simulated_attention(
    ...     model, 1.1, quantity="relevant_mass", rng=np.random.default_rng(0), size=4000)
    >>> bool(abs(draws.mean() - 0.4405) < 0.01)
    True
    """
    Choice(ATTENTION).member("quantity", quantity)
    refuse_beyond(model, "simulated attention", {"label_prior"})
    sums = noise_sums(model.n_irrelevant, strength=model.noise_std * strength, rng=rng, size=size, with_moment=False)
    scales = pooled_scales(model, strength, sums, label=np.ones(size), shift=np.zeros((size, 3)))
    if quantity == "relevant_mass":
        return scales.attention
    if quantity == "relevant_mass_squared":
        return scales.attention**2
    if quantity == "noise_gain":
        return (scales.spread / model.noise_std) ** 2
    with np.errstate(divide="ignore"):  # C underflows to 0 where attention is complete: the error is then 0
        error: Array = ndtr(-scales.signal / scales.spread)
    return error
