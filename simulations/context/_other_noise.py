r"""Attention when the token noise is not Gaussian: scores are averages over the coordinates that the prompt touches."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from theory.model import Choice, ContextualModel

__all__ = ["NOISE_LAWS", "simulated_mass_with_noise", "simulated_mistakes_with_noise"]

Array = NDArray[np.float64]

_BLOCK = 1 << 20  # numbers that are held at once: eight megabytes

NOISE_LAWS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "gaussian": lambda rng, shape: rng.standard_normal(shape),
    "rademacher": lambda rng, shape: np.asarray(2.0 * rng.integers(0, 2, size=shape) - 1.0, dtype=np.float64),
    "uniform": lambda rng, shape: rng.uniform(-(3.0**0.5), 3.0**0.5, shape),
    "laplace": lambda rng, shape: rng.laplace(0.0, np.sqrt(0.5), shape),
    "scale-mixture": lambda rng, shape: _scale_mixture(rng, shape),
}
r"""Laws of one coordinate of the noise, mean 0 and variance 1; the mixture shares one scale per token."""


def simulated_mass_with_noise(
    model: ContextualModel, strength: float, *, law: str, touched: int, rng: np.random.Generator, size: int
) -> Array:
    r"""Draws of the attention A when the prompt has equal weight on `touched` coordinates and the noise has another law.

    .. math:: A = \frac{m e^{\tau Q}}{m e^{\tau Q} + \sum_t e^{\sigma\tau g_t}}, \qquad
              g_t = k^{-1/2} \sum_{i \le k} \xi_{ti}.

    Parameters
    ----------
    model
        Core data.
    strength
        τ >= 0.
    law
        Key of `NOISE_LAWS`.
    touched
        k >= 1, coordinates on which q_* lives.
    rng
        Source of randomness.
    size
        Number of draws.

    Returns
    -------
    array
        Shape (size,), values in [0, 1].
    """
    Choice(tuple(NOISE_LAWS)).member("law", law)
    draw = NOISE_LAWS[law]
    log_a = np.log(model.n_relevant) + strength * model.context_norm
    per_sample = model.n_irrelevant * touched
    step = max(1, _BLOCK // per_sample)
    masses = []
    for start in range(0, size, step):
        shape = (min(step, size - start), model.n_irrelevant, touched)
        scores = draw(rng, shape).sum(axis=2) / np.sqrt(touched)
        noise = np.logaddexp.reduce(model.noise_std * strength * scores, axis=1)
        masses.append(1.0 / (1.0 + np.exp(noise - log_a)))
    return np.concatenate(masses)


def simulated_mistakes_with_noise(
    model: ContextualModel, strength: float, *, law: str, touched: int, rng: np.random.Generator, size: int
) -> Array:
    r"""Whether the head along w_* errs, one or zero: q_* has equal weight on k coordinates, w_* on k others.

    .. math:: e^{\tau Q} m W + \sigma \sum_t e^{\sigma\tau g_t} h_t < 0, \qquad g_t = k^{-1/2} \sum_{i \le k} \xi_{ti}, \quad
              h_t = k^{-1/2} \sum_{k < i \le 2k} \xi_{ti}.

    Parameters
    ----------
    model, strength, law, touched, rng, size
        As in `simulated_mass_with_noise`.

    Returns
    -------
    array
        Shape (size,).
    """
    Choice(tuple(NOISE_LAWS)).member("law", law)
    signal = model.n_relevant * np.exp(strength * model.context_norm) * model.signal_norm
    step = max(1, _BLOCK // (model.n_irrelevant * 2 * touched))
    wrong = []
    for start in range(0, size, step):
        shape = (min(step, size - start), model.n_irrelevant, 2 * touched)
        noise = NOISE_LAWS[law](rng, shape)
        scores, along = (noise[..., part].sum(axis=2) / np.sqrt(touched) for part in (slice(touched), slice(touched, None)))
        sums = model.noise_std * (np.exp(model.noise_std * strength * scores) * along).sum(axis=1)
        wrong.append((signal + sums < 0).astype(np.float64))
    return np.concatenate(wrong)


def _scale_mixture(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """One scale per token, √(1/2) or √(3/2) with equal probability: variance 1, excess kurtosis 3/4."""
    scales = np.sqrt(rng.integers(0, 2, size=shape[:-1]) + 0.5)
    product: Array = scales[..., None] * rng.standard_normal(shape)
    return product
