r"""Softmax prompt-attention with token noise: its error for any prompt, head and finite shift, and the best that is found."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import qmc

from theory.expressivity.noisy._noisy_samples import NoisySample, noisy_samples
from theory.model import ContextualModel

__all__ = ["best_softmax_prompt_error", "softmax_prompt_error"]

Array = NDArray[np.float64]
Rule = tuple[float, float, float]

_FINE, _COARSE = (0.05, 0.12, 26.0), (0.16, 0.3, 14.0)
r"""Steps of log frequency and of score noise, and how far frequencies go down; off by 3e-13 and by 1e-6 (measured)."""
_TURN = 0.6  # radians, below π/4, up to which the characteristic function decays; less where it grows by more than e^5 first
_LARGEST = 4.0  # the search ends at prompts with σ|q| = 4
_STARTS, _POLISHED = 32, 2  # effort of the search: starts that are drawn, and the best of all, which are improved
_LARGEST_LOG = 300.0  # of the weight of the relevant tokens: e^300 decides, and its square is still a double


def softmax_prompt_error(model: ContextualModel, head: Array, prompt: Array, *, rule: Rule = _FINE) -> float:
    r"""The error of f = wᵀ Xᵀ softmax(X q) for a finite shift, Gaussian noise and any w, q.

    f has the sign of m e^{⟨q, u−v⟩}⟨w, u⟩ plus a sum of m' independent numbers, of which the characteristic function is an
    integral over the score noise g; with s = σ|q|, w split along and across q,

    .. math::

        Y = e^{sg} \bigl(\langle w, v\rangle + \sigma w_\parallel g + \sigma w_\perp h\bigr), \qquad
        P(f < 0) = \tfrac12 - \tfrac1\pi \int_0^\infty \mathrm{Im}\bigl[ e^{i\omega c}\, (E e^{i\omega Y})^{m'} \bigr]
        \frac{d\omega}{\omega},

    by trapezoidal rules in log ω and in g, ω on a ray into the half-plane in which e^{iωc} decays; the turn adds its angle.

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.
    head, prompt
        w and q in coordinates along e1 = q_*/Q, e2, then others; shape (k,), 2 <= k <= d.
    rule
        The two steps, and how far below its scale log ω goes. The absolute error is about 1e-9.

    Notes
    -----
    Equation :eq:`eq-expressivity-softmax` of docs/expressivity.md; with w ⟂ q, w ⟂ v it is `theory.context`'s population error.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=40, n_relevant=8, dim=5, signal_norm=0.3, context_norm=1.3, noise_std=0.7)
    >>> round(softmax_prompt_error(model, np.array([0.0, 1.0]), np.array([1.1, 0.0])), 9)
    0.07516217
    """
    return sum(s.weight * _wrong(model, s, head, prompt, rule) for s in noisy_samples(model))


def best_softmax_prompt_error(model: ContextualModel) -> tuple[float, Array, Array]:
    r"""The smallest error that descent finds from many starts with σ|q| below 4, with its head and prompt.

    The prompt lies in the plane of q_* and w_*; the head may leave it.
    """
    samples = noisy_samples(model)
    outside = min(model.dim, 3)

    def split(x: Array) -> tuple[Array, Array]:
        size = math.hypot(x[0], x[1])
        prompt = np.zeros(outside)
        prompt[:2] = x[:2] * (_LARGEST / model.noise_std) * math.tanh(size) / size if size > 0 else 0.0
        return x[2:] / np.linalg.norm(x[2:]), prompt

    def loss(x: Array) -> float:
        head, prompt = split(x)
        return sum(s.weight * _wrong(model, s, head, prompt, _COARSE) for s in samples)

    along = math.sqrt(1 - model.correlation**2)
    natural = [np.r_[t * along, -t * model.correlation, np.eye(outside)[1]] for t in (0.03, 0.1, 0.2, 0.4)]
    starts = 2 * qmc.Sobol(2 + outside, scramble=False).random(_STARTS)[2:] - 1
    ranked = sorted([*natural, *starts], key=loss)[:_POLISHED]
    found = [minimize(loss, x, method="BFGS", options={"gtol": 1e-6, "maxiter": 40}).x for x in ranked]
    head, prompt = split(min([*natural, *found], key=loss))
    return softmax_prompt_error(model, head, prompt), head, prompt


def _wrong(model: ContextualModel, sample: NoisySample, head: Array, prompt: Array, rule: Rule) -> float:
    r"""P(y f < 0) for one sample."""
    y, sigma, free = sample.label, model.noise_std, model.n_irrelevant
    length = float(np.linalg.norm(prompt))
    along = float(head @ prompt) / length if length > 0 else 0.0
    across = math.sqrt(max(float(head @ head) - along**2, 0.0))
    spread = sigma * length
    gain = float(prompt[:2] @ (sample.relevant - sample.irrelevant)) + math.log(model.n_relevant)
    constant = math.exp(min(gain, _LARGEST_LOG)) * y * float(head[:2] @ sample.relevant)
    at_v = y * float(head[:2] @ sample.irrelevant)
    g = np.arange(-8.4, 8.5, rule[1])  # 4e-17 lies beyond
    weights = np.exp(-g * g / 2) / np.exp(-g * g / 2).sum()
    factor = np.exp(spread * g)
    shift = factor * (at_v + sigma * y * along * g)
    bell = (factor * sigma * across) ** 2 / 2
    size = math.sqrt(free) * max(math.hypot(at_v, sigma * float(np.linalg.norm(head))), 1e-300)
    first, last = -rule[2] - min(2.5 * spread, 6.0) * spread, 5.0 + 3.0 * spread
    log_rate = np.arange(first, last, rule[0]) - math.log(size + abs(constant) * 1e-3)
    against = max(0.0, *(-math.copysign(1.0, constant) * (at_v + sigma * y * along * end) for end in (-5.0, 5.0)))
    turn = math.copysign(min(_TURN, math.sqrt(10 / free) * sigma * across / max(against, 1e-300)), constant)
    rate = (np.exp(log_rate) * np.exp(1j * turn))[:, None]
    token = np.exp(1j * rate * shift - rate**2 * bell) @ weights
    values = np.exp(1j * rate[:, 0] * constant) * token**free
    return min(max(0.5 - (turn + float(values.imag.sum()) * rule[0]) / math.pi, 0.0), 1.0)
