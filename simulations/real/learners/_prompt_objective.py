r"""Softmax prompt-attention with one or several prompts: its scores, its objective and the gradient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._logistic_loss import logistic
from simulations.real.learners._packed_parameters import joined, parted

__all__ = ["Prompts", "prompt_attention", "prompt_objective"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prompts:
    r"""Parameters of f = Σ_k w_kᵀ Xᵀ softmax(X q_k) + b.

    Parameters
    ----------
    prompts, heads
        q_k and w_k, shapes (K, d).
    intercept
        b.
    """

    prompts: Array
    heads: Array
    intercept: float

    def scores(self, tokens: Array) -> Array:
        r"""f, shape (n,), for tokens of shape (n, T, d)."""
        weights = self.attention(tokens)
        values = tokens @ self.heads.T
        result: Array = np.einsum("ntk,ntk->n", weights, values) + self.intercept
        return result

    def attention(self, tokens: Array) -> Array:
        r"""softmax(X q_k), shape (n, T, K)."""
        return prompt_attention(tokens @ self.prompts.T)


def prompt_attention(scores: Array) -> Array:
    r"""Softmax over the tokens of scores of shape (n, T, K)."""
    weights: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def prompt_objective(
    tokens: Array, labels: Array, vector: Array, *, n_prompts: int, head_ridge: float, prompt_ridge: float
) -> tuple[float, Array]:
    r"""Regularised logistic loss of prompt-attention and its gradient.

    .. math::

        L = \operatorname{mean} \log(1 + e^{-y f})
            + \tfrac12 \textstyle\sum_k \bigl(\lambda_w |w_k|^2 + \lambda_q |q_k|^2\bigr)

    With a = softmax(X q_k), values v = X w_k and g = ∂ mean ℓ/∂f

    .. math::

        \nabla_{w_k} L = \sum g\, X^\top a + \lambda_w w_k, \qquad
        \nabla_{q_k} L = \sum g\, X^\top \bigl(a \odot (v - a^\top v)\bigr) + \lambda_q q_k .

    Parameters
    ----------
    tokens, labels
        X and y, shapes (n, T, d) and (n,).
    vector
        Prompts, heads and intercept in one vector, shape (2Kd + 1,).
    n_prompts
        K.
    head_ridge, prompt_ridge
        λ_w and λ_q >= 0.
    """
    n, t, d = tokens.shape
    prompts, heads, intercept = parted(vector, ((n_prompts, d), (n_prompts, d), (1,)))
    rows = tokens.reshape(n * t, d)
    products = (rows @ np.concatenate([prompts, heads]).T).reshape(n, t, 2 * n_prompts)
    weights, values = prompt_attention(products[..., :n_prompts]), products[..., n_prompts:]
    pooled = np.einsum("ntk,ntk->nk", weights, values)
    loss, slope = logistic(labels, pooled.sum(axis=1) + intercept[0])
    by_head = slope[:, None, None] * weights
    by_prompt = by_head * (values - pooled[:, None, :])
    gradients = np.concatenate([by_prompt, by_head], axis=2).reshape(n * t, -1).T @ rows
    gradients += np.concatenate([prompt_ridge * prompts, head_ridge * heads])
    penalty = (head_ridge * float((heads**2).sum()) + prompt_ridge * float((prompts**2).sum())) / 2
    return loss + penalty, joined([gradients, np.array([slope.sum()])])
