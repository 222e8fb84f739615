r"""Linear prompt-attention with token noise: its exact error at given parameters, the best found, and a bound that none beats."""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import qmc

from theory.expressivity.noisy._noisy_samples import NoisySample, noisy_samples
from theory.model import ContextualModel, FiniteShift
from theory.numerics import negative_probability

__all__ = ["best_linear_prompt_error", "least_linear_prompt_error", "linear_prompt_error"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_STARTS, _POLISHED = 64, 5  # effort of the search: starts that are drawn, and the best of them, which are improved
_FAR = 1e9  # 1/x where x is 0: a singularity that is nowhere near


def linear_prompt_error(model: ContextualModel, head: Array, prompt: Array) -> float:
    r"""The error of f = wᵀ Xᵀ X q for a finite shift and Gaussian noise, to about 1e-12.

    T f is a constant m⟨w,u⟩⟨q,u⟩ plus a sum of m' independent products of two Gaussian numbers. With a = σ²|w|², b = σ²|q|²,
    r = σ²⟨w,q⟩, c = ⟨w,v⟩, k = ⟨q,v⟩ and D(z) = (1−zr)² − z²ab,

    .. math::

        \log E\, e^{zTf} = z\, m \langle w,u\rangle\langle q,u\rangle + m' \Bigl[ -\tfrac12 \log D
            + \frac{z}{2D} \bigl(zbc^2 + 2(1-zr)ck + zak^2\bigr) \Bigr] .

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.
    head, prompt
        w and q, the coordinates along e1 = q_*/Q, e2 in the plane of q_* and w_*, then others; shape (k,), 2 <= k <= d.

    Notes
    -----
    Equations :eq:`eq-expressivity-linear` and :eq:`eq-expressivity-inversion` of docs/expressivity.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=9, n_relevant=3, dim=5, signal_norm=0.5, context_norm=2.0)
    >>> round(linear_prompt_error(model, np.array([0.0, 1.0]), np.array([1.0, 0.0])), 6)
    0.099574
    """
    return sum(sample.weight * _wrong(model, sample, head, prompt) for sample in noisy_samples(model))


def best_linear_prompt_error(model: ContextualModel) -> tuple[float, Array, Array]:
    r"""The smallest error that quasi-Newton descent finds from many starts, with its head and prompt.

    Head and prompt have coordinates in the plane of q_* and w_* and, as far as d allows, one and two outside it: by rotation
    of the other coordinates, which hold noise alone, no more are needed.
    """
    samples = noisy_samples(model)
    inside = min(model.dim, 4)

    def split(x: Array) -> tuple[Array, Array]:
        head, prompt = np.zeros(inside), x[min(model.dim, 3) :]
        head[: min(model.dim, 3)] = x[: min(model.dim, 3)]
        return head / np.linalg.norm(head), prompt / np.linalg.norm(prompt)

    def loss(x: Array) -> float:
        head, prompt = split(x)
        return sum(sample.weight * _wrong(model, sample, head, prompt) for sample in samples)

    size = min(model.dim, 3) + inside
    starts = 2 * qmc.Sobol(size, scramble=False).random(_STARTS)[2:] - 1
    natural = np.zeros(size)
    natural[1] = natural[min(model.dim, 3)] = 1.0
    ranked = sorted([natural, natural + 0.01, *starts], key=loss)[:_POLISHED]
    found = [minimize(loss, x, method="BFGS", options={"gtol": 1e-7, "maxiter": 150}).x for x in ranked]
    best = min([*found, natural], key=loss)
    return (loss(best), *split(best))


def least_linear_prompt_error(model: ContextualModel) -> float:
    r"""An error that no linear prompt-attention beats, with any number of prompts and heads, where the shift carries no label.

    .. math::

        \min(\pi, 1-\pi) \Bigl[ 1 - \sup_{-1 \le \lambda \le 1,\, c}
        P\bigl( c < \chi^2_{m'} + \lambda \chi'^2_{m'} < c + \ell(\lambda) \bigr) \Bigr], \qquad
        \ell = \frac{2mQW}{\sigma^2} \bigl[ 1 - \lambda + |\rho|(1+\lambda) \bigr]

    The supremum is taken numerically. If some δy ≠ 0 or m' = 1 the function returns 0, which is a bound, too.

    Notes
    -----
    Equation :eq:`eq-expressivity-window` of docs/expressivity.md.
    """
    carries_label = not isinstance(model.shift, FiniteShift) or any(dy != 0 for _, _, dy in model.shift.points)
    if carries_label or model.n_irrelevant == 1:
        return 0.0
    grid = np.linspace(-1.0, 1.0, 41)
    shares = [_largest_window(model, x) for x in grid]
    near = grid[int(np.argmax(shares))]
    ends = (max(-1.0, near - 0.05), min(1.0, near + 0.05))  # one step of the grid on either side
    fine = minimize_scalar(lambda x: -_largest_window(model, x), bounds=ends, method="bounded", options={"xatol": 1e-5})
    return min(model.label_prior, 1 - model.label_prior) * (1 - max(*shares, -float(fine.fun)))


def _largest_window(model: ContextualModel, ratio: float) -> float:
    r"""The largest probability of an interval of length ℓ under χ² + λχ'²; its density is log-concave for m' > 1: one peak."""
    m, free = model.n_relevant, model.n_irrelevant
    scale = 2 * m * model.context_norm * model.signal_norm / model.noise_std**2
    length = scale * (1 - ratio + abs(model.correlation) * (1 + ratio))
    centre, spread = free * (1 + ratio), math.sqrt(2 * free * (1 + ratio**2))

    def below(x: float) -> float:
        low = 1 / (2 * ratio) if ratio < 0 else -1e3  # a sum of positive squares has no singularity there
        return negative_probability(partial(_log_squares, x, ratio, free), low, 0.5, centre - x, -x)

    def inside(start: float) -> float:
        return below(start + length) - below(start)

    ends = (centre - length - 6 * spread, centre + 6 * spread)  # the best interval holds the bulk
    tight = minimize_scalar(lambda c: -inside(c), bounds=ends, method="bounded", options={"xatol": 1e-4 * spread})
    return max(-float(tight.fun), inside(centre - length / 2))


def _log_squares(x: float, ratio: float, free: int, z: Complex) -> Complex:
    r"""log E e^{z (χ² + λχ'² − x)}."""
    value: Complex = -free / 2 * (np.log(1 - 2 * z) + np.log(1 - 2 * ratio * z)) - z * x
    return value


def _wrong(model: ContextualModel, sample: NoisySample, head: Array, prompt: Array) -> float:
    r"""P(y f < 0) for one sample."""
    y, (u, v) = sample.label, (sample.relevant, sample.irrelevant)
    variance = model.noise_std**2
    at_head, at_prompt = float(head[:2] @ v) * y, float(prompt[:2] @ v)
    a, b, r = variance * float(head @ head), variance * float(prompt @ prompt), variance * float(head @ prompt) * y
    root = math.sqrt(a * b)
    ends = sorted((_inverse(r - root), _inverse(r + root)))
    constant = model.n_relevant * y * float(head[:2] @ u) * float(prompt[:2] @ u)
    mean = constant + model.n_irrelevant * (at_head * at_prompt + r)

    def log_moments(z: Complex) -> Complex:
        factors = (1 - z * (r - root), 1 - z * (r + root))
        tilt = z * (b * at_head**2 + a * at_prompt**2) + 2 * (1 - z * r) * at_head * at_prompt
        each = -(np.log(factors[0]) + np.log(factors[1])) / 2 + z * tilt / (2 * factors[0] * factors[1])
        value: Complex = z * constant + model.n_irrelevant * each
        return value

    return negative_probability(log_moments, ends[0], ends[1], mean, constant)


def _inverse(x: float) -> float:
    r"""1/x, and a number large enough where x is 0 or has the sign of the other singularity."""
    return 1 / x if abs(x) > 1 / _FAR else math.copysign(_FAR, x)
