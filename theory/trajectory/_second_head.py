r"""Mean and covariance of the head after the third step, given the prompt and the first head; exact at finite (n, T, d)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.model import ContextualModel, Interval, ParameterError
from theory.trajectory._prompt_moments import VectorMoments
from theory.trajectory._residuals import LOSSES, residual_polynomials
from theory.trajectory._sample_atoms import sample_atoms
from theory.trajectory._softmax_moments import Powers
from theory.trajectory._tabulated_outcomes import moment_values

__all__ = ["HeadGradients", "head_gradients", "second_head_moments"]

Floats = NDArray[np.float64]

_POWERS: tuple[Powers, ...] = tuple((i, j, k) for k in range(3) for j in range(5) for i in range(5) if i + j + 2 * k <= 4)


@dataclass(frozen=True)
class HeadGradients:
    r"""Moments of g = e φ, φ = Xᵀ softmax(Xq), for P pairs (q, w), in coordinates that span q_*, w_*, q and w.

    Parameters
    ----------
    mean
        Shape (P, D).
    covariance
        Shape (P, D, D).
    spread
        Variance of every coordinate outside the span, shape (P,).
    """

    mean: Floats
    covariance: Floats
    spread: Floats


def head_gradients(
    model: ContextualModel, prompts: Floats, heads: Floats, loss: str = "squared", degree: int = 3
) -> HeadGradients:
    r"""Moments of one sample's head gradient, for every shift; exact for the squared loss.

    Given the scores of the noise tokens, φ = M + σ C h with M = v + A Δ + σ B q̂ and h standard normal orthogonal to q̂; u and v
    are the means of relevant and irrelevant tokens, Δ = u - v. Wick's theorem for h, P the projector orthogonal to q̂:

    .. math::

        E\, \phi\phi^\top &= E[MM^\top + \sigma^2 C^2 P], \\
        E\, (w^\top\phi)\, \phi\phi^\top &= E\bigl[(w^\top M)(MM^\top + \sigma^2C^2P)
            + \sigma^2 C^2 (M w^\top P + P w M^\top)\bigr], \\
        E\, (w^\top\phi)^2 \phi\phi^\top &= E\bigl[((w^\top M)^2 + \sigma^2C^2|Pw|^2) MM^\top
            + (w^\top M)^2\sigma^2C^2 P + 2 (w^\top M)\sigma^2C^2(Mw^\top P + PwM^\top) \\
            &\qquad + \sigma^4C^4(|Pw|^2 P + 2 Pww^\top P)\bigr],

    and every expectation left is one of E A^i B^j C^{2k}, i + j + 2k ≤ 4. With e a cubic and e² a quadratic polynomial of
    f = wᵀφ these are all that the moments of eφ need: exactly so for e = y - f, approximately (`residual_polynomials`) for the
    logistic loss.

    Parameters
    ----------
    model
        The law of the data, σ > 0.
    prompts, heads
        q and w, shape (P, D), first coordinate along q̂_*, second along the part of w_* orthogonal to it; D >= 2.
    loss
        "squared" or "logistic".
    degree
        Of the polynomial that stands for the logistic residual.

    Notes
    -----
    Equations :eq:`eq-trajectory-mass` and :eq:`eq-trajectory-second` of docs/trajectory.md.
    """
    LOSSES.member("loss", loss)
    atoms, (size, dim) = sample_atoms(model), prompts.shape
    lengths = np.linalg.norm(prompts, axis=1)
    units = np.divide(prompts, lengths[:, None], out=np.tile(np.eye(dim)[0], (size, 1)), where=lengths[:, None] > 0)
    log_a = np.log(model.n_relevant) + prompts[:, :2] @ atoms.contrast.T
    table = moment_values(model, log_a, np.broadcast_to(model.noise_std * lengths[:, None], log_a.shape), _POWERS)
    mean, second, spread = np.zeros((size, dim)), np.zeros((size, dim, dim)), np.zeros(size)
    for index, (p, y) in enumerate(zip(atoms.probability, atoms.label, strict=True)):
        contrast, irrelevant = (np.pad(part[index], (0, dim - 2)) for part in (atoms.contrast, atoms.irrelevant))
        values = dict(zip(_POWERS, table[:, :, index], strict=True))
        sample = _SampleMoments(values, irrelevant, contrast, units, heads, model.noise_std)
        forms, outside = sample.weighted_squares()
        first = np.einsum("pij,pj->pi", forms[0], heads)
        f_mean = np.einsum("pi,pi->p", sample.mean, heads)
        f_square = np.einsum("pi,pi->p", first, heads)
        cubic, quadratic = residual_polynomials(loss, float(y), f_mean, f_square - f_mean**2, degree)
        mean += p * (cubic[0][:, None] * sample.mean + cubic[1][:, None] * first)
        for power in (1, 2):
            mean += p * cubic[power + 1][:, None] * np.einsum("pij,pj->pi", forms[power], heads)
        second += p * sum(c[:, None, None] * form for c, form in zip(quadratic, forms, strict=True))
        spread += p * sum(c * value for c, value in zip(quadratic, outside, strict=True))
    return HeadGradients(mean, second - mean[:, :, None] * mean[:, None, :], spread)


def second_head_moments(
    model: ContextualModel, prompt: ArrayLike, head: ArrayLike, *, eta: float, n_samples: float, loss: str = "squared"
) -> VectorMoments:
    r"""Mean and covariance of w₂ = -η ∇_w L_S(q, w) given q and w, for a fresh batch of n samples.

    Notes
    -----
    Equation :eq:`eq-trajectory-second-moments` of docs/trajectory.md.

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
    moments = head_gradients(model, q[None], w[None], loss)
    return VectorMoments(eta * moments.mean[0], eta**2 / n * moments.covariance[0])


