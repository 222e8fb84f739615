r"""Encoders of raw tokens that are fitted on the pool: centring alone, or the leading principal components, whitened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ParameterError

__all__ = ["Encoder", "centring", "whitened_components"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Encoder:
    r"""An affine encoder: x → (x − c) B, or x − c if there is no B.

    Parameters
    ----------
    center
        c, shape (D,).
    basis
        B, shape (D, d), or `None`.
    """

    center: Array
    basis: Array | None = None

    def __call__(self, raw: NDArray[np.floating]) -> Array:
        r"""Encoded tokens, shape (…, d), of raw ones, shape (…, D)."""
        centred = np.asarray(raw, dtype=np.float64) - self.center
        return centred if self.basis is None else centred @ self.basis


def centring(raw: NDArray[np.floating], relevant: NDArray[np.bool_]) -> Encoder:
    r"""The encoder that takes the mean of the irrelevant tokens to 0, as the model has it (E z = 0).

    Parameters
    ----------
    raw
        Tokens of the pool, shape (size, T, D).
    relevant
        Which are context-relevant, shape (size, T). If all are, their mean is taken to 0.
    """
    return Encoder(_center(raw, relevant))


def whitened_components(raw: NDArray[np.floating], relevant: NDArray[np.bool_], dim: int) -> Encoder:
    r"""The d leading principal components of all tokens of the pool, each with variance 1; irrelevant tokens have mean 0.

    .. math::

        B = V_d \Lambda_d^{-1/2}, \qquad \Cov(x) = V \Lambda V^\T

    Parameters
    ----------
    raw
        Tokens of the pool, shape (size, T, D).
    relevant
        Which are context-relevant, shape (size, T).
    dim
        d, at most D and such that the last component has a variance.

    Raises
    ------
    ParameterError
        If there are not as many components.

    Examples
    --------
    >>> raw = np.random.default_rng(3).normal(size=(500, 2, 3)) * [3.0, 0.1, 2.0]
    >>> tokens = whitened_components(raw, np.array([[True, False]] * 500), 2)(raw)
    >>> np.cov(tokens.reshape(-1, 2).T).round(6) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    centred = raw.reshape(-1, raw.shape[-1]) - raw.mean(axis=(0, 1))
    variances, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64) / (len(centred) - 1))
    usable = int((variances > 1e-6 * variances[-1]).sum())  # below, single precision knows nothing
    if not 1 <= dim <= usable:
        raise ParameterError("dim", f"an integer in [1, {usable}], the number of components that vary", dim)
    leading = np.argsort(variances)[::-1][:dim]
    return Encoder(_center(raw, relevant), directions[:, leading] / np.sqrt(variances[leading]))


def _center(raw: NDArray[np.floating], relevant: NDArray[np.bool_]) -> Array:
    irrelevant = raw[~relevant] if not relevant.all() else raw.reshape(-1, raw.shape[-1])
    center: Array = irrelevant.mean(axis=0, dtype=np.float64)
    return center
