r"""How the noise of a token hangs together with its score: the part that the score fixes, and the independent rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import context_prompt
from theory.model import ContextualModel, Prompt

__all__ = ["NoiseShape", "noise_shape"]

Array = NDArray[np.float64]

_AXES = 3
r"""Along q_*, along the part of w_* orthogonal to it, and along what is left of the prompt."""


@dataclass(frozen=True)
class NoiseShape:
    r"""The noise of a token split by its score, in the three axes (e1, e2, e3) of `tokens.context_prompt`.

    .. math::

        z = \sigma D\varepsilon, \qquad \varepsilon = v g + (I - v v^\top) h, \qquad
        g = \frac{q^\top z}{\sigma\tau s}, \qquad s = |D\hat q|, \quad v = D\hat q / s

    with D = diag(c_q, c_w, 1) and ε, h standard normal: the score fixes g, and (I - vvᵀ) h is independent of it.

    Parameters
    ----------
    direction
        q̂, the direction of the prompt, shape (3,).
    deviations
        The diagonal of D, shape (3,).
    score
        s, the standard deviation of a score in units of στ.
    axis
        v, shape (3,), a unit vector.
    """

    direction: Array
    deviations: Array
    score: float
    axis: Array

    @property
    def lean(self) -> Array:
        r"""D v, shape (3,): what one unit of g adds to the noise, in units of σ. It is e1 for an aligned prompt if c_q = 1."""
        return self.deviations * self.axis

    def factor(self, axes: Sequence[int]) -> Array:
        r"""A square F with F Fᵀ the covariance of some coordinates of D (I - vvᵀ) h.

        .. math:: F = D_u \Bigl(I - \frac{u u^\top}{1 + \sqrt{1 - |u|^2}}\Bigr), \qquad u = v \text{ in these axes}

        because the square of the bracket is I - uuᵀ.
        """
        u = self.axis[list(axes)]
        left = np.delete(self.axis, list(axes))
        shrunk = np.eye(len(u)) - np.outer(u, u) / (1.0 + math.sqrt(left @ left))
        result: Array = self.deviations[list(axes), None] * shrunk
        return result

    def noise_gain(self, weights: Array) -> Array:
        r"""Standard deviation of wᵀ D (I - vvᵀ) h for heads w of shape (size, at least 2), in units of σ, shape (size,)."""
        axes = min(_AXES, weights.shape[1])
        seen = weights.copy()
        whitened = weights[:, :axes] * self.deviations[:axes]
        seen[:, :axes] = whitened - (whitened @ self.axis[:axes])[:, None] * self.axis[:axes]
        result: Array = np.hypot(np.linalg.norm(seen[:, 1:], axis=1), seen[:, 0])
        return result


@lru_cache(maxsize=256)  # asked for with every chunk of draws
def noise_shape(model: ContextualModel, prompt: Prompt) -> NoiseShape:
    r"""The split of the noise of a model by the scores of a prompt; without strength or noise along it any split is right.

    Parameters
    ----------
    model
        The law of the data.
    prompt
        q.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=2, dim=4, signal_norm=0.5, context_norm=1.0, context_noise=0.75)
    >>> shape = noise_shape(model, Prompt(1.5, np.pi / 4))
    >>> round(shape.score, 6), shape.axis.round(6).tolist()   # |(3/4, 1)|/√2, and (3, 4)/5 in the plane of e1 and e3
    (0.883883, [0.6, 0.0, 0.8])
    """
    direction = np.zeros(_AXES)
    unit = context_prompt(model, Prompt(1.0, prompt.angle if prompt.strength else 0.0, prompt.azimuth))[:_AXES]
    direction[: len(unit)] = unit
    deviations = np.array([model.context_noise, model.signal_noise, 1.0])
    leaning = deviations * direction
    score = float(np.linalg.norm(leaning))
    axis = leaning / score if score else direction
    for shared in (direction, deviations, axis):
        shared.setflags(write=False)
    return NoiseShape(direction, deviations, score, axis)
