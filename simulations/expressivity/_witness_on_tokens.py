r"""A witness on tokens: parameters with given values on (q_*, w_*), and how often they are right."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.expressivity._architectures import scores
from simulations.tokens import TokenBatch, directions, tokens
from theory.model import ContextualModel, FiniteShift, ParameterError, offered

__all__ = ["is_right", "right_answers", "support", "token_parameters"]

Array = NDArray[np.float64]

_UNDECIDED = 1e-9  # y f in units of its terms: what rounding could have made


def token_parameters(model: ContextualModel, witness: Mapping[str, Any]) -> dict[str, Array]:
    r"""Vectors and matrices in token space with the values of a witness on the basis (q_*, w_*).

    .. math::

        w = D^\top (a, b), \quad M = D^\top K D, \qquad D\,(q_*, w_*) = I

    Parameters
    ----------
    model
        W, Q > 0 and |ρ| < 1.
    witness
        Vectors by their values, pairs of numbers or fractions as text; matrices by theirs, two such pairs.

    Returns
    -------
    dict of arrays
        As `simulations.expressivity.scores` takes them, with one start.

    Raises
    ------
    ParameterError
        If q_* and w_* are linearly dependent.
    """
    basis = np.stack(directions(model), axis=1)
    if np.linalg.matrix_rank(basis) < 2:
        raise ParameterError("correlation", "such that q_* and w_* are linearly independent", model.correlation)
    dual = np.linalg.pinv(basis)
    found = {}
    for name, values in witness.items():
        entries = np.array(values, dtype=object)
        form = np.array([float(Fraction(x)) for x in entries.flat]).reshape(entries.shape)
        found[name] = (dual.T @ form @ dual if form.ndim == 2 else form @ dual)[None]
    return found


def support(model: ContextualModel, *, rng: np.random.Generator) -> tuple[TokenBatch, Array]:
    r"""One noiseless sample for every point of a finite shift and every label, and their probabilities.

    The positions of the relevant tokens are random; the four architectures ignore them.
    """
    if not isinstance(model.shift, FiniteShift):
        raise ParameterError("shift", "a FiniteShift", model.shift)
    batches, weights = [], []
    for point, probability in zip(model.shift.points, model.shift.probabilities, strict=True):
        quiet = replace(model, shift=FiniteShift((point,), (1.0,)), noise_std=0.0)
        batches.append(tokens(quiet, rng=rng, size=2, given_labels=np.array([1.0, -1.0])))
        weights += [probability * model.label_prior, probability * (1 - model.label_prior)]
    merged = (np.concatenate([getattr(b, name) for b in batches]) for name in ("tokens", "labels", "relevant", "shifts"))
    return TokenBatch(*merged), np.array(weights)


def is_right(architecture: str, batch: TokenBatch, parameters: Mapping[str, Array]) -> NDArray[np.bool_]:
    r"""Whether sign f = y, shape (starts, size); a score that rounding could have made counts as an error."""
    f, size = scores(architecture, batch.tokens, parameters)
    right: NDArray[np.bool_] = batch.labels * f > _UNDECIDED * size
    return right


def right_answers(
    model: ContextualModel, architecture: str, witness: Mapping[str, Any], *, rng: np.random.Generator, size: int
) -> Array:
    r"""Draws of 0 and 1, shape (size,): whether the architecture with the witness's parameters is right on a fresh sample.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=5, n_relevant=2, dim=3, signal_norm=0.5, context_norm=2.0, noise_std=0.0)
    >>> right_answers(model, "mean-pooling", {"head": ("0", "1")}, rng=np.random.default_rng(0), size=3)
    array([1., 1., 1.])
    """
    batch = tokens(model, rng=rng, size=size)
    parameters = offered(architecture, "on_tokens")(model, witness)
    right: Array = is_right(architecture, batch, parameters)[0].astype(np.float64)
    return right
