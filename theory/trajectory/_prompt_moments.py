r"""Mean and covariance of the prompt after one step, at finite (n, T, d): given the head, and over the law of the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.model import ContextualModel, Interval, ParameterError, refuse_beyond
from theory.numerics import chi_square_rule, label_mean_rule, normal_rule
from theory.trajectory._first_head import first_head
from theory.trajectory._sample_gradients import gradient_moments

__all__ = ["VectorMoments", "prompt_moments", "unconditional_prompt_moments"]

Floats = NDArray[np.float64]

_ORDER = 4  # exact to degree 7; the second moment of q₁ has degree 6 in w₁


@dataclass(frozen=True)
class VectorMoments:
    r"""Mean, shape (d,), and covariance, shape (d, d), of a random vector in the basis (q̂_*, ŵ_⊥, rest)."""

    mean: Floats
    covariance: Floats


def prompt_moments(
    model: ContextualModel, head: ArrayLike, *, gamma: float, n_samples: float, loss: str = "squared"
) -> VectorMoments:
    r"""Mean and covariance of q₁ = -γ ∇_q L_S(0, w) for a given head w and a fresh batch of n samples.

    .. math:: E[q_1 | w] = \gamma E g, \qquad \operatorname{Cov}(q_1 | w) = \frac{\gamma^2}{n} \operatorname{Cov} g

    with g the gradient of one sample; exact at every (n, T, d) for the squared loss, for every shift.

    Parameters
    ----------
    model
        The law of the data.
    head
        w, shape (d,).
    gamma
        γ > 0.
    n_samples
        n, a number or inf.
    loss
        "squared" or "logistic".

    Returns
    -------
    VectorMoments

    Notes
    -----
    Equation :eq:`eq-trajectory-prompt` of docs/trajectory.md. The moments of one sample are averages of
    :eq:`eq-trajectory-sample`, for the squared loss the forms :eq:`eq-trajectory-forms`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> moments = prompt_moments(model, [0.0, 0.4, 0.0, 0.0], gamma=1.0, n_samples=50)
    >>> print(np.array2string(moments.mean[0], precision=5), np.array2string(moments.covariance.diagonal(), precision=5))
    0.08568 [0.00028 0.00178 0.00018 0.00018]
    """
    w = np.asarray(head, dtype=float)
    if w.shape != (model.dim,):
        raise ParameterError("head", f"a vector of {model.dim} coordinates", f"shape {w.shape}")
    n = float(Interval(1, integer=True, closed_at_infinity=True).member("n_samples", n_samples))
    if not w.any():
        return VectorMoments(np.zeros(model.dim), np.zeros((model.dim, model.dim)))
    frame = np.zeros((model.dim, 3))
    frame[0, 0] = frame[1, 1] = 1.0
    rest = float(np.linalg.norm(w[2:]))
    if rest > 0:
        frame[2:, 2] = w[2:] / rest
    moments = gradient_moments(model, np.array([[w[0], w[1], rest]]), loss)
    inner = moments.covariance[0] - moments.spread[0] * np.eye(3)
    covariance = frame @ inner @ frame.T + moments.spread[0] * np.eye(model.dim)
    return VectorMoments(gamma * frame @ moments.mean[0], gamma**2 / n * covariance)


def unconditional_prompt_moments(
    model: ContextualModel, *, eta: float, gamma: float, n_first: float, n_second: float
) -> VectorMoments:
    r"""Mean and covariance of q₁ after the first two steps on fresh batches; core model, squared loss.

    .. math::

        E q_1 = \gamma E\, \mu(w_1), \qquad
        \operatorname{Cov} q_1 = \gamma^2 \Bigl( E[\mu\mu^\top] - E\mu\, E\mu^\top + \frac1{n_2} E\, \Sigma(w_1) \Bigr)

    where μ(w) and Σ(w) are mean and covariance of one sample's gradient, polynomials of degree 3 and 6 in w. Their expectation
    under the exact law of w₁ is taken by Gauss rules of matching degree (Hermite along q_* and w_*, Laguerre for the
    χ²_{d-2} length of the rest, Krawtchouk for the label mean): a finite sum without error.

    Parameters
    ----------
    model
        Core model.
    eta, gamma
        Step sizes.
    n_first, n_second
        n₁ and n₂, numbers or inf.

    Returns
    -------
    VectorMoments

    Raises
    ------
    ParameterError
        If the model has a shift: the mean of n shifts is not Gaussian, and degree 6 would feel it.

    Notes
    -----
    Equation :eq:`eq-trajectory-unconditional` of docs/trajectory.md; the symbolic form is in `theory.trajectory.symbolic`.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> moments = unconditional_prompt_moments(model, eta=1.0, gamma=1.0, n_first=20, n_second=50)
    >>> print(f"{moments.mean[0]:.5f}, {abs(moments.mean[1]):.5f}")
    0.01491, 0.00000
    """
    refuse_beyond(model, "moments over the law of the first head", {"correlation", "label_prior"})
    law = first_head(model, eta=eta, n_samples=n_first)
    hermite = normal_rule(_ORDER)
    blocks = (label_mean_rule(n_first, model.label_prior, _ORDER), hermite, hermite, chi_square_rule(model.dim - 2, _ORDER))
    nodes = np.meshgrid(*(rule[0] for rule in blocks), indexing="ij")
    weight = np.prod(np.meshgrid(*(rule[1] for rule in blocks), indexing="ij"), axis=0).ravel()
    label_mean, along, beside, square = (part.ravel() for part in nodes)
    heads = np.stack(
        [
            law.signal[0] + label_mean * law.context[0] + law.spread * along,
            law.signal[1] + label_mean * law.context[1] + law.spread * beside,
            law.spread * np.sqrt(np.maximum(square, 0.0)),
        ],
        axis=1,
    )
    inside = heads.any(axis=1)  # the gradient of a zero head is zero
    heads, weight = heads[inside], weight[inside]
    moments = gradient_moments(model, heads)
    mean = weight @ moments.mean
    within, spread = np.tensordot(weight, moments.covariance, 1), float(weight @ moments.spread)
    between = np.einsum("b,bi,bj->ij", weight, moments.mean, moments.mean)
    d = model.dim
    result = np.zeros((d, d))
    result[:2, :2] = (between + within / n_second)[:2, :2] - np.outer(mean[:2], mean[:2])
    if d > 2:  # the rest of w₁ points anywhere: its direction averages to the identity
        rest = (between[2, 2] + (within[2, 2] + (d - 3) * spread) / n_second) / (d - 2)
        result[2:, 2:] = rest * np.eye(d - 2)
    full_mean = np.zeros(d)
    full_mean[:2] = gamma * mean[:2]
    return VectorMoments(full_mean, gamma**2 * result)
