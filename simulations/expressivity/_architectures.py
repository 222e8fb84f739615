r"""Four one-layer architectures on tokens, as the model defines them, and the gradients of their scores."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from theory.model import offered

__all__ = ["gradients", "linear_prompt", "mean_pooling", "scores", "self_attention", "softmax_prompt"]

Array = NDArray[np.float64]
Parameters = Mapping[str, Array]
Scored = tuple[Array, Array, dict[str, Array]]


def mean_pooling(X: Array, p: Parameters) -> Scored:
    r"""The mean token in the head, its size and gradients, as `gradients` returns them."""
    values = np.einsum("ntd,sd->snt", X, p["head"])
    pooled = np.broadcast_to(X.mean(axis=1), (len(p["head"]), *X.shape[::2]))
    return values.mean(axis=-1), np.abs(values).mean(axis=-1), {"head": pooled}


def linear_prompt(X: Array, p: Parameters) -> Scored:
    r"""Tokens weighted by their scores, in the head."""
    values, weights = (np.einsum("ntd,sd->snt", X, p[name]) for name in ("head", "prompt"))
    slopes = {
        "head": np.einsum("ntd,snt->snd", X, weights) / X.shape[1],
        "prompt": np.einsum("ntd,snt->snd", X, values) / X.shape[1],
    }
    return (values * weights).mean(axis=-1), np.abs(values * weights).mean(axis=-1), slopes


def softmax_prompt(X: Array, p: Parameters) -> Scored:
    r"""Tokens weighted by the softmax of their scores, in the head."""
    values = np.einsum("ntd,sd->snt", X, p["head"])
    weights = _softmax(np.einsum("ntd,sd->snt", X, p["prompt"]))
    f = (weights * values).sum(axis=-1)
    slopes = {
        "head": np.einsum("ntd,snt->snd", X, weights),
        "prompt": np.einsum("ntd,snt->snd", X, weights * (values - f[..., None])),
    }
    return f, (weights * np.abs(values)).sum(axis=-1), slopes


def self_attention(X: Array, p: Parameters) -> Scored:
    r"""The mean row of softmax self-attention, in the head."""
    values = np.einsum("ntd,sd->snt", X, p["head"])
    weights = _softmax(np.einsum("ntd,sde,nue->sntu", X, p["attention"], X, optimize=True))
    rows = np.einsum("sntu,snu->snt", weights, values)
    n_tokens = X.shape[1]
    slopes = {
        "head": np.einsum("sntu,nud->snd", weights, X) / n_tokens,
        "attention": np.einsum("ntd,sntu,nue->snde", X, weights * (values[:, :, None] - rows[..., None]), X, optimize=True)
        / n_tokens,
    }
    return rows.mean(axis=-1), np.einsum("sntu,snu->sn", weights, np.abs(values)) / n_tokens, slopes


def scores(architecture: str, tokens: Array, parameters: Parameters) -> tuple[Array, Array]:
    r"""The scores f of many samples under many parameters, and the sums of the absolute values of their terms.

    Parameters
    ----------
    architecture
        A name of `theory.model.ARCHITECTURES`.
    tokens
        X, shape (size, T, d).
    parameters
        By name, as `Architecture.axes` declares them, many side by side: a head w has shape (starts, d), a matrix (starts, d, d).

    Returns
    -------
    f, size
        Shape (starts, size). A score below some 1e-12 of its size is not told from 0.

    Examples
    --------
    >>> X, one = np.array([[[1.0, 5.0], [0.0, 7.0]]]), np.array([[0.0, 1.0]])
    >>> [float(scores(name, X, {"head": one, "prompt": one})[0][0, 0]) for name in ("mean-pooling", "linear-prompt")]
    [6.0, 37.0]
    """
    f, size, _ = gradients(architecture, tokens, parameters)
    return f, size


def gradients(architecture: str, tokens: Array, parameters: Parameters) -> Scored:
    r"""f and its size as in `scores`, and the gradient of every f in every parameter, shape (starts, size, *parameter)."""
    scored: Scored = offered(architecture, "forward")(tokens, parameters)
    return scored


def _softmax(scores: Array) -> Array:
    weights: Array = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
