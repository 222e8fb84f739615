r"""Softmax prompt-attention with token noise: an error that no prompt without a component along the signal beats."""

import math

import numpy as np
from numpy.typing import NDArray

from theory.expressivity.noisy_law import noisy_samples
from theory.model import ContextualModel, FiniteShift

__all__ = ["least_softmax_prompt_error"]

Array = NDArray[np.float64]

_TURN, _STEP, _DEPTH = 0.6, 0.1, 27.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_FURTHEST = 8.3  # beyond, a normal number has probability 1e-16
_LONGEST, _ROUNDS = 96.0, 60


def least_softmax_prompt_error(model: ContextualModel, *, tolerance: float = 1e-3) -> float:
    r"""A lower bound on the error of all softmax prompts q ⟂ w_*, of any strength, with any head; 0 if some δy ≠ 0.

    .. math::

        2 \min(\pi, 1-\pi) \inf_{s \ge 0} \sum_\delta P(\delta)\,
        E\, Q\Biggl( \frac{mW}{\sigma} \Bigl[ \sum_{t=1}^{m'} e^{2s(g_t - \theta_\delta)} \Bigr]^{-1/2} \Biggr), \qquad
        \theta_\delta = \frac{|1 + \delta_q|\, Q \sqrt{1-\rho^2}}{\sigma}

    with independent standard normal g_t. Over an interval of s each term of the sum is at least the smaller of its ends, which
    bounds the expectation all over the interval; intervals are halved until the bound is within the tolerance of the best end.
    On core data with ρ = 0, π = 1/2 the expectation is the error of the prompt along q_* with the head w_*: then it is exact.

    Parameters
    ----------
    model
        A finite shift, σ > 0, m < T.
    tolerance
        Relative to the error.

    Reference
    ---------
    Derived in docs/expressivity.md.

    Examples
    --------
    >>> from theory.context import optimal_prompt
    >>> model = ContextualModel(n_tokens=11, n_relevant=4, dim=5, signal_norm=0.8, context_norm=1.2, noise_std=0.9)
    >>> bool(0.97 < least_softmax_prompt_error(model, tolerance=0.03) / optimal_prompt(model)["error"].value < 1)
    True
    """
    noisy_samples(model)
    if not isinstance(model.shift, FiniteShift) or any(dy != 0 for _, _, dy in model.shift.points):
        return 0.0
    reach = model.context_norm * math.sqrt(1 - model.correlation**2) / model.noise_std
    atoms: dict[float, float] = {}
    for (dq, _, _), p in zip(model.shift.points, model.shift.probabilities, strict=True):
        atoms[abs(1 + dq) * reach] = atoms.get(abs(1 + dq) * reach, 0.0) + p

    def bound(low: float, high: float) -> float:
        return sum(p * _least_error(model, theta, low, high) for theta, p in atoms.items())

    last, best = 1.0, min(bound(s, s) for s in (0.0, 0.5, 1.0))
    while (tail := bound(last, math.inf)) < best * (1 - tolerance) and last < _LONGEST:
        last *= 2
        best = min(best, bound(last, last))
    cells, closed = [(bound(a, b), a, b) for a, b in _halves(0.0, last)], [tail]
    for _ in range(_ROUNDS):
        best = min(best, *(bound(b, b) for _, _, b in cells))
        closed += [value for value, _, _ in cells if value >= best * (1 - tolerance)]
        cells = [(bound(*half), *half) for value, a, b in cells if value < best * (1 - tolerance) for half in _halves(a, b)]
        if not cells:
            break
    least = min(best, *closed, *(value for value, _, _ in cells))
    return 2 * min(model.label_prior, 1 - model.label_prior) * least


def _halves(low: float, high: float) -> list[tuple[float, float]]:
    middle = (low + high) / 2
    return [(low, middle), (middle, high)]


def _least_error(model: ContextualModel, theta: float, low: float, high: float) -> float:
    r"""E Q(c / √Σ min over s of e^{2s(g_t − θ)}), low ≤ s ≤ high, by inversion on a ray into the upper half-plane.

    It is the probability that Σ √Y_t h_t > c; its characteristic function is (E e^{−ω²Y/2})^{m'}.
    """
    level = model.n_relevant * model.signal_norm / model.noise_std
    normal, weights = _normal_rule(theta, low if math.isinf(high) else high)
    x = normal - theta
    with np.errstate(invalid="ignore"):
        least = np.where(x > 0, low * x, np.where(x == 0, 0.0, high * x))
    first = -max(_DEPTH, 7.0 * low) - max(math.log(level), 0.0)
    log_rate = np.arange(first, math.log(45.0 / (level * math.sin(_TURN))), _STEP)
    rate = np.exp(log_rate + 1j * _TURN)[:, None]
    token = np.exp(-(rate**2) * np.exp(2 * least) / 2) @ weights
    values = np.exp(1j * rate[:, 0] * level) * token**model.n_irrelevant
    return min(max(0.5 - (_TURN + float(values.imag.sum()) * _STEP) / math.pi, 0.0), 0.5)


def _normal_rule(kink: float, sharpness: float) -> tuple[Array, Array]:
    r"""Gauss rules for a normal number on either side of a kink, panels as fine as the integrand is steep."""
    width = min(1.0, 2.0 / max(sharpness, 1.0))
    parts = []
    for low, high in ((-_FURTHEST, min(kink, _FURTHEST)), (min(kink, _FURTHEST), _FURTHEST)):
        if high > low:
            cuts = np.linspace(low, high, max(2, math.ceil((high - low) / width) + 1))
            half = np.diff(cuts)[:, None] / 2
            parts.append(((cuts[:-1, None] + half + half * _NODES).ravel(), (half * _WEIGHTS).ravel()))
    normal, weights = (np.concatenate(x) for x in zip(*parts, strict=True))
    density = weights * np.exp(-(normal**2) / 2)
    return normal, density / density.sum()
