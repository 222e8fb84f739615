r"""Softmax prompt-attention with token noise: an error that no prompt without a component along the signal beats."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.expressivity.noisy._noisy_samples import noisy_samples
from theory.model import ContextualModel, FiniteShift

__all__ = ["least_softmax_prompt_error"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_TURN, _DEPTH, _FINEST = 0.6, 24.0, 0.35
r"""Turn of the ray, in radians; how far below its scale log ω goes; least width of a panel. Narrower panels change nothing, a
depth of 32 or a turn of 0.5 1e-11 or less (measured)."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_FURTHEST = 8.3  # beyond, a normal number has probability 1e-16
_WHOLE, _GONE = -12.5, 2.9  # h is 1 below and 0 above, to 1e-10
_LONGEST, _ROUNDS = 96.0, 60  # σ‖q‖ beyond which one interval serves; halvings. What is open then counts with its bound
_GONE_RATE = 45.0  # e^-45: where the constant has damped the integrand


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

    Notes
    -----
    Equation :eq:`eq-expressivity-prompts` of docs/expressivity.md.

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

    It is the probability that Σ √Y_t h_t > c; its characteristic function is (E e^{−ω²Y/2})^{m'}. For g above θ the least Y is
    at the low end, otherwise at the high one.
    """
    level = math.log(model.n_relevant * model.signal_norm / model.noise_std)
    places, weights = _panels(-_DEPTH - max(_FURTHEST * low, level), math.log(_GONE_RATE / math.sin(_TURN)) - level, level)
    token = _token(places, theta, low, theta, math.inf) + _token(places, theta, high, -math.inf, theta)
    values = np.exp(1j * np.exp(level + places + 1j * _TURN)) * token**model.n_irrelevant
    return min(max(0.5 - (_TURN + float(values.imag @ weights)) / math.pi, 0.0), 0.5)


def _panels(first: float, last: float, level: float) -> tuple[Array, Array]:
    r"""Gauss rules over the logarithm ℓ of the rate, on panels that are wide far from 0 and from the cut at −level.

    At a distance D from 0 the integrand changes over lengths of D/8 at least: a slope s is felt as far as 8s and smooths by s.
    """
    cuts = [first]
    while cuts[-1] < last:
        cuts.append(cuts[-1] + max(_FINEST, min(abs(cuts[-1]), abs(cuts[-1] + level)) / 8))
    return _composite(np.array(cuts))


def _composite(cuts: Array) -> tuple[Array, Array]:
    half = np.diff(cuts)[:, None] / 2
    return (cuts[:-1, None] + half * (1 + _NODES)).ravel(), (half * _WEIGHTS).ravel()


def _token(places: Array, theta: float, slope: float, lower: float, upper: float) -> Complex:
    r"""E[h(ℓ + slope (g − θ)); lower < g < upper] with h(x) = exp(−e^{2x + 2iφ}/2), φ the turn: 1 far below 0, and 0 above."""
    if slope == 0 or math.isinf(slope):
        flat: Complex = np.exp(-np.exp(2 * np.minimum(places, _GONE) + 2j * _TURN) / 2) if slope == 0 else np.ones_like(places)
        return flat * complex(ndtr(upper) - ndtr(lower))
    lower, upper = max(lower, -_FURTHEST), min(upper, _FURTHEST)
    start, end = (np.clip(theta + (x - places) / slope, lower, max(lower, upper)) for x in (_WHOLE, _GONE))
    count = max(1, math.ceil(float((end - start).max()) / min(1.0, 0.7 / slope)))
    nodes, weights = _composite(np.linspace(0.0, 1.0, count + 1))
    g = start[:, None] + (end - start)[:, None] * nodes
    h = np.exp(-np.exp(2 * (places[:, None] + slope * (g - theta)) + 2j * _TURN) / 2)
    density = np.exp(-(g**2) / 2) / math.sqrt(2 * math.pi)
    whole: Complex = ((h * density) @ weights) * (end - start) + (ndtr(start) - ndtr(lower))
    return whole
