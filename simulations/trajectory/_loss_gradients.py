r"""Loss gradients of softmax prompt-attention on tokens, straight from the definition."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["RESIDUALS", "attention", "loss_gradients", "sample_gradients"]

Array = NDArray[np.float64]

RESIDUALS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType(
    {"squared": lambda y, f: y - f, "logistic": lambda y, f: y * expit(-y * f)}
)
r"""-∂ℓ/∂f of ½(y - f)² and of log(1 + e^{-yf})."""


def attention(tokens: Array, prompt: Array) -> Array:
    r"""softmax(X q) of every sample; tokens (..., T, d), prompt (..., d) -> (..., T)."""
    scores = np.einsum("...td,...d->...t", tokens, prompt)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Array = weights / weights.sum(axis=-1, keepdims=True)
    return result


def loss_gradients(tokens: Array, y: Array, prompt: Array, head: Array, loss: str = "squared") -> tuple[Array, Array]:
    r"""(∇_q L, ∇_w L) of the empirical loss L(q, w) = mean ℓ(y, f), f = wᵀ Xᵀ softmax(X q).

    .. math::

        \nabla_w L = -\tfrac1n \sum e_i\, X_i^\top a_i, \qquad
        \nabla_q L = -\tfrac1n \sum e_i\, X_i^\top (\operatorname{diag} a_i - a_i a_i^\top) X_i w

    with a = softmax(X q) and e = -∂ℓ/∂f.

    Parameters
    ----------
    tokens
        X, shape (n, T, d).
    y
        Labels, shape (n,).
    prompt, head
        q and w, shape (d,).
    loss
        "squared" or "logistic".

    Returns
    -------
    tuple of array
        Shapes (d,) and (d,).

    Examples
    --------
    >>> X, y = np.array([[[1.0, 2.0], [3.0, 5.0]]]), np.array([1.0])
    >>> loss_gradients(X, y, np.zeros(2), np.zeros(2))[1]
    array([-2. , -3.5])
    """
    by_prompt, by_head = sample_gradients(tokens, y, prompt, head, loss)
    return by_prompt.mean(axis=0), by_head.mean(axis=0)


def sample_gradients(tokens: Array, y: Array, prompt: Array, head: Array, loss: str = "squared") -> tuple[Array, Array]:
    r"""(∇_q ℓ, ∇_w ℓ) of every sample, shapes (n, d); arguments as for `loss_gradients`."""
    a = attention(tokens, np.broadcast_to(prompt, (len(tokens), prompt.size)))
    pooled = np.einsum("nt,ntd->nd", a, tokens)
    values = tokens @ head
    f = pooled @ head
    e = RESIDUALS[loss](y, f)
    by_prompt = np.einsum("nt,ntd->nd", e[:, None] * a * (values - f[:, None]), tokens)
    return -by_prompt, -e[:, None] * pooled