class _SampleMoments:
    r"""Moments of φ for one label and shift, P pairs at a time: M = Σ aₖ A^{iₖ} B^{jₖ} with three vectors aₖ."""

    def __init__(
        self, table: dict[Powers, Floats], irrelevant: Floats, contrast: Floats, units: Floats, heads: Floats, sigma: float
    ) -> None:
        size, dim = units.shape
        self.table, self.noise = table, sigma**2
        self.parts = {
            (0, 0): np.broadcast_to(irrelevant, (size, dim)),
            (1, 0): np.broadcast_to(contrast, (size, dim)),
            (0, 1): sigma * units,
        }
        self.along = {power: np.einsum("pi,pi->p", part, heads) for power, part in self.parts.items()}
        self.project = np.eye(dim) - units[:, :, None] * units[:, None, :]
        self.across = np.einsum("pij,pj->pi", self.project, heads)
        self.mean = self.form(0, 0)[1]

    def form(self, heads: int, gain: int) -> tuple[Floats, Floats, Floats]:
        r"""E of (wᵀM)^heads C^{2 gain} times 1, M and MMᵀ; the last two only where the total degree is at most 4."""
        weights = {(0, 0): np.ones(len(self.across))}
        for _ in range(heads):
            grown: dict[tuple[int, int], Floats] = {}
            for (i, j), value in weights.items():
                for (di, dj), factor in self.along.items():
                    grown[i + di, j + dj] = grown.get((i + di, j + dj), 0.0) + value * factor
            weights = grown
        zero = np.zeros(len(self.across))

        def mean(i: int, j: int) -> Floats:
            terms = (value * self.table.get((a + i, b + j, gain), zero) for (a, b), value in weights.items())
            return sum(terms, start=zero)

        vector = sum((mean(i, j)[:, None] * part for (i, j), part in self.parts.items()), start=zero[:, None])
        square = sum(
            (
                mean(i + k, j + m)[:, None, None] * left[:, :, None] * right[:, None, :]
                for (i, j), left in self.parts.items()
                for (k, m), right in self.parts.items()
            ),
            start=zero[:, None, None],
        )
        return mean(0, 0), vector, square

    def weighted_squares(self) -> tuple[tuple[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]:
        r"""E φφᵀ, E (wᵀφ) φφᵀ and E (wᵀφ)² φφᵀ, and their values on a coordinate outside the span."""
        v, across, project = self.noise, self.across, self.project
        length2 = np.einsum("pi,pi->p", across, across)
        (gain, vector, square_gain), (cubic_gain, mixed, _) = self.form(0, 1), self.form(1, 1)
        quartic_gain, fourth = self.form(2, 1)[0], self.table[0, 0, 2]
        outside = (v * gain, v * cubic_gain, v * quartic_gain + v**2 * fourth * length2)
        squares = (
            self.form(0, 0)[2] + outside[0][:, None, None] * project,
            self.form(1, 0)[2] + outside[1][:, None, None] * project + v * _symmetric(vector, across),
            self.form(2, 0)[2]
            + v * length2[:, None, None] * square_gain
            + outside[2][:, None, None] * project
            + 2 * v * _symmetric(mixed, across)
            + 2 * v**2 * fourth[:, None, None] * across[:, :, None] * across[:, None, :],
        )
        return squares, outside


def _symmetric(left: Floats, right: Floats) -> Floats:
    product = left[:, :, None] * right[:, None, :]
    result: Floats = product + product.transpose(0, 2, 1)
    return result
