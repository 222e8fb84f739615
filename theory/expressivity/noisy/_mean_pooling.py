r"""Mean pooling with token noise: its error at its best head, enclosed."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.model import ContextualModel, FiniteShift, Interval, ParameterError, Prediction, refuse_beyond

__all__ = ["best_mean_pooling_error", "mean_pooling_head"]

Array = NDArray[np.float64]

_TOLERANCE = 1e-7  # width of the enclosure; boxes that cannot beat the best by it are dropped
_BENT, _STEEP = 0.24198, 0.39895  # above max |x φ(x)| and φ(0), φ the normal density
_TWIST = 1.6181  # above the golden ratio, the norm of ((0, 1), (1, 1)): no entry of d²m/a is larger


def mean_pooling_head(best: Prediction, dim: int) -> list[float]:
    r"""The head of a best error: along e1 = q_*/Q, along e2, and orthogonal to both if d >= 3."""
    return [float(best.details[name]) for name in ("along_context", "across", "orthogonal")][:dim]


def best_mean_pooling_error(model: ContextualModel) -> Prediction:
    r"""The least error of mean pooling over all heads, for a finite shift and Gaussian noise.

    .. math::

        \min_{|p| \le 1} \sum_i P_i\, Q\Bigl(\frac{y_i \langle p, \mu_i \rangle}{\nu}\Bigr), \qquad
        \mu_i = \zeta u_i + (1-\zeta) v_i,\quad \nu^2 = \frac{(1-\zeta)\sigma^2}{T}

    with p the part of the unit head in the plane of q_* and w_*; |p| = 1 if d = 2. The best head may leave the plane: that
    can help samples on the wrong side more than it harms the others. Branch and bound in polar coordinates, by the larger of
    two bounds: gradient and second derivative, or the largest margin of every sample.

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.

    Returns
    -------
    Prediction
        `abs_error` is the width of the enclosure; the details are the head (along e1 = q_*/Q, along e2, and orthogonal).

    Raises
    ------
    ParameterError
        If the model lies outside that domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-noisy` of docs/expressivity.md.

    Examples
    --------
    Core data: the best head is w_* freed of the context, and the error Q(κ) with κ = ζW/ν.

    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=5, signal_norm=0.5, context_norm=2.0)
    >>> kappa = 3 / 9 * 0.5 / math.sqrt((1 - 3 / 9) / 9)
    >>> bool(abs(best_mean_pooling_error(model).value - ndtr(-kappa)) < 1e-7)
    True
    """
    refuse_beyond(model, "the best mean pooling", {"shift", "correlation", "label_prior"})
    Interval(0, open_lower=True).member("noise_std", model.noise_std)
    Interval(1, model.n_tokens - 1, integer=True).member("n_relevant", model.n_relevant)
    means, weights = _signed_means(model)
    landscape = _Landscape(means, weights)
    flat = model.dim == 2
    boxes = np.array([[1.0 if flat else 0.5, 0.0 if flat else 0.5, (2 * k + 1) * math.pi / 16, math.pi / 16] for k in range(16)])
    best, place = math.inf, (0.0, 0.0)
    while len(boxes):
        value, bound = landscape(boxes)
        if value.min() < best:
            best, place = float(value.min()), (float(boxes[value.argmin(), 0]), float(boxes[value.argmin(), 2]))
        boxes = _quarters(boxes[bound < best - _TOLERANCE], flat)
    radius, angle = place
    head = {"along_context": radius * math.cos(angle), "across": radius * math.sin(angle), "orthogonal": math.sqrt(1 - radius**2)}
    return Prediction(best, _TOLERANCE, "mean-pooling-error", "finite shift, Gaussian noise, best head", head, model_error=0.0)


def _signed_means(model: ContextualModel) -> tuple[Array, Array]:
    r"""y μ / ν in orthonormal coordinates of the plane, shape (samples, 2), and the probabilities of the samples."""
    if not isinstance(model.shift, FiniteShift):
        raise ParameterError("shift", "a FiniteShift", model.shift)
    zeta = model.relevant_fraction
    nu = model.noise_std * math.sqrt((1 - zeta) / model.n_tokens)
    context = np.array([model.context_norm, 0.0])
    signal = model.signal_norm * np.array([model.correlation, math.sqrt(1 - model.correlation**2)])
    means, weights = [], []
    for (dq, dw, dy), probability in zip(model.shift.points, model.shift.probabilities, strict=True):
        for y, prior in ((1, model.label_prior), (-1, 1 - model.label_prior)):
            mean = (zeta - (1 - zeta) * dq) * context + (zeta * y - (1 - zeta) * (dw + dy * y)) * signal
            means.append(y * mean / nu)
            weights.append(probability * prior)
    return np.array(means), np.array(weights)


@dataclass(frozen=True)
class _Landscape:
    r"""The error in polar coordinates (r, θ) of p, and a lower bound on a box."""

    means: Array
    weights: Array

    def __call__(self, boxes: Array) -> tuple[Array, Array]:
        r"""Errors at the centres of boxes (r, half width, θ, half width), and lower bounds on the boxes."""
        r, dr, angle, turn = boxes.T
        along = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ self.means.T
        across = np.stack([-np.sin(angle), np.cos(angle)], axis=1) @ self.means.T
        margins = r[:, None] * along
        value = ndtr(-margins) @ self.weights
        density = np.exp(-(margins**2) / 2) / math.sqrt(2 * math.pi)
        slope = np.abs((density * along) @ self.weights) * dr + np.abs((density * across) @ self.weights) * r * turn
        smooth = value - slope - self._bend * (dr**2 + turn**2) / 2
        size, direction = np.linalg.norm(self.means, axis=1), np.arctan2(self.means[:, 1], self.means[:, 0])
        apart = np.abs((angle[:, None] - direction + math.pi) % (2 * math.pi) - math.pi)
        largest = size * np.cos(np.maximum(apart - turn[:, None], 0.0))
        largest *= np.where(largest > 0, (r + dr)[:, None], (r - dr)[:, None])
        return value, np.maximum(smooth, ndtr(-largest) @ self.weights)

    @property
    def _bend(self) -> float:
        r"""Bound on the second derivative: m = r a cos(θ − φ) has (dm)² ≤ a² and |d²m| ≤ `_TWIST` a in every direction."""
        size = np.linalg.norm(self.means, axis=1)
        return float(self.weights @ (_BENT * size**2 + _TWIST * _STEEP * size))


def _quarters(boxes: Array, flat: bool) -> Array:
    r"""Every box cut in four; in two if there is no radius to cut."""
    r, dr, angle, turn = boxes.T / np.array([[1], [2], [1], [2]])
    radial = (0.0,) if flat else (-1.0, 1.0)
    parts = [np.stack([r + i * dr, dr, angle + j * turn, turn], axis=1) for i in radial for j in (-1.0, 1.0)]
    return np.concatenate(parts)
