r"""Surrogates: real samples whose relevant tokens are replaced by tokens that keep some properties of real ones and no others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulations.real.tasks._task import RealBatch
from theory.model import Choice, ParameterError

__all__ = ["SURROGATES", "Surrogates"]

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SURROGATES: Mapping[str, str] = {
    "real": "nothing is replaced",
    "gaussian": "independent Gaussian tokens with mean and covariance of the label",
    "places": "jointly Gaussian tokens, each place with its own mean and covariance",
    "lengths": "the same mean, covariance and length of every token, in a random direction",
    "classes": "independent Gaussian tokens with mean and covariance of the class of the item",
    "mirrored": "the tokens of a sample together, mirrored in their mean or not, at random",
}
r"""What each surrogate keeps."""


@dataclass(frozen=True, eq=False)
class Surrogates:
    r"""Replacements for the relevant tokens of a batch, with moments of a pool.

    Moments are taken for either label. A difference of class means that was estimated is too large by its own noise: means are
    drawn together by the factor `shrinkage`, so that surrogates are as hard to tell apart as the truth.

    Parameters
    ----------
    pool
        Samples whose moments are used.
    shrinkage
        The factor of the difference of class means.
    classes
        The class of every labelled item, shape (items,); without it there is no surrogate ``classes``.
    """

    pool: RealBatch
    shrinkage: float = 1.0
    classes: Indices | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        r"""The surrogates that say something new about this pool."""
        left_out = {"places"} if self._tokens(self.pool).shape[1] == 1 else set()
        left_out |= {"classes"} if self.classes is None else set()
        return tuple(kind for kind in SURROGATES if kind not in left_out)

    def replaced(self, batch: RealBatch, kind: str, *, rng: np.random.Generator) -> RealBatch:
        r"""The batch with other relevant tokens; labels, irrelevant tokens and places stay.

        Parameters
        ----------
        batch
            Samples of the same shape as those of the pool.
        kind
            From `kinds`.
        rng
            Random generator.

        Raises
        ------
        ParameterError
            If there is no such surrogate.
        """
        Choice(self.kinds).member("kind", kind)
        if kind == "real":
            return batch
        relevant, made = self._tokens(batch), np.empty_like(self._tokens(batch))
        for label in (-1, 1):
            chosen = batch.labels == label
            items = batch.items[batch.relevant].reshape(len(relevant), -1)[chosen]
            made[chosen] = _MAKERS[kind](self, label, relevant[chosen], items, rng) + self._shift(label)
        tokens = batch.tokens.copy()
        tokens[batch.relevant] = made.reshape(-1, tokens.shape[2])
        return replace(batch, tokens=tokens)

    def _gaussian(self, label: int, tokens: Array, items: Indices, rng: np.random.Generator) -> Array:
        mean, root = self._moments[label]
        made: Array = mean + rng.standard_normal(tokens.shape) @ root
        return made

    def _places(self, label: int, tokens: Array, items: Indices, rng: np.random.Generator) -> Array:
        flat = self._of(label).reshape(len(self._of(label)), -1)
        made: Array = flat.mean(axis=0) + rng.standard_normal((len(tokens), flat.shape[1])) @ _root(np.cov(flat.T))
        return made.reshape(tokens.shape)

    def _lengths(self, label: int, tokens: Array, items: Indices, rng: np.random.Generator) -> Array:
        mean, root = self._moments[label]
        normal = rng.standard_normal(tokens.shape)
        length = np.linalg.norm((tokens - mean) @ np.linalg.pinv(root), axis=-1, keepdims=True)
        made: Array = mean + normal / np.linalg.norm(normal, axis=-1, keepdims=True) * length @ root
        return made

    def _classes(self, label: int, tokens: Array, items: Indices, rng: np.random.Generator) -> Array:
        if self.classes is None:
            raise ParameterError("classes", "given", None)
        made, known = np.empty_like(tokens), self.classes[self.pool.items[self.pool.relevant]]
        pool = self.pool.tokens[self.pool.relevant]
        for number in np.unique(self.classes[items]):
            own, chosen = pool[known == number], self.classes[items] == number
            made[chosen] = own.mean(axis=0) + rng.standard_normal((chosen.sum(), own.shape[1])) @ _root(np.cov(own.T))
        return made

    def _mirrored(self, label: int, tokens: Array, items: Indices, rng: np.random.Generator) -> Array:
        mean = self._of(label).mean(axis=0) + self._shift(label)
        made: Array = mean + rng.choice((-1.0, 1.0), size=(len(tokens), 1, 1)) * (tokens - mean)
        return made - self._shift(label)

    def _of(self, label: int) -> Array:
        r"""Relevant tokens of the pool with a label."""
        result: Array = self._tokens(self.pool)[self.pool.labels == label]
        return result

    def _shift(self, label: int) -> Array:
        r"""From the estimated mean of every place to the one drawn together."""
        means = [self._of(sign).mean(axis=0) for sign in (-1, 1)]
        shift: Array = (self.shrinkage - 1) * label * (means[1] - means[0]) / 2
        return shift

    @cached_property
    def _moments(self) -> dict[int, tuple[Array, Array]]:
        rows = {label: self._of(label).reshape(-1, self.pool.tokens.shape[2]) for label in (-1, 1)}
        return {label: (own.mean(axis=0), _root(np.cov(own.T))) for label, own in rows.items()}

    @staticmethod
    def _tokens(batch: RealBatch) -> Array:
        r"""Relevant tokens in the order of their places, shape (size, m, d)."""
        result: Array = batch.tokens[batch.relevant].reshape(batch.size, -1, batch.tokens.shape[2])
        return result


_MAKERS: Mapping[str, Callable[[Surrogates, int, Array, Indices, np.random.Generator], Array]] = {
    "gaussian": Surrogates._gaussian,
    "places": Surrogates._places,
    "lengths": Surrogates._lengths,
    "classes": Surrogates._classes,
    "mirrored": Surrogates._mirrored,
}


def _root(covariance: Array) -> Array:
    r"""R with RᵀR = Σ."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return root
