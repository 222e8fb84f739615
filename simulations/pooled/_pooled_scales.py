r"""The pooled feature without its tokens: equal in law to `tokens.pool`, from O(T + d) numbers per sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.pooled._noise_shape import noise_shape
from simulations.pooled._token_sums import NoiseSums, token_sums
from simulations.tokens import labels, shifts
from theory.model import ContextualModel, ParameterError, Prompt

__all__ = ["PooledScales", "pooled_features", "pooled_scales"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PooledScales:
    r"""The numbers that fix the law of the pooled feature given the scores, the label and the shift.

    Given them the feature is Gaussian around (context, signal, third, 0, …) with covariance (σC)² D(I - vvᵀ)D, D and v
    those of `NoiseShape`.

    Parameters
    ----------
    attention
        A, the attention on relevant tokens.
    spread
        σC; with isotropic noise the standard deviation of every coordinate orthogonal to the prompt.
    context
        The mean of the coordinate along q_*; r for an aligned prompt, under which it is the coordinate itself.
    signal
        The mean of the coordinate along the part of w_* orthogonal to q_*.
    third
        The mean of the coordinate along what is left of the prompt; 0 for an aligned prompt.
    """

    attention: Array
    spread: Array
    context: Array
    signal: Array
    third: Array


def pooled_scales(model: ContextualModel, prompt: Prompt, sums: NoiseSums, *, label: Array | float, shift: Array) -> PooledScales:
    r"""The scales of the pooled feature given noise scores, label and shift; exact at every T.

    .. math::

        S &= e^{\tau\hat q^\top\mu} R_1 + e^{\tau\hat q^\top\nu} S_1, \qquad
        A = \frac{e^{\tau\hat q^\top\mu} R_1}{S}, \qquad
        C^2 = \frac{e^{2\tau\hat q^\top\nu} S_2 + \varrho^2 e^{2\tau\hat q^\top\mu} R_2}{S^2}, \\
        \text{mean} &= A \mu + (1 - A) \nu + \sigma D v M, \qquad
        M = \frac{e^{\tau\hat q^\top\nu} S_g + \varrho\, e^{\tau\hat q^\top\mu} R_g}{S}

    μ = q_* + y w_* and ν = -δq q_* - (δw + δy y) w_* are the means of a relevant and of an irrelevant token; with
    X_t = e^{στs g_t} the sums over irrelevant tokens are S_1 = Σ X_t, S_2 = Σ X_t², S_g = Σ g_t X_t, those over relevant ones
    R_1, R_2, R_g the same with ϱs for s. For an aligned prompt and plain noise R_1 = m, s = 1 and D v = e1.

    Parameters
    ----------
    model
        The law of the data.
    prompt
        q.
    sums
        Noise scores of `token_sums`, any shape.
    label
        y = ±1, that shape or a number.
    shift
        δ, that shape with a last axis of 3.

    Returns
    -------
    PooledScales
        Arrays of that shape.

    Raises
    ------
    ParameterError
        If relevant tokens carry noise and their scores are missing.
    """
    shape = noise_shape(model, prompt)
    sigma, tau, relevant_sums = model.noise_std, prompt.strength, _relevant_sums(model, sums)
    leaning = shift[..., 1] + shift[..., 2] * label
    along = model.correlation * model.signal_norm
    across = model.signal_norm * np.sqrt(1 - model.correlation**2)
    u = model.context_norm + label * along
    v = -shift[..., 0] * model.context_norm - leaning * along
    ahead = shape.direction[0] * (u - v) + shape.direction[1] * across * (label + leaning)
    peaks = sigma * shape.score * (sums.peak - model.relevant_noise * relevant_sums.peak)
    lead = np.log(relevant_sums.total) + tau * (ahead - peaks)
    if model.n_irrelevant == 0:
        lead = np.full_like(lead, np.inf)
    relevant, irrelevant = np.exp(np.minimum(lead, 0)), np.exp(np.minimum(-lead, 0))
    partition = relevant + irrelevant * sums.total
    A, rest = relevant / partition, irrelevant * sums.total / partition
    C, M = irrelevant * np.sqrt(sums.squares), sigma * irrelevant * sums.moment
    if model.relevant_noise:
        own = model.relevant_noise * relevant / relevant_sums.total
        C, M = np.hypot(C, own * np.sqrt(relevant_sums.squares)), M + sigma * own * relevant_sums.moment
    lean, M = shape.lean, M / partition
    return PooledScales(
        attention=A,
        spread=sigma * (C / partition),
        context=A * u + rest * v + lean[0] * M,
        signal=across * (A * label - rest * leaning) + lean[1] * M,
        third=lean[2] * M,
    )


def pooled_features(model: ContextualModel, prompt: Prompt, *, rng: np.random.Generator, size: int) -> tuple[Array, Array]:
    r"""Samples (Xᵀ softmax(X q), y) for the prompt of `tokens.context_prompt`, equal in law to pooling the tokens.

    .. math::

        X^\top \operatorname{softmax}(X q) \overset{d}{=} A\mu + (1 - A)\nu + \sigma D v M + \sigma C D (I - v v^\top) h

    h standard normal. The scores fix the weights, and the part of the noise that they leave open is independent of them; a
    weighted sum of it is Gaussian with the sum of squared weights. For an aligned prompt and isotropic noise that part is the
    one orthogonal to q_*.

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

    Returns
    -------
    features, labels
        Shapes (size, d) and (size,), in the coordinates of `tokens.directions`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> features, y = pooled_features(model, Prompt(1.5), rng=np.random.default_rng(0), size=3)
    >>> features.shape, y.shape
    ((3, 40), (3,))
    """
    y = labels(model, rng=rng, shape=size)
    shift = shifts(model.shift, rng=rng, shape=(size,))
    sums = token_sums(model, prompt, rng=rng, size=size)
    scales = pooled_scales(model, prompt, sums, label=y, shift=shift)
    features = rng.standard_normal((size, model.dim))
    axes = min(3, model.dim)
    features[:, :axes] = features[:, :axes] @ noise_shape(model, prompt).factor(range(axes)).T
    features *= scales.spread[:, None]
    features[:, :axes] += np.column_stack([scales.context, scales.signal, scales.third])[:, :axes]
    return features, y


def _relevant_sums(model: ContextualModel, sums: NoiseSums) -> NoiseSums:
    r"""The sums over relevant tokens; if they carry no noise, every weight is one."""
    if model.relevant_noise == 0:
        count, zero = np.full((), float(model.n_relevant)), np.zeros(())
        return NoiseSums(zero, count, count, zero)
    if sums.relevant is None:
        raise ParameterError("sums", "those of relevant tokens too, as from token_sums", "none of relevant tokens")
    return sums.relevant
