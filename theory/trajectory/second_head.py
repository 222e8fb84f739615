r"""Mean and covariance of the head after the third step, given the prompt and the first head; exact at finite (n, T, d)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.model import ContextualModel, Interval, ParameterError
from theory.trajectory.prompt_moments import VectorMoments
from theory.trajectory.softmax_moments import Powers, softmax_moments

__all__ = ["HeadGradient", "head_gradient", "second_head_moments"]

Floats = NDArray[np.float64]

_POWERS: tuple[Powers, ...] = tuple(
    (i, j, k) for k in range(3) for j in range(5) for i in range(5) if i + j + 2 * k <= 4
)


@dataclass(frozen=True)
class HeadGradient:
    r"""Moments of g = (y - wᵀφ)φ, φ = Xᵀ softmax(Xq), in coordinates that span q_*, w_*, q and w.

    Parameters
    ----------
    mean
        Shape (D,).
    covariance
        Shape (D, D).
    spread
        Variance of every coordinate outside the span.
    mass
        E A, the expected attention on relevant tokens.
    """

    mean: Floats
    covariance: Floats
    spread: float
    mass: float


def head_gradient(model: ContextualModel, prompt: Floats, head: Floats, *, step: float = 1.0) -> HeadGradient:
    r"""Exact moments of one sample's head gradient, squared loss, core model.

    Given the scores of the noise tokens, φ = A u + σ B q̂ + σ C h with h standard normal orthogonal to q̂. Wick's theorem for h, P
    the projector orthogonal to q̂, M = A u + σ B q̂:

    .. math::

        E\, \phi\phi^\top &= E[MM^\top + \sigma^2 C^2 P], \\
        E\, (w^\top\phi)\, \phi\phi^\top &= E\bigl[(w^\top M)(MM^\top + \sigma^2C^2P)
            + \sigma^2 C^2 (M w^\top P + P w M^\top)\bigr], \\
        E\, (w^\top\phi)^2 \phi\phi^\top &= E\bigl[((w^\top M)^2 + \sigma^2C^2|Pw|^2) MM^\top
            + (w^\top M)^2\sigma^2C^2 P + 2 (w^\top M)\sigma^2C^2(Mw^\top P + PwM^\top) \\
            &\qquad + \sigma^4C^4(|Pw|^2 P + 2 Pww^\top P)\bigr],

    and every expectation left is one of E A^i B^j C^{2k}, i + j + 2k ≤ 4.

    Parameters
    ----------
    model
        Core model.
    prompt, head
        q and w, shape (D,), first coordinate along q̂_*, second along the part of w_* orthogonal to it; D >= 2.
    step
        Factor on the steps of the quadratures.
    """
    if not model.is_core:
        raise ParameterError("shift", "zero for the second head", model.shift)
    dim, sigma = len(prompt), model.noise_std
    length = float(np.linalg.norm(prompt))
    unit = prompt / length if length > 0 else np.eye(dim)[0]
    signal = np.zeros(dim)
    signal[:2] = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    relevant = [np.eye(dim)[0] * model.context_norm + y * signal for y in (1.0, -1.0)]
    log_a = [np.log(model.n_relevant) + float(prompt @ u) for u in relevant]
    table = softmax_moments(log_a, model.n_irrelevant, sigma * length, _POWERS, step=step)
    mean, second, mass = np.zeros(dim), np.zeros((dim, dim)), 0.0
    spread = 0.0
    for index, (y, prior) in enumerate(((1.0, model.label_prior), (-1.0, 1 - model.label_prior))):
        sample = _LabelMoments(dict(zip(_POWERS, table[:, index], strict=True)), relevant[index], unit, head, sigma)
        mean += prior * (y * sample.first() - sample.quadratic()[0] @ head)
        inner, outer = sample.gradient_square(y)
        second += prior * inner
        spread += prior * outer
        mass += prior * sample.table[1, 0, 0]
    return HeadGradient(mean, second - np.outer(mean, mean), spread, mass)


def second_head_moments(
    model: ContextualModel, prompt: ArrayLike, head: ArrayLike, *, eta: float, n_samples: float
) -> VectorMoments:
    r"""Mean and covariance of w₂ = -η ∇_w L_S(q, w) given q and w, for a fresh batch of n samples; core model, squared loss.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> moments = second_head_moments(model, [0.7, 0.1, 0.2, 0.0], [0.0, 0.4, 0.0, 0.0], eta=1.0, n_samples=50)
    >>> print(np.array2string(moments.mean, precision=5, suppress_small=True))
    [-0.00993  0.23839 -0.00361  0.     ]
    """
    q, w = np.asarray(prompt, dtype=float), np.asarray(head, dtype=float)
    for name, vector in (("prompt", q), ("head", w)):
        if vector.shape != (model.dim,):
            raise ParameterError(name, f"a vector of {model.dim} coordinates", f"shape {vector.shape}")
    n = float(Interval(1, integer=True, closed_at_infinity=True).member("n_samples", n_samples))
    moments = head_gradient(model, q, w)
    return VectorMoments(eta * moments.mean, eta**2 / n * moments.covariance)


class _LabelMoments:
    r"""The expectations above for one label."""

    def __init__(self, table: dict[Powers, float], relevant: Floats, unit: Floats, head: Floats, sigma: float) -> None:
        self.table, self.relevant, self.unit, self.head, self.sigma = table, relevant, unit, head, sigma
        self.project = np.eye(len(unit)) - np.outer(unit, unit)
        self.head_across = self.project @ head

    def first(self) -> Floats:
        result: Floats = self.table[1, 0, 0] * self.relevant + self.sigma * self.table[0, 1, 0] * self.unit
        return result

    def form(self, heads: int, gain: int) -> tuple[float, Floats, Floats]:
        r"""E of (wᵀM)^heads C^{2 gain} times 1, M and MMᵀ; the last two only where the total degree is at most 4."""
        along = {(1, 0): float(self.head @ self.relevant), (0, 1): self.sigma * float(self.head @ self.unit)}
        weights = {(0, 0): 1.0}
        for _ in range(heads):
            grown: dict[tuple[int, int], float] = {}
            for (i, j), value in weights.items():
                for (di, dj), factor in along.items():
                    grown[i + di, j + dj] = grown.get((i + di, j + dj), 0.0) + value * factor
            weights = grown

        def mean(i: int, j: int) -> float:
            return sum(value * self.table.get((a + i, b + j, gain), 0.0) for (a, b), value in weights.items())

        u, v = self.relevant, self.sigma * self.unit
        vector = mean(1, 0) * u + mean(0, 1) * v
        cross = np.outer(u, v)
        square = mean(2, 0) * np.outer(u, u) + mean(1, 1) * (cross + cross.T) + mean(0, 2) * np.outer(v, v)
        return mean(0, 0), vector, square

    def quadratic(self) -> tuple[Floats, float]:
        r"""E φφᵀ, and its value on a coordinate outside the span."""
        noise = self.sigma**2 * self.table[0, 0, 1]
        return self.form(0, 0)[2] + noise * self.project, noise

    def gradient_square(self, y: float) -> tuple[Floats, float]:
        r"""E (y - wᵀφ)² φφᵀ, and its value on a coordinate outside the span."""
        s2, w2 = self.sigma**2, float(self.head_across @ self.head_across)
        pairs = np.outer(self.head_across, self.head_across)
        cubic_noise, mixed, _ = self.form(1, 1)
        quartic_noise = self.form(2, 1)[0]
        _, vector, square_gain = self.form(0, 1)
        fourth = s2**2 * self.table[0, 0, 2]
        quadratic, noise = self.quadratic()
        cubic = self.form(1, 0)[2] + s2 * (cubic_noise * self.project + _symmetric(vector, self.head_across))
        quartic = (
            self.form(2, 0)[2] + s2 * w2 * square_gain + s2 * quartic_noise * self.project
            + 2 * s2 * _symmetric(mixed, self.head_across) + fourth * (w2 * self.project + 2 * pairs)
        )
        outside = noise - 2 * y * s2 * cubic_noise + s2 * quartic_noise + fourth * w2
        return quadratic - 2 * y * cubic + quartic, outside


def _symmetric(left: Floats, right: Floats) -> Floats:
    product = np.outer(left, right)
    return product + product.T
